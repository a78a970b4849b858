// One call from the caller's side: waiting for a connection, on a stream, settled. It settles exactly once, whatever
// comes first: the answer, the deadline, the caller's signal, or the loss of the connection.
import type { AmbientCall } from "./ambient.js";
import { now } from "./clock.js";
import { codeNumber, codeOf } from "./code.js";
import { encodeMetadata, type Outcome } from "./envelope.js";
import type { Expiring } from "./call-table.js";
import { decodePayload, encodePayload, type Form } from "./form.js";
import { ItemPump } from "./item-pump.js";
import type { Metadata } from "./metadata.js";
import { isMisfit, misfit } from "./misfit.js";
import { nothing } from "./payload.js";
import { RpcError, type CallTiming, type Executed } from "./rpc-error.js";
import type { Method } from "./service.js";
import type { Session } from "./session.js";
import type { Stream, StreamSink } from "./stream.js";

/** Where a call's answer goes. */
export interface ReplySink {
  /** Consumed when `call.consumed(cost)` says so. */
  message(body: Uint8Array, cost: number, call: ClientCall): void;
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

export interface ClientCallInit {
  readonly method: Method;
  readonly owner: CallOwner;
  readonly reply: ReplySink;
  /** The arguments, encoded in `form`. */
  readonly body: Uint8Array;
  readonly form: Form;
  readonly items: AsyncIterable<unknown> | undefined;
  readonly metadata: Metadata | undefined;
  readonly deadline: number;
  /** How long the deadline was at the start, in ms: for the message when it passes. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly ambient: AmbientCall | undefined;
  readonly failFast: boolean;
  readonly onResponseMetadata: ((metadata: Metadata) => void) | undefined;
  readonly onTrailers: ((trailers: Metadata) => void) | undefined;
}

export class ClientCall implements StreamSink, Expiring {
  readonly deadline: number;
  place = -1;
  expired = false;
  readonly failFast: boolean;
  readonly #init: ClientCallInit;
  #body: Uint8Array;
  #form: Form;
  #phase: "waiting" | "queued" | "sent" | "settled" = "waiting";
  #wasOpened = false;
  #session: Session | undefined;
  #stream: Stream | undefined;
  #pump: ItemPump | undefined;
  #stopListening: (() => void) | undefined;

  constructor(init: ClientCallInit) {
    this.#init = init;
    this.#body = init.body;
    this.#form = init.form;
    this.deadline = init.deadline;
    this.failFast = init.failFast;
  }

  get method(): Method {
    return this.#init.method;
  }

  /** Of everything that the call sends and receives; settled when it is started. */
  get form(): Form {
    return this.#form;
  }

  /** Listens to the caller's signal and to the call that it is part of. May settle at once. */
  listen(): void {
    const { signal, ambient } = this.#init;
    if (signal !== undefined) {
      if (signal.aborted) return this.#aborted();
      signal.addEventListener("abort", this.#aborted, { once: true });
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
    const { method, items, metadata } = this.#init;
    const settings = session.settings;
    if (this.settled || settings === undefined) return;
    let encoded: Uint8Array;
    try {
      if (agreed === "named") this.#toNamed();
      encoded = encodeMetadata(metadata, settings.maxMetadataBytes);
    } catch (error) {
      return this.fail(RpcError.from(error, "no"));
    }
    const body = this.#body;
    if (body.length > settings.maxMessageBytes) {
      const sizes = `${body.length} bytes, and the server takes ${settings.maxMessageBytes} (its limit maxMessageBytes)`;
      return this.fail(
        new RpcError("resource-exhausted", `the arguments of ${method.path} are ${sizes}`, { executed: "no" }),
      );
    }
    this.#phase = "queued";
    this.#session = session;
    const opening = {
      path: method.path,
      metadata: encoded,
      deadline: this.deadline,
      oneWay: method.shape === "one-way",
      positional: this.#form === "positional",
    };
    const stream = session.open(opening, body, items === undefined, this);
    // `lost` may have come within, and the call be waiting for another connection.
    if (this.#session === session) this.#stream = stream;
  }

  #toNamed(): void {
    if (this.#form === "named") return;
    const { request } = this.#init.method;
    this.#body = encodePayload(request, decodePayload(request, this.#body, "positional", ownBounds), "named");
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
    const { method, timeoutMs, owner } = this.#init;
    const waited =
      this.#phase === "waiting"
        ? owner.whyWaiting()
        : this.#phase === "queued"
          ? "waiting for room on the connection"
          : "waiting for the answer";
    const error = new RpcError(
      "deadline-exceeded",
      `${method.path} took longer than ${Math.round(timeoutMs)} ms (${waited})`,
      {
        executed: this.#executed(),
      },
    );
    this.cancel(error.code, error);
  }

  readonly #aborted = (): void => {
    const { method, signal } = this.#init;
    const error = new RpcError("cancelled", `${method.path} was cancelled by its caller`, {
      executed: this.#executed(),
      cause: signal?.reason,
    });
    this.cancel(error.code, error);
  };

  #executed(): Executed {
    return this.#phase === "sent" ? "maybe" : "no";
  }

  #settle(error: RpcError | undefined): void {
    if (this.settled) return;
    this.#phase = "settled";
    const { signal, owner, reply } = this.#init;
    signal?.removeEventListener("abort", this.#aborted);
    this.#stopListening?.();
    void this.#pump?.stop();
    owner.settled(this);
    reply.settle(error);
  }

  // ——— what the stream tells ———

  opened(stream: Stream): void {
    const { items, method, owner } = this.#init;
    this.#phase = "sent";
    this.#wasOpened = true;
    this.#stream = stream;
    owner.opened(this);
    const session = this.#session;
    if (method.shape === "one-way") this.#settle(undefined);
    else if (items !== undefined && session !== undefined) this.#startPump(session, stream, items);
  }

  #startPump(session: Session, stream: Stream, items: AsyncIterable<unknown>): void {
    const { method } = this.#init;
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
    this.cancel("cancelled", cause instanceof RpcError ? cause : failedItems(this.#init.method, cause));
  }

  head(metadata: Metadata): void {
    this.#tell(this.#init.onResponseMetadata, metadata);
  }

  message(body: Uint8Array, cost: number): void {
    this.#init.reply.message(body, cost, this);
  }

  end(code: number, outcome: Outcome): void {
    if (outcome.trailers !== undefined) this.#tell(this.#init.onTrailers, outcome.trailers);
    this.#settle(code === 0 ? undefined : this.#failure(code, outcome));
  }

  cancelled(): void {}

  lost(error: RpcError): void {
    const { owner } = this.#init;
    if (this.settled) return;
    const unseen = this.#phase !== "sent";
    this.#session = undefined;
    this.#stream = undefined;
    if (unseen && error.executed === "no" && error.code === "unavailable" && !this.failFast) {
      this.#phase = "waiting";
      owner.again(this);
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
    try {
      callback(metadata);
    } catch (cause) {
      this.cancel("cancelled", new RpcError("internal", "the caller's metadata callback threw", { cause }));
    }
  }

  #failure(number: number, outcome: Outcome): RpcError {
    const { method, timeoutMs } = this.#init;
    let code = codeOf(number);
    // Whose clock ran out first does not matter to the caller: its deadline has passed.
    if (code === "cancelled" && this.deadline <= now()) code = "deadline-exceeded";
    const timing = timingOf(outcome);
    const { executed = "maybe", details, retryAfterMs } = outcome;
    const declared = method.errors.find((type) => type.declaredName === outcome.error);
    if (declared !== undefined) {
      try {
        return new declared(declared.fields.lift(outcome.fields), { message: outcome.message, details, retryAfterMs });
      } catch (cause) {
        const what = `the server's ${declared.declaredName} does not fit the contract`;
        if (isMisfit(cause)) return misfit("internal", what, cause, executed);
        return new RpcError("internal", what, { executed, cause });
      }
    }
    const message =
      outcome.message ??
      (code === "deadline-exceeded"
        ? `${method.path} took longer than ${Math.round(timeoutMs)} ms`
        : `${method.path} failed: ${code}`);
    return new RpcError(code, message, { executed, details, retryAfterMs, timing });
  }
}

/** What this side has encoded itself may be as much as any limit allows. */
const ownBounds = { maxDepth: 512, maxValues: Infinity };

function failedItems(method: Method, cause: unknown): RpcError {
  const what = `the items of ${method.path} failed`;
  if (isMisfit(cause)) return misfit("invalid-argument", what, cause, "maybe");
  const text = cause instanceof Error ? cause.message : String(cause);
  return new RpcError("cancelled", `${what}: ${text}`, { executed: "maybe", cause });
}

function timingOf(outcome: Outcome): CallTiming | undefined {
  if (outcome.timing === undefined) return undefined;
  const [queued, handler] = outcome.timing;
  return { queuedMs: queued / 1000, handlerMs: handler / 1000 };
}

/** One item of the client's stream as bytes. @throws RpcError `resource-exhausted` over the peer's limit, PayloadError */
function encodeItem(method: Method, item: unknown, form: Form, most: number): Uint8Array {
  const bytes = encodePayload(method.requestItem ?? nothing, item, form);
  if (bytes.length > most) {
    const sizes = `${bytes.length} bytes, and the server takes ${most} (its limit maxMessageBytes)`;
    throw new RpcError("resource-exhausted", `an item of ${method.path} is ${sizes}`);
  }
  return bytes;
}
