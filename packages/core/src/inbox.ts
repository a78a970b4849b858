// What has arrived and waits for its one consumer. It knows neither bytes nor sockets.

interface Waiting<Item> {
  resolve(result: IteratorResult<readonly Item[], undefined>): void;
  reject(error: Error): void;
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The items of a connection, as a hand-written async iterator: a generator would add a turn of the microtask queue for
 * each step. One `next` at a time; it yields all items that are in, or waits for the first.
 */
export class Inbox<Item> {
  /** Where a decoder puts items; whoever added some calls {@link arrived}. */
  items: Item[] = [];
  readonly #onTaken: () => void;
  #heldBytes = 0;
  #waiting: Waiting<Item> | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** @param onTaken called when the consumer took what was held */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  /** Bytes that stand behind the items that nobody took yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether the consumer waits: what arrives is handed to it at once. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether nothing more can arrive. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Says that a chunk of `bytes` may have added items. */
  arrived(bytes: number): void {
    if (this.items.length === 0) return;
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#heldBytes += bytes;
    } else {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: this.#take() });
    }
  }

  /** Nothing more arrives: after what is held the iteration returns, or throws `error`. Only the first end counts. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    if (this.items.length > 0) waiting.resolve({ done: false, value: this.#take() });
    else this.#settleEnd(waiting);
  }

  /** Forgets what is held. */
  clear(): void {
    this.#take();
  }

  next(): Promise<IteratorResult<readonly Item[], undefined>> {
    if (this.items.length > 0) {
      const value = this.#take();
      this.#onTaken();
      return Promise.resolve({ done: false, value });
    }
    if (this.#waiting !== undefined) return Promise.reject(new Error("next() was called while another next() waits"));
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      if (this.#end === undefined) this.#waiting = waiting;
      else this.#settleEnd(waiting);
    });
  }

  /** An error is told once; the iteration is over after it, as a generator's is. */
  #settleEnd(waiting: Waiting<Item>): void {
    const error = this.#end?.error;
    this.#end = { error: undefined };
    if (error === undefined) waiting.resolve(done);
    else waiting.reject(error);
  }

  #take(): Item[] {
    const { items } = this;
    this.items = [];
    this.#heldBytes = 0;
    return items;
  }
}
