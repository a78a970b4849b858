// Takes items from an iterable of the application to a stream, one at a time and only when there is room: nothing is
// produced or encoded that cannot be sent.
import type { Session } from "./session.js";
import type { Stream } from "./stream.js";

export interface ItemPumpOptions {
  readonly session: Session;
  readonly stream: Stream;
  readonly items: AsyncIterable<unknown>;
  readonly encode: (item: unknown) => Uint8Array;
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
  #over = false;

  /** @throws what the iterable throws when it is asked for its iterator */
  constructor(options: ItemPumpOptions) {
    this.#options = options;
    this.#iterator = options.enter(() => options.items[Symbol.asyncIterator]());
  }

  /** Sends the next item as soon as there is room. */
  go(): void {
    if (this.#over) return;
    const { session, stream } = this.#options;
    if (session.canSend(stream)) this.#pull();
    else session.awaitWritable(stream);
  }

  /**
   * The call is over: leaves the iterator, without waiting for a `next()` that may be pending for long. Resolves when
   * the iterator has really finished.
   */
  stop(): Promise<unknown> {
    if (this.#over) return this.#left;
    this.#over = true;
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
    let step: Promise<IteratorResult<unknown>>;
    try {
      step = this.#options.enter(() => this.#iterator.next());
    } catch (error) {
      return this.#fail(error);
    }
    step.then(this.#stepped, this.#threw);
  }

  readonly #stepped = (result: IteratorResult<unknown>): void => {
    if (this.#over) return;
    if (result.done === true) {
      this.#over = true;
      return this.#options.finished();
    }
    let body: Uint8Array;
    try {
      body = this.#options.encode(result.value);
    } catch (error) {
      void this.stop();
      return this.#options.failed(error);
    }
    this.#options.session.send(this.#options.stream, body, false);
    this.go();
  };

  readonly #threw = (error: unknown): void => {
    if (!this.#over) this.#fail(error);
  };

  #fail(error: unknown): void {
    this.#over = true;
    this.#options.failed(error);
  }
}
