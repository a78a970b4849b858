// The two forms of an answer: one value, or a stream of items.
import { decodeValue, MalformedValue } from "./codec.js";
import type { ClientCall, ReplySink } from "./client-call.js";
import type { ValueBounds } from "./guard.js";
import { ItemQueue } from "./item-queue.js";
import { PayloadError } from "./payload.js";
import { RpcError } from "./rpc-error.js";
import type { Method } from "./service.js";

/** A promise of the one answer. */
export class SingleReply implements ReplySink {
  readonly promise: Promise<unknown>;
  readonly #lift: (body: Uint8Array) => unknown;
  #resolve: (value: unknown) => void = () => {};
  #reject: (error: RpcError) => void = () => {};
  #value: { readonly value: unknown } | undefined;
  #failure: RpcError | undefined;

  constructor(lift: (body: Uint8Array) => unknown) {
    this.#lift = lift;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  message(body: Uint8Array, cost: number, call: ClientCall): void {
    call.consumed(cost);
    if (this.#value !== undefined) this.#failure = new RpcError("internal", "the server sent more than one answer");
    try {
      this.#value = { value: this.#lift(body) };
    } catch (error) {
      this.#failure = RpcError.from(error);
    }
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
  constructor(lift: (body: Uint8Array) => unknown, begin: (reply: StreamReply) => ClientCall) {
    this.items = new ItemQueue({
      lift,
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

/** Reads a result or an item. @throws RpcError `internal`: the server sent what the contract does not allow */
export function lifterOf(method: Method, bounds: ValueBounds): (body: Uint8Array) => unknown {
  const { response } = method;
  return (body) => {
    try {
      const plain = decodeValue(body, bounds);
      return response === undefined ? undefined : response.lift(plain);
    } catch (error) {
      if (!(error instanceof PayloadError) && !(error instanceof MalformedValue)) throw error;
      throw new RpcError("internal", `the answer of ${method.path} does not fit the contract: ${error.message}`, {
        executed: "yes",
        cause: error,
      });
    }
  };
}
