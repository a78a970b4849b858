// One call from the caller's side: waiting for a connection, on a stream, settled. It settles exactly once, whatever
// comes first: the answer, the deadline, the caller's signal, or the loss of the connection.
import type { AmbientCall } from "./ambient.js";
import type { CallOptions } from "./caller.js";
import { onAbort, reasonOf } from "./caller-signal.js";
import { now } from "./clock.js";
import { codeNumber, codeOf } from "./code.js";
import { checkMetadata, encodeMetadata, type Outcome } from "./envelope.js";
import type { Expiring } from "./call-table.js";
import { decodePayload, encodePayload, liftPayload, type Form } from "./form.js";
import { anySize } from "./guard.js";
import { ItemPump } from "./item-pump.js";
import type { Metadata } from "./metadata.js";
import { isMisfit, misfit } from "./misfit.js";
import { nothing } from "./payload-types.js";
import { RpcError, type CallTiming, type Executed } from "./rpc-error.js";
import type { Method } from "./service.js";
import type { Opening } from "./send-queue.js";
import type { Session } from "./session.js";
import { lengthOf, spanOf, type Span } from "./span.js";
import type { Stream, StreamSink } from "./stream.js";
import { attempt, errorOf } from "./thrown.js";

/** Where a call's answer goes. */
export interface ReplySink {
  /** Consumed when `call.consumed(cost)` says so. */
  message(body: Span, cost: number, call: ClientCall): void;
  /** The call is over; called once. */
  settle(error: RpcError | undefined): void;
}

/** What the call needs of the channel that made it. */
export interface CallOwner {
  /** The call lost its connection before anybody saw it: find it another. */
  again(call: ClientCall): void;
  /** OPEN is written: the call waits no longer for its place. */
  opened(call: ClientCall): void;
  settled(call: ClientCall): void;
  /** What to add to the message of a deadline that passed before the call got onto a connection. */
  whyWaiting(): string;
}

/** What a caller asked for, beside the arguments: a call keeps them encoded, and only until they are on the wire. */
export interface CallRequest {
  readonly method: Method;
  readonly items: AsyncIterable<unknown> | undefined;
  readonly metadata: Metadata | undefined;
  /** In ms since the epoch, as the next. */
  readonly startedAt: number;
  readonly deadline: number;
  readonly options: CallOptions;
  readonly ambient: AmbientCall | undefined;
}

export class ClientCall implements StreamSink, Opening, Expiring {
  readonly deadline: number;
  /** As OPEN carries it. */
  metadata: Uint8Array = noMetadata;
  place = -1;
  expired = false;
  /** Until its channel has tried to write it, in the turn that made it. */
  isNew = true;
  readonly #request: CallRequest;
  readonly #reply: ReplySink;
  readonly #owner: CallOwner;
  /** The arguments, encoded. */
  #body = none;
  #form: Form = "named";
  #phase: "waiting" | "queued" | "sent" | "settled" = "waiting";
  #wasOpened = false;
  #session: Session | undefined;
  #stream: Stream | undefined;
  #pump: ItemPump | undefined;
  /** To the caller's signal, and to the call that this one is part of. */
  #leaveSignal: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(request: CallRequest, reply: ReplySink, owner: CallOwner) {
    this.deadline = request.deadline;
    this.#request = request;
    this.#reply = reply;
    this.#owner = owner;
  }

  get method(): Method {
    return this.#request.method;
  }

  get path(): string {
    return this.#request.method.path;
  }

  get oneWay(): boolean {
    return this.#request.method.shape === "one-way";
  }

  get positional(): boolean {
    return this.#form === "positional";
  }

  /** How long the deadline was at the start, in ms. */
  get timeoutMs(): number {
    return this.deadline - this.#request.startedAt;
  }

  /** Most calls are written in the turn that made them: the clock need not be asked again. In ms since the epoch. */
  get now(): number {
    return this.isNew ? this.#request.startedAt : now();
  }

  remainingMs(): number {
    return this.deadline - this.now;
  }

  get failFast(): boolean {
    return this.#request.options.failFast ?? false;
  }

  /** Of everything that the call sends and receives; settled when it is started. */
  get form(): Form {
    return this.#form;
  }

  /**
   * Encodes the arguments and the metadata as they are now; first of all.
   *
   * @throws RpcError `invalid-argument` naming the place, where an argument is not what the contract says
   */
  encode(args: readonly unknown[], form: Form): void {
    const { method, metadata } = this.#request;
    if (metadata !== undefined) this.metadata = encodeMetadata(metadata, Infinity);
    try {
      this.#body = encodePayload(method.request, args, form);
      this.#form = form;
    } catch (cause) {
      const error = errorOf(cause);
      if (isMisfit(error)) throw misfit("invalid-argument", method.path, error, "no");
      const message = `the arguments of ${method.path} cannot be encoded: ${error.message}`;
      throw new RpcError("invalid-argument", message, { executed: "no", cause });
    }
  }

  /** Listens to the caller's signal and to the call that it is part of. May settle at once. */
  listen(): void {
    const { options, ambient } = this.#request;
    const { signal } = options;
    if (signal !== undefined) {
      if (signal.aborted) return this.#aborted();
      this.#leaveSignal = onAbort(signal, () => this.#aborted());
      // It may have called at once.
      if (this.settled) return this.#leaveSignal();
    }
    if (ambient !== undefined) {
      this.#stopListening = ambient.onCancel((reason) => {
        this.cancel(
          reason.code,
          new RpcError(reason.code, `the call being served ended: ${reason.message}`, { executed: this.#executed() }),
        );
      });
    }
  }

  /** Whether its OPEN was written, so that somebody may have seen it. */
  get wasOpened(): boolean {
    return this.#wasOpened;
  }

  get settled(): boolean {
    return this.#phase === "settled";
  }

  /**
   * Puts the call onto a connection. Arguments that were encoded by an agreement that does not hold there are encoded anew;
   * named ones stay so.
   */
  start(session: Session, agreed: Form): void {
    const { method, items } = this.#request;
    const settings = session.settings;
    if (this.settled || settings === undefined) return;
    try {
      if (agreed === "named") this.#toNamed();
      if (this.metadata !== noMetadata) checkMetadata(this.metadata, settings.maxMetadataBytes);
    } catch (error) {
      return this.fail(RpcError.from(error, "no"));
    }
    const body = this.#body;
    const length = lengthOf(body);
    if (length > settings.maxMessageBytes) {
      const sizes = `${length} bytes, and the server takes ${settings.maxMessageBytes} (its limit maxMessageBytes)`;
      return this.fail(
        new RpcError("resource-exhausted", `the arguments of ${method.path} are ${sizes}`, { executed: "no" }),
      );
    }
    this.#phase = "queued";
    this.#session = session;
    const stream = session.open(this, body, items === undefined, this);
    // `lost` may have come within, and the call be waiting for another connection.
    if (this.#session === session) this.#stream = stream;
  }

  #toNamed(): void {
    if (this.#form === "named") return;
    const { request } = this.method;
    this.#body = encodePayload(request, decodePayload(request, this.#body, "positional", anySize), "named");
    this.#form = "named";
  }

  /** Ends the call from this side. */
  cancel(code: RpcError["code"], error: RpcError): void {
    if (this.settled) return;
    if (this.#session !== undefined && this.#stream !== undefined)
      this.#session.cancel(this.#stream, codeNumber(code), error.message);
    this.fail(error);
  }

  /** The call fails; nothing is told to the peer. */
  fail(error: RpcError): void {
    this.#settle(error);
  }

  expire(): void {
    const waited =
      this.#phase === "waiting"
        ? this.#owner.whyWaiting()
        : this.#phase === "queued"
          ? "waiting for room on the connection"
          : "waiting for the answer";
    const error = new RpcError(
      "deadline-exceeded",
      `${this.method.path} took longer than ${Math.round(this.timeoutMs)} ms (${waited})`,
      {
        executed: this.#executed(),
      },
    );
    this.cancel(error.code, error);
  }

  #aborted(): void {
    const error = new RpcError("cancelled", `${this.method.path} was cancelled by its caller`, {
      executed: this.#executed(),
      cause: reasonOf(this.#request.options.signal),
    });
    this.cancel(error.code, error);
  }

  #executed(): Executed {
    return this.#phase === "sent" ? "maybe" : "no";
  }

  #settle(error: RpcError | undefined): void {
    if (this.settled) return;
    this.#phase = "settled";
    this.#leaveSignal?.();
    this.#stopListening?.();
    void this.#pump?.stop();
    this.#owner.settled(this);
    this.#reply.settle(error);
  }

  // ——— what the stream tells ———

  opened(stream: Stream): void {
    this.#phase = "sent";
    this.#wasOpened = true;
    this.#stream = stream;
    // What is not written yet is with the sender; the call is not started again.
    this.#body = none;
    this.#owner.opened(this);
    const session = this.#session;
    const { items } = this.#request;
    if (stream.oneWay) this.#settle(undefined);
    else if (items !== undefined && session !== undefined) this.#startPump(session, stream, items);
  }

  #startPump(session: Session, stream: Stream, items: AsyncIterable<unknown>): void {
    const { method } = this;
    try {
      this.#pump = new ItemPump({
        session,
        stream,
        items,
        encode: (item) => encodeItem(method, item, this.#form, session.settings?.maxMessageBytes ?? 0),
        enter: (run) => run(),
        finished: () => session.endItems(stream),
        failed: (error) => this.#itemsFailed(error),
      });
    } catch (error) {
      return this.#itemsFailed(error);
    }
    this.#pump.go();
  }

  /** The caller's own items failed: the caller gets that error, the server a CANCEL. */
  #itemsFailed(cause: unknown): void {
    const error = errorOf(cause);
    this.cancel("cancelled", error instanceof RpcError ? error : failedItems(this.method, error, cause));
  }

  head(metadata: Metadata): void {
    this.#tell(this.#request.options.onResponseMetadata, metadata);
  }

  message(body: Span, cost: number): void {
    this.#reply.message(body, cost, this);
  }

  end(code: number, outcome: Outcome): void {
    if (outcome.trailers !== undefined) this.#tell(this.#request.options.onTrailers, outcome.trailers);
    this.#settle(code === 0 ? undefined : this.#failure(code, outcome));
  }

  cancelled(): void {}

  lost(error: RpcError): void {
    if (this.settled) return;
    const unseen = this.#phase !== "sent";
    this.#session = undefined;
    this.#stream = undefined;
    if (unseen && error.executed === "no" && error.code === "unavailable" && !this.failFast) {
      this.#phase = "waiting";
      this.#owner.again(this);
    } else this.fail(error);
  }

  writable(): void {
    this.#pump?.go();
  }

  /** The application is done with a message of the answer. */
  consumed(cost: number): void {
    const stream = this.#stream;
    // Also after the call's end: the session takes the connection's credit back.
    if (stream !== undefined) this.#session?.consumed(stream, cost);
  }

  /** A callback of the caller's; its mistakes are the caller's, and end the call. */
  #tell(callback: ((metadata: Metadata) => void) | undefined, metadata: Metadata): void {
    if (callback === undefined || this.settled) return;
    attempt(
      () => callback(metadata),
      (cause) => this.cancel("cancelled", new RpcError("internal", "the caller's metadata callback threw", { cause })),
    );
  }

  #failure(number: number, outcome: Outcome): RpcError {
    const { method } = this;
    let code = codeOf(number);
    // Whose clock ran out first does not matter to the caller: its deadline has passed.
    if (code === "cancelled" && this.deadline <= now()) code = "deadline-exceeded";
    const timing = timingOf(outcome);
    const { executed = "maybe", details, retryAfterMs } = outcome;
    const declared = method.errors.find((type) => type.declaredName === outcome.error);
    if (declared !== undefined) {
      try {
        return new declared(liftPayload(declared.fields, outcome.fields), {
          message: outcome.message,
          details,
          retryAfterMs,
        });
      } catch (cause) {
        const what = `the server's ${declared.declaredName} does not fit the contract`;
        if (isMisfit(cause)) return misfit("internal", what, cause, executed);
        return new RpcError("internal", what, { executed, cause });
      }
    }
    const message =
      outcome.message ??
      (code === "deadline-exceeded"
        ? `${method.path} took longer than ${Math.round(this.timeoutMs)} ms`
        : `${method.path} failed: ${code}`);
    return new RpcError(code, message, { executed, details, retryAfterMs, timing });
  }
}

const noMetadata = new Uint8Array(0);
const none = spanOf(noMetadata);

function failedItems(method: Method, error: Error, cause: unknown): RpcError {
  const what = `the items of ${method.path} failed`;
  if (isMisfit(error)) return misfit("invalid-argument", what, error, "maybe");
  return new RpcError("cancelled", `${what}: ${error.message}`, { executed: "maybe", cause });
}

function timingOf(outcome: Outcome): CallTiming | undefined {
  if (outcome.timing === undefined) return undefined;
  const [queued, handler] = outcome.timing;
  return { queuedMs: queued / 1000, handlerMs: handler / 1000 };
}

/** One item of the client's stream as bytes. @throws RpcError `resource-exhausted` over the peer's limit, PayloadError */
function encodeItem(method: Method, item: unknown, form: Form, most: number): Span {
  const body = encodePayload(method.requestItem ?? nothing, item, form);
  const length = lengthOf(body);
  if (length > most) {
    const sizes = `${length} bytes, and the server takes ${most} (its limit maxMessageBytes)`;
    throw new RpcError("resource-exhausted", `an item of ${method.path} is ${sizes}`);
  }
  return body;
}
