// The two forms of an answer: one value, or a stream of items.
import type { ClientCall, ReplySink } from "./client-call.js";
import { decodePayload, type Form } from "./form.js";
import type { ValueBounds } from "./guard.js";
import { ItemQueue } from "./item-queue.js";
import { isMisfit, misfit } from "./misfit.js";
import { nothing } from "./payload.js";
import { RpcError } from "./rpc-error.js";
import type { Method } from "./service.js";

/** Decodes a result or an item. */
export type DecodeAnswer = (body: Uint8Array, form: Form) => unknown;

/** A promise of the one answer. */
export class SingleReply implements ReplySink {
  readonly promise: Promise<unknown>;
  readonly #decode: DecodeAnswer;
  #resolve: (value: unknown) => void = () => {};
  #reject: (error: RpcError) => void = () => {};
  #value: { readonly value: unknown } | undefined;
  #failure: RpcError | undefined;

  constructor(decode: DecodeAnswer) {
    this.#decode = decode;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  message(body: Uint8Array, cost: number, call: ClientCall): void {
    call.consumed(cost);
    if (this.#value !== undefined) this.#failure = new RpcError("internal", "the server sent more than one answer");
    try {
      this.#value = { value: this.#decode(body, call.form) };
    } catch (error) {
      this.#failure = RpcError.from(error);
    }
  }

  /** No answer will come: that the call was sent is all that the caller can learn. */
  admitted(): void {
    this.#value = { value: undefined };
  }

  settle(error: RpcError | undefined): void {
    const failure = error ?? this.#failure;
    if (failure !== undefined) this.#reject(failure);
    else if (this.#value === undefined)
      this.#reject(new RpcError("internal", "the server ended the call without an answer"));
    else this.#resolve(this.#value.value);
  }
}

/** Items as they come; the call begins when the first is asked for. */
export class StreamReply implements ReplySink {
  readonly items: ItemQueue<unknown>;
  #call: ClientCall | undefined;

  /** @param begin makes the call; a throw becomes the stream's failure */
  constructor(decode: DecodeAnswer, begin: (reply: StreamReply) => ClientCall) {
    this.items = new ItemQueue({
      decode: (body) => decode(body, this.#call?.form ?? "named"),
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

  message(body: Uint8Array, cost: number): void {
    this.items.push(body, cost);
  }

  settle(error: RpcError | undefined): void {
    this.items.finish(error === undefined ? undefined : { error });
  }
}

/** Decodes results and items. @throws RpcError `internal`: the server sent what the contract does not allow */
export function answerDecoder(method: Method, bounds: ValueBounds): DecodeAnswer {
  const response = method.response ?? nothing;
  return (body, form) => {
    try {
      return decodePayload(response, body, form, bounds);
    } catch (error) {
      if (!isMisfit(error)) throw error;
      throw misfit("internal", `the answer of ${method.path} does not fit the contract`, error, "yes");
    }
  };
}
