// A queue whose both ends cost the same: Array.shift moves every element once an array is long. A ring, so that a queue that
// runs empty again and again gives no memory back and takes none.

/** A ring of this many slots or fewer is kept when it runs empty; a larger one was for a burst. */
const keptSlots = 1024;

/** First in, first out. */
export class Fifo<T> {
  /** A power of two of them, or none before the first element. */
  #slots: (T | undefined)[] = [];
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = item;
    this.#size++;
  }

  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const slots = this.#slots;
    const item = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#size--;
    if (this.#size === 0 && slots.length > keptSlots) this.clear();
    return item;
  }

  clear(): void {
    if (this.#slots.length === 0) return;
    this.#slots = [];
    this.#head = 0;
    this.#size = 0;
  }

  /** Doubles the ring, which is full, with its first element first. */
  #grow(): void {
    const slots = this.#slots;
    const { length } = slots;
    if (length === 0) {
      this.#slots = [undefined, undefined];
      return;
    }
    for (let at = 0; at < this.#head; at++) {
      slots.push(slots[at]);
      slots[at] = undefined;
    }
    while (slots.length < length * 2) slots.push(undefined);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = 0; at < this.#size; at++) yield this.#slots[(this.#head + at) & (this.#slots.length - 1)] as T;
  }
}
