// One call from the server's side: the context that its handler sees, and the outcome that its caller gets. Exactly one
// END leaves, when the handler has really stopped.
import type { Peer } from "@tautline/core";
import type { AmbientCall } from "./ambient.js";
import { runInCall } from "./ambient.js";
import { now } from "./clock.js";
import { codeNumber } from "./code.js";
import type { CallContext } from "./context.js";
import type { Expiring } from "./call-table.js";
import { encodeMetadata, type Outcome } from "./envelope.js";
import { decodePayload, encodePayload, lowerPayload, type Form } from "./form.js";
import type { ValueBounds } from "./guard.js";
import { asStream, intercept, type Interceptor, type InterceptedCall, type Reply } from "./interceptor.js";
import { ItemPump } from "./item-pump.js";
import { ItemQueue } from "./item-queue.js";
import { Metadata } from "./metadata.js";
import { isMisfit, misfit } from "./misfit.js";
import { nothing } from "./payload-types.js";
import { DeclaredError, RpcError } from "./rpc-error.js";
import type { ServedCall, ServedMethod } from "./served-method.js";
import type { DeclaredErrorType, Method } from "./service.js";
import type { Session } from "./session.js";
import type { Share } from "./shares.js";
import { lengthOf, type Span } from "./span.js";
import type { Arrival, CancelCode, Stream, StreamSink } from "./stream.js";
import { errorOf } from "./thrown.js";

/** What the call asks of the dispatcher. */
export interface ServerCallOwner {
  /** The handler has stopped, whatever came of it. */
  stopped(call: ServerCall): void;
  /** Its deadline has passed, and the handler runs on. */
  abandoned(call: ServerCall): void;
  /** A handler threw what is no RpcError; returns the id under which it was logged. */
  handlerThrew(call: ServerCall, error: unknown): string;
  readonly draining: AbortSignal;
}

export interface ServerCallInit {
  readonly owner: ServerCallOwner;
  readonly session: Session;
  readonly stream: Stream;
  readonly binding: ServedMethod;
  readonly arrival: Arrival;
  /** When its turn came, in ms since the epoch. */
  readonly startedAt: number;
}

export class ServerCall implements CallContext, AmbientCall, StreamSink, Expiring, ServedCall {
  readonly session: Session;
  readonly binding: ServedMethod;
  readonly deadline: number;
  place = -1;
  expired = false;
  /** In ms since the epoch. */
  readonly startedAt: number;
  isAbandoned = false;
  beganAmongFew = false;
  share: Share | undefined;
  readonly #owner: ServerCallOwner;
  readonly #stream: Stream;
  /** Of everything that the call receives and sends. */
  readonly #form: Form;
  readonly #arrivedAt: number;
  // Most calls carry none of the three: each is made when somebody looks.
  #metadata: Metadata | undefined;
  #responseMetadata: Metadata | undefined;
  #trailers: Metadata | undefined;
  /** What the client streams, where it does. */
  #items: ItemQueue<unknown> | undefined;
  #pump: ItemPump | undefined;
  #headSent = false;
  #controller: AbortController | undefined;
  #cancelled: RpcError | undefined;
  #listeners: Set<(reason: RpcError) => void> | undefined;

  constructor({ owner, session, stream, binding, arrival, startedAt }: ServerCallInit) {
    this.session = session;
    this.binding = binding;
    this.deadline = Math.min(arrival.deadline, startedAt + (binding.settings.timeoutMs ?? Infinity));
    this.#owner = owner;
    this.#stream = stream;
    this.#form = arrival.positional ? "positional" : "named";
    this.#arrivedAt = arrival.arrivedAt;
    this.startedAt = startedAt;
    this.#metadata = arrival.metadata;
  }

  get method(): Method {
    return this.binding.method;
  }

  // ——— what the handler sees ———

  get path(): string {
    return this.binding.method.path;
  }

  get peer(): Peer {
    return this.session.peer;
  }

  get metadata(): Metadata {
    return (this.#metadata ??= new Metadata());
  }

  get responseMetadata(): Metadata {
    return (this.#responseMetadata ??= new Metadata());
  }

  get trailers(): Metadata {
    return (this.#trailers ??= new Metadata());
  }

  remainingMs(): number {
    return Math.max(this.deadline - now(), 0);
  }

  get signal(): AbortSignal {
    // Made when somebody looks: most handlers never do.
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled !== undefined) this.#controller.abort(this.#cancelled);
    }
    return this.#controller.signal;
  }

  get draining(): AbortSignal {
    return this.#owner.draining;
  }

  onCancel(listener: (reason: RpcError) => void): () => void {
    if (this.#cancelled !== undefined) {
      listener(this.#cancelled);
      return () => {};
    }
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  // ——— the handler ———

  /** Runs the handler, with `interceptors` around it, and answers with what comes of it. */
  run(args: readonly unknown[], interceptors: readonly Interceptor[]): void {
    const { shape } = this.method;
    const streams = shape === "server-stream" || shape === "bidi-stream";
    let reply: Reply;
    try {
      reply = runInCall(this, () => this.#invoke(args, interceptors));
      // A promise as it is; of others that have a `then` it is not known that they settle once, and do not throw.
      if (!streams && hasThen(reply)) return void Promise.resolve(reply).then(this.#returned, this.#rejected);
    } catch (error) {
      return this.#failed(error);
    }
    if (streams) this.#streamItems(reply);
    // Anything that is not a promise is the answer itself: a handler may be a plain function.
    else this.#returned(reply);
  }

  #invoke(args: readonly unknown[], interceptors: readonly Interceptor[]): Reply {
    const { binding, method } = this;
    const items = method.requestItem === undefined ? undefined : this.#openItems(this.session.limits);
    if (interceptors.length === 0) return binding.invoke(withItems(args, items), this) as Reply;
    const { metadata, deadline } = this;
    const intercepted: InterceptedCall = { side: "server", method, args, items, metadata, deadline, context: this };
    const handle = (inner: InterceptedCall): Reply =>
      binding.invoke(withItems(inner.args, inner.items), inner.context ?? this) as Reply;
    return intercept(interceptors, handle)(intercepted);
  }

  /** What the client streams; for shapes with a client stream. */
  #openItems(bounds: ValueBounds): ItemQueue<unknown> {
    const { session, method } = this;
    this.#items = new ItemQueue<unknown>({
      decode: (body) => decodeItem(method, body, this.#form, bounds),
      release: (cost) => session.consumed(this.#stream, cost),
      started() {},
      left() {},
    });
    return this.#items;
  }

  readonly #rejected = (error: unknown): void => this.#failed(error);

  readonly #returned = (value: unknown): void => {
    const { method, session } = this;
    if (method.response === undefined || this.#cancelled !== undefined) return this.#finish(undefined);
    let body: Span;
    try {
      if (!session.mayAnswerWait) throw this.#hasNoRoom();
      body = this.#encode(value);
      this.#sendHead();
    } catch (error) {
      return this.#failed(error);
    }
    if (this.#trailers !== undefined && this.#trailers.size > 0) {
      session.send(this.#stream, body, false);
      return this.#finish(undefined);
    }
    session.send(this.#stream, body, true);
    this.#items?.finish();
    this.#owner.stopped(this);
  };

  #streamItems(reply: unknown): void {
    const { session } = this;
    try {
      const items = asStream(reply);
      // As async interceptors return.
      if (items === undefined && hasThen(reply))
        return void Promise.resolve(reply).then((stream) => this.#streamItems(stream), this.#rejected);
      if (items === undefined)
        throw new TypeError(`the handler of ${this.path}, or an interceptor, must return an AsyncIterable`);
      this.#pump = new ItemPump({
        session,
        stream: this.#stream,
        items,
        encode: (item) => {
          this.#sendHead();
          return this.#encode(item);
        },
        enter: (run) => runInCall(this, run),
        finished: () => this.#finish(undefined),
        failed: (error) => this.#failed(error),
      });
    } catch (error) {
      return this.#failed(error);
    }
    if (this.#cancelled === undefined) this.#pump.go();
    else this.#leavePump(this.#pump);
  }

  #encode(value: unknown): Span {
    const { method, session } = this;
    const body = encodePayload(method.response ?? nothing, value, this.#form);
    const most = session.settings?.maxMessageBytes ?? 0;
    const length = lengthOf(body);
    if (length > most) {
      const sizes = `${length} bytes, and the client takes ${most} (its limit maxMessageBytes)`;
      throw new RpcError("resource-exhausted", `an answer of ${method.path} is ${sizes}`);
    }
    return body;
  }

  #hasNoRoom(): RpcError {
    const { maxWaitingTogether } = this.session.limits;
    const why = `more than ${maxWaitingTogether} bytes of answers wait for clients that take none, or not fast enough`;
    const remedy = "make fewer calls at once, take answers sooner, or raise limits.maxWaitingTogether of the server";
    return new RpcError("resource-exhausted", `an answer of ${this.path} has no room to wait: ${why}; ${remedy}`);
  }

  #sendHead(): void {
    if (this.#headSent) return;
    this.#headSent = true;
    const metadata = this.#responseMetadata;
    if (metadata !== undefined && metadata.size > 0) this.#sendMetadata(metadata);
  }

  #sendMetadata(metadata: Metadata): void {
    const { session } = this;
    const bytes = encodeMetadata(metadata, Infinity);
    const most = session.settings?.maxMetadataBytes ?? 0;
    if (bytes.length > most) {
      const sizes = `${bytes.length} bytes long, and the client takes ${most} (its limit maxMetadataBytes)`;
      throw new RpcError("resource-exhausted", `the response metadata of ${this.path} is ${sizes}`);
    }
    session.head(this.#stream, bytes);
  }

  /** Turns what a handler threw into an outcome. */
  #failed(thrown: unknown): void {
    const { method } = this;
    if (this.#cancelled !== undefined) return this.#finish(undefined);
    const error = errorOf(thrown);
    if (error instanceof DeclaredError) {
      const type = method.errors.find((candidate) => error instanceof candidate);
      if (type !== undefined) return this.#finishDeclared(error, type);
    } else if (error instanceof RpcError && method.shape !== "one-way") return this.#finish(error);
    const id = this.#owner.handlerThrew(this, error);
    this.#finish(new RpcError("internal", `the server failed (id ${id} in its log)`));
  }

  #finishDeclared(thrown: DeclaredError, type: DeclaredErrorType): void {
    let fields: unknown;
    try {
      fields = lowerPayload(type.fields, thrown as never);
    } catch (error) {
      const id = this.#owner.handlerThrew(this, error);
      return this.#finish(new RpcError("internal", `the server failed (id ${id} in its log)`));
    }
    this.#finish(thrown, { error: type.declaredName, fields });
  }

  /** Sends END where it is owed. `error` undefined: success, or the reason of the cancellation where there was one. */
  #finish(error: RpcError | undefined, declared: Pick<Outcome, "error" | "fields"> = {}): void {
    this.#items?.finish();
    if (this.#stream.owesEnd) this.#sendEnd(this.#cancelled ?? error, declared);
    this.#owner.stopped(this);
  }

  #sendEnd(failure: RpcError | undefined, declared: Pick<Outcome, "error" | "fields">): void {
    const { session } = this;
    const stream = this.#stream;
    const trailers = this.#trailers !== undefined && this.#trailers.size > 0 ? this.#trailers : undefined;
    try {
      if (failure === undefined) {
        this.#sendHead();
        session.end(stream, 0, session.outcome({ trailers }));
      } else {
        const { message, details, retryAfterMs } = failure;
        // The handler ran, whatever an error that it got from elsewhere says of its own call.
        const outcome: Outcome = {
          message,
          executed: "yes",
          details,
          retryAfterMs,
          trailers,
          timing: this.#timing(),
          ...declared,
        };
        session.end(stream, codeNumber(failure.code), session.outcome(outcome));
      }
    } catch (unsendable) {
      const id = this.#owner.handlerThrew(this, unsendable);
      const message = `the server failed (id ${id} in its log)`;
      session.end(stream, codeNumber("internal"), session.outcome({ message, executed: "yes" }));
    }
  }

  #timing(): readonly [number, number] {
    const { startedAt } = this;
    return [Math.round((startedAt - this.#arrivedAt) * 1000), Math.round((now() - startedAt) * 1000)];
  }

  // ——— what ends it early ———

  /** Aborts the handler; END follows when it has stopped. The signal first: a generator cleans up at its next yield only. */
  #cancel(reason: RpcError): void {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = reason;
    if (reason.code === "deadline-exceeded") {
      this.isAbandoned = true;
      this.#owner.abandoned(this);
    }
    this.#controller?.abort(reason);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
    this.#items?.finish({ error: reason });
    if (this.#pump !== undefined) this.#leavePump(this.#pump);
  }

  #leavePump(pump: ItemPump): void {
    void pump.stop().then(() => this.#finish(undefined));
  }

  expire(): void {
    this.#cancel(new RpcError("deadline-exceeded", `${this.path} ran past its deadline`));
    // The caller need not wait for a handler that does not listen; its place is taken until it has stopped.
    this.#tellEarly();
  }

  /** Sends the outcome of a cancelled call now; `#finish` will find that it was sent. */
  #tellEarly(): void {
    const { session } = this;
    const stream = this.#stream;
    const reason = this.#cancelled;
    if (reason === undefined || stream.state === "cancelled") return;
    const outcome: Outcome = { message: reason.message, executed: "maybe", timing: this.#timing() };
    session.end(stream, codeNumber(reason.code), session.outcome(outcome));
  }

  opened(): void {}
  head(): void {}

  message(body: Span, cost: number): void {
    if (this.#items === undefined) this.session.consumed(this.#stream, cost);
    else this.#items.push(body, cost);
  }

  end(): void {
    this.#items?.finish();
  }

  cancelled(code: CancelCode, message: string): void {
    this.#cancel(new RpcError(code, message));
  }

  lost(error: RpcError): void {
    this.#cancel(error);
  }

  writable(): void {
    this.#pump?.go();
  }
}

/** @throws RpcError `invalid-argument` where an item of the client's stream does not fit the contract */
function decodeItem(method: Method, body: Span, form: Form, bounds: ValueBounds): unknown {
  try {
    return decodePayload(method.requestItem ?? nothing, body, form, bounds);
  } catch (error) {
    if (!isMisfit(error)) throw error;
    throw misfit("invalid-argument", `an item of ${method.path} does not fit the contract`, error);
  }
}

function withItems(args: readonly unknown[], items: AsyncIterable<unknown> | undefined): readonly unknown[] {
  return items === undefined ? args : [...args, items];
}

function hasThen(reply: unknown): boolean {
  return ((typeof reply === "object" && reply !== null) || typeof reply === "function") && "then" in reply;
}
