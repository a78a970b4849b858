// The two forms of an answer: one value, or a stream of items.
import type { ClientCall, ReplySink } from "./client-call.js";
import { decodePayload } from "./form.js";
import type { ValueBounds } from "./guard.js";
import { ItemQueue } from "./item-queue.js";
import { isMisfit, misfit } from "./misfit.js";
import { nothing } from "./payload-types.js";
import { RpcError } from "./rpc-error.js";
import type { Span } from "./span.js";

/** A promise of the one answer. */
export class SingleReply implements ReplySink {
  readonly promise: Promise<unknown>;
  readonly #bounds: ValueBounds;
  #resolve: (value: unknown) => void = ignore;
  #reject: (error: RpcError) => void = ignore;
  #answered = false;
  #value: unknown;

  constructor(bounds: ValueBounds) {
    this.#bounds = bounds;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  message(body: Span, cost: number, call: ClientCall): void {
    call.consumed(cost);
    if (this.#answered)
      return call.cancel("cancelled", new RpcError("internal", "the server sent more than one answer"));
    this.#answered = true;
    try {
      this.#value = decodeAnswer(call, body, this.#bounds);
    } catch (error) {
      call.cancel("cancelled", RpcError.from(error));
    }
  }

  /** No answer will come: that the call was sent is all that the caller can learn. */
  admitted(): void {
    this.#answered = true;
  }

  settle(error: RpcError | undefined): void {
    if (error !== undefined) this.#reject(error);
    else if (this.#answered) this.#resolve(this.#value);
    else this.#reject(new RpcError("internal", "the server ended the call without an answer"));
  }
}

/** Items as they come; the call begins when the first is asked for. */
export class StreamReply implements ReplySink {
  readonly items: ItemQueue<unknown>;
  #call: ClientCall | undefined;

  /** @param begin makes the call; a throw becomes the stream's failure */
  constructor(bounds: ValueBounds, begin: (reply: StreamReply) => ClientCall) {
    this.items = new ItemQueue({
      decode: (body) => (this.#call === undefined ? undefined : decodeAnswer(this.#call, body, bounds)),
      release: (cost) => this.#call?.consumed(cost),
      started: () => {
        try {
          this.#call = begin(this);
        } catch (error) {
          this.settle(RpcError.from(error, "no"));
        }
      },
      left: (error) => {
        const reason =
          error === undefined ? new RpcError("cancelled", "the reader left the stream") : RpcError.from(error);
        this.#call?.cancel("cancelled", reason);
      },
    });
  }

  message(body: Span, cost: number): void {
    this.items.push(body, cost);
  }

  settle(error: RpcError | undefined): void {
    this.items.finish(error === undefined ? undefined : { error });
  }
}

/** A result, or an item. @throws RpcError `internal`: the server sent what the contract does not allow */
function decodeAnswer({ method, form }: ClientCall, body: Span, bounds: ValueBounds): unknown {
  try {
    return decodePayload(method.response ?? nothing, body, form, bounds);
  } catch (error) {
    if (!isMisfit(error)) throw error;
    throw misfit("internal", `the answer of ${method.path} does not fit the contract`, error, "yes");
  }
}

function ignore(): void {}
