// The client's end: all that a stub holds. It makes calls, gives each its deadline, and puts it on a session.
import type { TlsOptions } from "@tautline/core";
import { ambientCall, enableAmbient, type AmbientCall } from "./ambient.js";
import type { CallOptions, Caller } from "./caller.js";
import { checkSignal } from "./caller-signal.js";
import { CallTable } from "./call-table.js";
import { ClientCall, type CallOwner, type CallRequest, type ReplySink } from "./client-call.js";
import { longestTimerMs, now } from "./clock.js";
import { channelClosed, ChannelSessions } from "./channel-sessions.js";
import type { Dial } from "./connector.js";
import { withCredentials, type CredentialsProvider } from "./credentials.js";
import {
  checkInterceptors,
  intercept,
  streamReply,
  type InterceptedCall,
  type Interceptor,
  type Reply,
} from "./interceptor.js";
import { checkLimits, defaultLimits, type Limits } from "./limits.js";
import { Metadata } from "./metadata.js";
import type { ConnectionAgeOptions } from "./connection-age.js";
import { checkKeepalive, type KeepaliveOptions } from "./keepalive.js";
import { checkCount, checkDuration, checkFunction, checkGrace } from "./option-check.js";
import { SingleReply, StreamReply } from "./reply.js";
import { RpcError } from "./rpc-error.js";
import type { Method } from "./service.js";
import type { Session } from "./session.js";

export interface ChannelOptions extends KeepaliveOptions, ConnectionAgeOptions {
  /** Around every call, the first outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Asked for the credentials of each call, behind the interceptors. Refused where the transport is insecure: they would be
   * anybody's. Default: none.
   */
  readonly credentials?: CredentialsProvider | undefined;
  /** What this side accepts; see {@link Limits} for defaults. */
  readonly limits?: Partial<Limits> | undefined;
  /** One limit over TCP, TLS and HELLO, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Default deadline of calls with one answer, in ms. Default 30,000; Infinity: none. */
  readonly timeoutMs?: number | undefined;
  /** How many calls may wait for a connection or their turn; more fail with `resource-exhausted`. Default 65,536. */
  readonly maxWaitingCalls?: number | undefined;
}

const noOptions: CallOptions = {};

/** Trace context goes on from a call being served to those made for it (W3C Trace Context, Baggage). */
const traceKeys = ["traceparent", "tracestate", "baggage"];

/** A client's connection to one server, made when the first call needs it and made again when it is lost. */
export class Channel implements Caller {
  readonly #target: string;
  readonly #limits: Limits;
  readonly #interceptors: readonly Interceptor[];
  readonly #credentials: CredentialsProvider | undefined;
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  readonly #sessions: ChannelSessions;
  readonly #calls = new CallTable<ClientCall>();
  /** Calls without a connection, in order; and how many are not on the wire yet. */
  readonly #waiting = new Set<ClientCall>();
  #unopened = 0;
  #closing = false;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /** @internal Use `connect`. */
  constructor(dial: Dial, target: string, options: ChannelOptions = {}) {
    this.#target = target;
    this.#limits = checkLimits(options.limits ?? {});
    this.#interceptors = checkInterceptors(options.interceptors);
    this.#credentials = checkFunction("credentials", options.credentials);
    this.#timeoutMs = checkDuration("timeoutMs", options.timeoutMs ?? 30_000, { infinite: true });
    this.#maxWaiting = checkCount("maxWaitingCalls", options.maxWaitingCalls ?? 65_536, 1);
    const sessions = {
      dial,
      target,
      limits: this.#limits,
      connectTimeoutMs: checkDuration("connectTimeoutMs", options.connectTimeoutMs ?? 10_000),
      keepalive: checkKeepalive(options),
      age: options,
    };
    this.#sessions = new ChannelSessions(sessions, {
      isWanted: () => this.#waiting.size > 0,
      connected: (session) => this.#startWaiting(session),
      failed: (error, lasting) => {
        for (const call of [...this.#waiting]) if (lasting || call.failFast) call.fail(error);
      },
    });
    enableAmbient();
  }

  // ——— the five shapes ———

  unary<Result>(method: Method, args: readonly unknown[], options?: CallOptions): Promise<Result> {
    return this.#start(method, args, undefined, options) as Promise<Result>;
  }

  serverStream<Item>(method: Method, args: readonly unknown[], options?: CallOptions): AsyncIterable<Item> {
    return this.#start(method, args, undefined, options) as AsyncIterable<Item>;
  }

  clientStream<Result>(
    method: Method,
    args: readonly unknown[],
    items: AsyncIterable<unknown>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.#start(method, args, items, options) as Promise<Result>;
  }

  bidiStream<Item>(
    method: Method,
    args: readonly unknown[],
    items: AsyncIterable<unknown>,
    options?: CallOptions,
  ): AsyncIterable<Item> {
    return this.#start(method, args, items, options) as AsyncIterable<Item>;
  }

  oneWay(method: Method, args: readonly unknown[], options?: CallOptions): Promise<void> {
    const admitted = this.#start(method, args, undefined, options) as Promise<void>;
    // Nobody has to wait for it, so its failure must not end the process.
    admitted.catch(() => {});
    return admitted;
  }

  #start(
    method: Method,
    args: readonly unknown[],
    items: AsyncIterable<unknown> | undefined,
    given: CallOptions = noOptions,
  ): Reply {
    const ambient = ambientCall();
    try {
      const options = given === noOptions ? given : takeOptions(given);
      const startedAt = now();
      const deadline = Math.min(this.#deadlineOf(method, options, startedAt), ambient?.deadline ?? Infinity);
      const metadata = metadataOf(options, ambient);
      const request: CallRequest = { method, items, metadata, startedAt, deadline, options, ambient };
      return this.#interceptors.length === 0 && this.#credentials === undefined
        ? this.#begin(request, args)
        : this.#intercept(request, args);
    } catch (error) {
      return failed(method, error);
    }
  }

  #intercept(request: CallRequest, args: readonly unknown[]): Reply {
    const { method, items, metadata = new Metadata(), deadline } = request;
    const call: InterceptedCall = { side: "client", method, args, items, metadata, deadline, context: undefined };
    const last = ({ method, args, items, metadata, deadline }: InterceptedCall): Reply => {
      checkTime("deadline", deadline);
      // A copy, which was looked at, and is the call's alone.
      return this.#begin(
        { ...request, method, items, metadata: new Metadata(metadata), startedAt: now(), deadline },
        args,
      );
    };
    const { signal } = request.options;
    const send =
      this.#credentials === undefined
        ? last
        : withCredentials(this.#credentials, { target: this.#target, signal }, last);
    const reply: unknown = intercept(this.#interceptors, send)(call);
    return isStreaming(method) ? streamReply(method, reply) : Promise.resolve(reply);
  }

  #deadlineOf(method: Method, options: CallOptions, startedAt: number): number {
    const timeoutMs = options.timeoutMs ?? method.timeoutMs ?? (isStreaming(method) ? Infinity : this.#timeoutMs);
    return Math.min(startedAt + timeoutMs, options.deadline ?? Infinity);
  }

  #begin(request: CallRequest, args: readonly unknown[]): Reply {
    if (isStreaming(request.method)) {
      return new StreamReply(this.#limits, (reply) => {
        const call = this.#makeCall({ ...request, startedAt: now() }, args, reply);
        this.#admit(call);
        return call;
      }).items;
    }
    const reply = new SingleReply(this.#limits);
    const call = this.#makeCall(request, args, reply);
    // There will be no answer: being admitted is all that the caller can learn.
    if (request.method.shape === "one-way") reply.admitted();
    this.#admit(call);
    return reply.promise;
  }

  #makeCall(request: CallRequest, args: readonly unknown[], reply: ReplySink): ClientCall {
    const { method, items } = request;
    if (method.requestItem !== undefined) checkItems(method, items);
    const call = new ClientCall(request, reply, this.#owner);
    // A guess where there is no connection, or another one comes: whoever starts the call makes it right.
    call.encode(args, this.#sessions.formOf(method));
    return call;
  }

  /** Takes a call into the books and onto a connection. Nothing is awaited here, so that none is lost between. */
  #admit(call: ClientCall): void {
    if (this.#closing) return call.fail(channelClosed());
    if (this.#unopened >= this.#maxWaiting) {
      const message = `${this.#unopened} calls wait for their turn already (option maxWaitingCalls)`;
      return call.fail(new RpcError("resource-exhausted", message, { executed: "no" }));
    }
    this.#calls.add(call);
    this.#unopened++;
    this.#sessions.hold();
    if (call.timeoutMs <= 0) return call.expire();
    try {
      call.listen();
      if (!call.settled) this.#place(call);
      call.isNew = false;
    } catch (error) {
      // It is in the books: whatever goes wrong from here on is told by its own promise, and by no other.
      call.fail(RpcError.from(error, "no"));
    }
  }

  #place(call: ClientCall): void {
    if (this.#closing) return call.fail(channelClosed());
    const session = this.#sessions.sessionFor(call.now);
    if (session !== undefined) return call.start(session, this.#sessions.formOf(call.method));
    this.#waiting.add(call);
    this.#sessions.want();
  }

  #startWaiting(session: Session): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.start(session, this.#sessions.formOf(call.method));
  }

  readonly #owner: CallOwner = {
    again: (call) => this.#place(call),
    opened: () => void this.#unopened--,
    settled: (call) => this.#settled(call),
    whyWaiting: () => this.#sessions.status,
  };

  #settled(call: ClientCall): void {
    if (!this.#calls.delete(call)) return;
    if (!call.wasOpened) this.#unopened--;
    this.#waiting.delete(call);
    if (this.#waiting.size === 0) this.#sessions.rest();
    this.#sessions.release();
    if (this.#calls.size === 0) this.#whenIdle?.();
  }

  // ——— the connection ———

  /** Connects where there is no connection. @throws RpcError where the one attempt fails */
  async ready(): Promise<void> {
    await this.#sessions.ready();
  }

  /** A round trip to the server, in ms; connects first where there is no connection. @throws RpcError `unavailable` */
  ping(): Promise<number> {
    return this.#sessions.ping();
  }

  /** The connection, where there is a ready one: who the server is, and what it agreed to. */
  get session(): Pick<Session, "peer" | "settings" | "agent"> | undefined {
    return this.#sessions.session;
  }

  /**
   * Other certificates for connections from now on: `tls`, or the files of the options in use, read again. They are checked as a
   * whole first. The open connection goes on; with `drain`, calls from now on make another, and what is open has
   * `graceMs` (default 30,000) to finish.
   *
   * @throws TransportError `bad-option` where they cannot be used: those before stay in use
   * @throws RpcError `failed-precondition` on a channel without TLS
   */
  reloadTls(
    tls?: TlsOptions,
    { drain = false, graceMs }: { readonly drain?: boolean; readonly graceMs?: number } = {},
  ): Promise<void> {
    return this.#sessions.reloadTls(tls, drain, graceMs);
  }

  /**
   * Makes no more calls. Waits up to `graceMs` (default 0; Infinity: as long as they take) for those that are open, then
   * cancels the rest; resolves when no socket and no timer is left. Once more without a grace, it ends that of before.
   *
   * @throws RpcError `invalid-argument` for a grace that is no number; the channel stays open
   */
  async close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    const grace = checkGrace(graceMs);
    this.#closing = true;
    if (grace === 0) this.#whenIdle?.();
    this.#closed ??= this.#close(grace);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    const error = new RpcError("cancelled", "the channel was closed", { executed: "no" });
    this.#sessions.stop(error);
    for (const call of [...this.#waiting]) call.fail(error);
    if (graceMs > 0 && this.#calls.size > 0) await this.#untilIdle(graceMs);
    for (const call of this.#calls.all()) call.cancel("cancelled", new RpcError("cancelled", "the channel was closed"));
    this.#calls.clear();
    await this.#sessions.close(error);
  }

  #untilIdle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(graceMs, longestTimerMs));
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Whether the answer is a stream. */
function isStreaming({ shape }: Method): boolean {
  return shape === "server-stream" || shape === "bidi-stream";
}

/** As they are now: a caller may use the same object for its next call. @throws RpcError `invalid-argument` */
function takeOptions(given: CallOptions): CallOptions {
  if (typeof given !== "object" || given === null) {
    const message = "the options of a call are an object, such as { timeoutMs: 500 }";
    throw new RpcError("invalid-argument", message, { executed: "no" });
  }
  const { timeoutMs, deadline, signal, metadata, failFast, onResponseMetadata, onTrailers } = given;
  checkSignal(signal);
  if (timeoutMs !== undefined) checkTime("timeoutMs", timeoutMs);
  if (deadline !== undefined) checkTime("deadline", deadline);
  return { timeoutMs, deadline, signal, metadata, failFast, onResponseMetadata, onTrailers };
}

/** Of what was computed with no number, no deadline would ever come. @throws RpcError `invalid-argument` */
function checkTime(name: string, ms: number): void {
  if (typeof ms === "number" && !Number.isNaN(ms)) return;
  throw new RpcError("invalid-argument", `${name} is not a number`, { executed: "no" });
}

/** @throws RpcError `invalid-argument` */
function checkItems({ path }: Method, items: AsyncIterable<unknown> | undefined): void {
  // Whatever was given, and not only what the type says.
  const given: Partial<AsyncIterable<unknown>> | null | undefined = items;
  if (typeof given?.[Symbol.asyncIterator] === "function") return;
  throw new RpcError("invalid-argument", `the items of ${path} are not an AsyncIterable`, { executed: "no" });
}

/** What a call carries besides its arguments; undefined where that is nothing, as for most. */
function metadataOf(options: CallOptions, ambient: AmbientCall | undefined): Metadata | undefined {
  if (options.metadata === undefined && ambient === undefined) return undefined;
  const metadata = new Metadata(options.metadata);
  for (const key of traceKeys) {
    const value = ambient?.metadata.get(key);
    if (value !== undefined && !metadata.has(key)) metadata.set(key, value);
  }
  return metadata;
}

/** A call that failed before it began, in the shape that its caller expects. */
function failed(method: Method, error: unknown): Reply {
  const failure = RpcError.from(error, "no");
  if (!isStreaming(method)) return Promise.reject(failure);
  return new StreamReply(defaultLimits, () => {
    throw failure;
  }).items;
}
