// What has happened and was not looked at yet, in order. Knows nothing of what happens.

/** An unbounded queue: `put` what happens, await `take` for the next. */
export class Mailbox<T> {
  readonly #items: T[] = [];
  readonly #takers: { readonly resolve: (item: T) => void; readonly reject: (error: Error) => void }[] = [];
  #end: Error | undefined;

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker.resolve(item);
  }

  /** The next item, as soon as there is one. Rejects after {@link end}, when all are taken. */
  take(): Promise<T> {
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve(item);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** Nothing more will happen: those who wait, and will, get `error`. */
  end(error: Error): void {
    this.#end ??= error;
    for (const taker of this.#takers.splice(0)) taker.reject(error);
  }
}
