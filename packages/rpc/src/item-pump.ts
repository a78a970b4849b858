// Takes items from an iterable of the application to a stream, one at a time. Nothing is encoded that cannot be sent; one
// item is asked for ahead of its room, because only so its end is known, which needs none (PROTOCOL.md §4.3).
import type { Session } from "./session.js";
import type { Span } from "./span.js";
import type { Stream } from "./stream.js";

export interface ItemPumpOptions {
  readonly session: Session;
  readonly stream: Stream;
  readonly items: AsyncIterable<unknown>;
  readonly encode: (item: unknown) => Span;
  /** Runs the iterator's code where it belongs, with the call as its context. */
  readonly enter: <T>(run: () => T) => T;
  /** All items are sent. */
  readonly finished: () => void;
  /** The iterable threw, or an item could not be encoded. */
  readonly failed: (error: unknown) => void;
}

export class ItemPump {
  readonly #options: ItemPumpOptions;
  readonly #iterator: AsyncIterator<unknown>;
  /** The item that waits for room. */
  #held: { readonly item: unknown } | undefined;
  #over = false;

  /** @throws what the iterable throws when it is asked for its iterator */
  constructor(options: ItemPumpOptions) {
    this.#options = options;
    this.#iterator = options.enter(() => options.items[Symbol.asyncIterator]());
  }

  /** Asks for the first item; later, sends what waited for room. */
  go(): void {
    if (this.#over) return;
    if (this.#held === undefined) this.#pull();
    else this.#offer(this.#held.item);
  }

  /** Sends the item and asks for the next, or keeps it until there is room. */
  #offer(item: unknown): void {
    const { session, stream, encode } = this.#options;
    if (!session.canSend(stream)) {
      this.#held = { item };
      return session.awaitWritable(stream);
    }
    this.#held = undefined;
    let body: Span;
    try {
      body = encode(item);
    } catch (error) {
      void this.stop();
      return this.#options.failed(error);
    }
    session.send(stream, body, false);
    this.#pull();
  }

  /**
   * The call is over: leaves the iterator, without waiting for a `next()` that may be pending for long. Resolves when
   * the iterator has really finished.
   */
  stop(): Promise<unknown> {
    if (this.#over) return this.#left;
    this.#over = true;
    this.#held = undefined;
    this.#left = this.#leave();
    return this.#left;
  }

  #left: Promise<unknown> = Promise.resolve();

  // Its errors are nobody's: the call has its outcome already.
  async #leave(): Promise<void> {
    try {
      await this.#options.enter(() => this.#iterator.return?.());
    } catch {}
  }

  #pull(): void {
    try {
      // A promise as it is. `for await` takes a result without one as well.
      Promise.resolve(this.#options.enter(() => this.#iterator.next())).then(this.#stepped, this.#threw);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #stepped = (result: IteratorResult<unknown>): void => {
    if (this.#over) return;
    let item: unknown;
    try {
      if (Object(result) !== result)
        throw new TypeError("next() of an iterator gives an object with `done` and `value`");
      this.#over = result.done === true;
      item = result.value;
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#over) this.#options.finished();
    else this.#offer(item);
  };

  readonly #threw = (error: unknown): void => {
    if (!this.#over) this.#fail(error);
  };

  #fail(error: unknown): void {
    this.#over = true;
    this.#options.failed(error);
  }
}
