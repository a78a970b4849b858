// The client's end: all that a stub holds. It makes calls, keeps a session for them, and gives each its deadline.
import type { TlsOptions } from "@tautline/core";
import { Agreement, MethodTables } from "./agreement.js";
import { ambientCall, enableAmbient, type AmbientCall } from "./ambient.js";
import type { CallOptions, Caller } from "./caller.js";
import { CallTable } from "./call-table.js";
import { ClientCall, type CallOwner, type CallRequest, type ReplySink } from "./client-call.js";
import { now } from "./clock.js";
import { codeNumber } from "./code.js";
import { Connector, type Dial } from "./connector.js";
import { withCredentials, type CredentialsProvider } from "./credentials.js";
import { encodeHello, encodeOutcome, noServices } from "./envelope.js";
import type { Form } from "./form.js";
import type { FrameTransport } from "./framing.js";
import { intercept, type InterceptedCall, type Interceptor, type Reply } from "./interceptor.js";
import { checkLimits, defaultLimits, type Limits } from "./limits.js";
import { Metadata } from "./metadata.js";
import { queryMethods } from "./method-query.js";
import { ConnectionAge, type ConnectionAgeOptions } from "./connection-age.js";
import { Doubt } from "./doubt.js";
import { checkKeepalive, type KeepaliveOptions, type KeepaliveTimes } from "./keepalive.js";
import { checkCount, checkDuration } from "./option-check.js";
import { PeerExpiry } from "./peer-expiry.js";
import { SingleReply, StreamReply } from "./reply.js";
import { RpcError } from "./rpc-error.js";
import type { Method } from "./service.js";
import { Session, type SessionOwner } from "./session.js";
import { publishSkew } from "./telemetry.js";
import { standingOf, type NarrowedTrust } from "./trust-change.js";
import { agent } from "./version.js";

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

/** What is open on a connection that is left may take so long to finish, in ms. */
const leaveGraceMs = 30_000;

/** Trace context goes on from a call being served to those made for it (W3C Trace Context, Baggage). */
const traceKeys = ["traceparent", "tracestate", "baggage"];

/** A client's connection to one server, made when the first call needs it and made again when it is lost. */
export class Channel implements Caller {
  readonly #target: string;
  readonly #limits: Limits;
  readonly #hello: Uint8Array;
  readonly #interceptors: readonly Interceptor[];
  readonly #credentials: CredentialsProvider | undefined;
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  readonly #keepalive: KeepaliveTimes;
  readonly #age: ConnectionAge;
  readonly #doubt: Doubt;
  readonly #connector: Connector;
  readonly #dial: Dial;
  readonly #calls = new CallTable<ClientCall>();
  /** Calls of our own, which nobody waits for. */
  readonly #queries = new CallTable<ClientCall>();
  /** Calls without a connection, in order; and how many are not on the wire yet. */
  readonly #waiting = new Set<ClientCall>();
  #unopened = 0;
  /** What waits for the peer: calls and pings. */
  #holds = 0;
  #session: Session | undefined;
  /** What is agreed on there. */
  #agreement: Agreement | undefined;
  readonly #tables = new MethodTables();
  /** Every session that is not closed yet, drained ones included. */
  readonly #sessions = new Set<Session>();
  readonly #askers = new Set<{
    readonly resolve: (session: Session) => void;
    readonly reject: (error: RpcError) => void;
  }>();
  #closing = false;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /** @internal Use `connect`. */
  constructor(dial: Dial, target: string, options: ChannelOptions = {}) {
    this.#target = target;
    this.#dial = dial;
    dial.watchTrust?.((change) => this.#trustNarrowed(change));
    this.#limits = checkLimits(options.limits ?? {});
    // A client serves nothing.
    this.#hello = encodeHello({ settings: this.#limits, agent, services: noServices });
    this.#interceptors = options.interceptors ?? [];
    this.#credentials = options.credentials;
    this.#timeoutMs = checkDuration("timeoutMs", options.timeoutMs ?? 30_000, { infinite: true });
    this.#maxWaiting = checkCount("maxWaitingCalls", options.maxWaitingCalls ?? 65_536, 1);
    const connectTimeoutMs = checkDuration("connectTimeoutMs", options.connectTimeoutMs ?? 10_000);
    this.#keepalive = checkKeepalive(options);
    this.#age = new ConnectionAge(options, (session) => this.#leave(session, leaveGraceMs));
    this.#doubt = new Doubt(this.#keepalive.keepaliveMs, {
      dispelled: (session) => this.#trustAgain(session),
      grew: (session) => {
        if (this.#session === session) this.#session = undefined;
        this.#connector.want();
      },
      confirmed: () => {
        if (this.#waiting.size > 0) this.#connector.want();
      },
    });
    this.#connector = new Connector({
      dial,
      target,
      connectTimeoutMs,
      makeSession: (transport) => this.#makeSession(transport, connectTimeoutMs),
      connected: (session) => this.#connected(session),
      failed: (error, lasting) => this.#connectFailed(error, lasting),
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
    options: CallOptions = noOptions,
  ): Reply {
    const ambient = ambientCall();
    try {
      checkSignal(options.signal);
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
    const last = ({ method, args, items, metadata, deadline }: InterceptedCall): Reply =>
      this.#begin({ ...request, method, items, metadata, startedAt: now(), deadline }, args);
    const { signal } = request.options;
    const send =
      this.#credentials === undefined
        ? last
        : withCredentials(this.#credentials, { target: this.#target, signal }, last);
    return intercept(this.#interceptors, send)(call);
  }

  #deadlineOf(method: Method, options: CallOptions, startedAt: number): number {
    const streams = method.shape !== "unary" && method.shape !== "one-way" && method.shape !== "client-stream";
    const timeoutMs = options.timeoutMs ?? method.timeoutMs ?? (streams ? Infinity : this.#timeoutMs);
    if (Number.isNaN(timeoutMs))
      throw new RpcError("invalid-argument", "timeoutMs is not a number", { executed: "no" });
    return Math.min(startedAt + timeoutMs, options.deadline ?? Infinity);
  }

  #begin(request: CallRequest, args: readonly unknown[]): Reply {
    const { shape } = request.method;
    if (shape === "server-stream" || shape === "bidi-stream") {
      return new StreamReply(this.#limits, (reply) => {
        const call = this.#makeCall({ ...request, startedAt: now() }, args, reply);
        this.#admit(call);
        return call;
      }).items;
    }
    const reply = new SingleReply(this.#limits);
    const call = this.#makeCall(request, args, reply);
    // There will be no answer: being admitted is all that the caller can learn.
    if (shape === "one-way") reply.admitted();
    this.#admit(call);
    return reply.promise;
  }

  #makeCall(request: CallRequest, args: readonly unknown[], reply: ReplySink): ClientCall {
    const call = new ClientCall(request, reply, this.#owner);
    // A guess where there is no connection, or another one comes: whoever starts the call makes it right.
    call.encode(args, this.#formOf(request.method));
    return call;
  }

  /** Takes a call into the books and onto a connection. Nothing is awaited here, so that none is lost between. */
  #admit(call: ClientCall): void {
    if (this.#closing) return call.fail(new RpcError("cancelled", "the channel is closed", { executed: "no" }));
    if (this.#unopened >= this.#maxWaiting) {
      const message = `${this.#unopened} calls wait for their turn already (option maxWaitingCalls)`;
      return call.fail(new RpcError("resource-exhausted", message, { executed: "no" }));
    }
    this.#calls.add(call);
    this.#unopened++;
    this.#hold();
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
    if (this.#closing) return call.fail(new RpcError("cancelled", "the channel is closed", { executed: "no" }));
    const session = this.#session;
    if (session?.state === "open" && this.#doubt.allows(session, call.now)) {
      return call.start(session, this.#formOf(call.method));
    }
    this.#waiting.add(call);
    // Whom we doubt is asked: an answer, or its failing, brings the call on its way.
    if (session?.state !== "open") this.#connector.want();
  }

  #formOf(method: Method): Form {
    return this.#session === undefined ? "named" : (this.#agreement?.formOf(method) ?? "named");
  }

  readonly #owner: CallOwner = {
    again: (call) => this.#place(call),
    opened: () => void this.#unopened--,
    settled: (call) => this.#settled(call),
    whyWaiting: () => this.#connector.status,
  };

  #settled(call: ClientCall): void {
    if (!this.#calls.delete(call)) return;
    if (!call.wasOpened) this.#unopened--;
    this.#waiting.delete(call);
    this.#restIfIdle();
    this.#release();
    if (this.#calls.size === 0) this.#whenIdle?.();
  }

  /** Something waits for the peer: the process has to live for it. */
  #hold(): void {
    if (this.#holds++ === 0) for (const session of this.#sessions) session.ref();
  }

  #release(): void {
    if (--this.#holds === 0) for (const session of this.#sessions) session.unref();
  }

  #restIfIdle(): void {
    if (this.#waiting.size === 0 && this.#askers.size === 0 && this.#session === undefined) this.#connector.rest();
  }

  // ——— the connection ———

  #makeSession(transport: FrameTransport, helloTimeoutMs: number): Session {
    const session = new Session(transport, {
      role: "client",
      limits: this.#limits,
      owner: this.#sessionOwner,
      helloTimeoutMs,
      hello: this.#hello,
      keepalive: this.#keepalive,
    });
    this.#sessions.add(session);
    this.#expiry.watch(session);
    this.#age.watch(session);
    void session.closed.then(() => {
      this.#sessions.delete(session);
      this.#expiry.forget(session);
      this.#age.forget(session);
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }

  readonly #expiry = new PeerExpiry((session) => this.#leave(session, leaveGraceMs));

  #trustNarrowed(change: NarrowedTrust): void {
    for (const session of this.#sessions) {
      const standing = standingOf(session.peer, change);
      if (standing === "removed") void session.deny("your authority is trusted no more");
      else if (standing === "unclear") this.#leave(session, leaveGraceMs);
    }
  }

  /** Opens nothing more there: what is open finishes within the grace, and new calls make another connection. */
  #leave(session: Session, graceMs: number): void {
    if (this.#session === session) this.#session = undefined;
    void session.drain(graceMs);
    if (this.#waiting.size > 0) this.#connector.want();
  }

  readonly #sessionOwner: SessionOwner = {
    // A server has no services of ours to call.
    accept: (session, stream, arrival) => {
      session.consumed(stream, arrival.cost);
      session.wasted(0);
      session.end(
        stream,
        codeNumber("unimplemented"),
        encodeOutcome({ message: "this client serves nothing", executed: "no" }, 1024),
      );
    },
    takesNoMore: (session) => {
      if (this.#session === session) this.#session = undefined;
      if (this.#waiting.size > 0) this.#connector.want();
    },
  };

  #connected(session: Session): void {
    if (this.#closing) return void session.close();
    const doubted = this.#doubt.session;
    this.#doubt.drop();
    // What is open there may still come to its end, if the peer lives: it was only slow then.
    if (doubted !== undefined) void doubted.drain(Infinity);
    this.#agreement = this.#agree(session);
    this.#use(session);
  }

  /** Calls go there from now on, those that wait first. */
  #use(session: Session): void {
    this.#session = session;
    if (this.#holds === 0) session.unref();
    for (const asker of this.#askers) asker.resolve(session);
    this.#askers.clear();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.start(session, this.#formOf(call.method));
  }

  /** It has answered before another connection came about. */
  #trustAgain(session: Session): void {
    if (session.state !== "open" || this.#closing) return;
    if (this.#session === undefined) this.#connector.rest();
    this.#use(session);
  }

  #agree(session: Session): Agreement {
    return new Agreement({
      services: session.services,
      tables: this.#tables,
      query: (service) => queryMethods(session, service, this.#queries),
      skewed: ({ service, name }, direction) =>
        publishSkew({ target: this.#target, peer: session.peer.address, service, method: name, direction }),
    });
  }

  #connectFailed(error: RpcError, lasting: boolean): void {
    for (const asker of this.#askers) asker.reject(error);
    this.#askers.clear();
    for (const call of [...this.#waiting]) if (lasting || call.failFast) call.fail(error);
    this.#restIfIdle();
  }

  /**
   * Resolves with the session when there is a ready one; makes one where there is none. Rejects when the attempt fails.
   */
  #ready(): Promise<Session> {
    if (this.#closing) return Promise.reject(new RpcError("cancelled", "the channel is closed", { executed: "no" }));
    if (this.#session?.state === "open") return Promise.resolve(this.#session);
    return new Promise((resolve, reject) => {
      this.#askers.add({ resolve, reject });
      this.#connector.want();
    });
  }

  /** Connects where there is no connection. @throws RpcError where the one attempt fails */
  async ready(): Promise<void> {
    await this.#ready();
  }

  /** A round trip to the server, in ms; connects first where there is no connection. @throws RpcError `unavailable` */
  async ping(): Promise<number> {
    const session = await this.#ready();
    this.#hold();
    try {
      return await session.ping();
    } finally {
      this.#release();
    }
  }

  /** The connection, where there is a ready one: who the server is, and what it agreed to. */
  get session(): Pick<Session, "peer" | "settings" | "agent"> | undefined {
    return this.#session?.state === "open" ? this.#session : undefined;
  }

  /**
   * Other certificates for connections from now on: `tls`, or the files of the options in use, read again. They are checked as a
   * whole first. The open connection goes on; with `drain`, calls from now on make another, and what is open has
   * `graceMs` (default 30,000) to finish.
   *
   * @throws TransportError `bad-option` where they cannot be used: those before stay in use
   * @throws RpcError `failed-precondition` on a channel without TLS
   */
  async reloadTls(
    tls?: TlsOptions,
    { drain = false, graceMs = leaveGraceMs }: { readonly drain?: boolean; readonly graceMs?: number } = {},
  ): Promise<void> {
    if (this.#dial.reloadTls === undefined) {
      throw new RpcError("failed-precondition", `${this.#target} is not TLS: there is nothing to reload`, {
        executed: "no",
      });
    }
    await this.#dial.reloadTls(tls);
    this.#connector.reset();
    if (drain) for (const session of this.#sessions) this.#leave(session, graceMs);
  }

  /**
   * Makes no more calls. Waits up to `graceMs` (default 0) for those that are open, then cancels the rest; resolves when
   * no socket and no timer is left.
   */
  close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing = true;
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    const error = new RpcError("cancelled", "the channel was closed", { executed: "no" });
    this.#connector.rest();
    this.#doubt.drop();
    for (const asker of this.#askers) asker.reject(error);
    this.#askers.clear();
    for (const call of [...this.#waiting]) call.fail(error);
    if (graceMs > 0 && this.#calls.size > 0) await this.#untilIdle(graceMs);
    for (const call of this.#calls.all()) call.cancel("cancelled", new RpcError("cancelled", "the channel was closed"));
    this.#calls.clear();
    this.#queries.clear();
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  #untilIdle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
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

/** By its methods and not its class: a signal of another realm is as good. @throws RpcError `invalid-argument` */
function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || (typeof signal.addEventListener === "function" && typeof signal.aborted === "boolean"))
    return;
  throw new RpcError("invalid-argument", "the option signal is not an AbortSignal", { executed: "no" });
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
  if (method.shape !== "server-stream" && method.shape !== "bidi-stream") return Promise.reject(failure);
  return new StreamReply(defaultLimits, () => {
    throw failure;
  }).items;
}
