// Fragments back into one message. The length that a peer claims allocates nothing by itself, and a message in a million
// tiny fragments costs no more than its bytes.

/** A message that is not whole yet. */
export class Reassembly {
  readonly total: number;
  /** What the whole message was debited (PROTOCOL.md §8.2). */
  readonly cost: number;
  #buffer: Buffer;
  #length = 0;

  constructor(total: number, cost: number, first: Uint8Array) {
    this.total = total;
    this.cost = cost;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(total, first.length * 4));
    this.add(first);
  }

  get length(): number {
    return this.#length;
  }

  /** The caller has checked that the fragment fits into `total`. */
  add(fragment: Uint8Array): void {
    const needed = this.#length + fragment.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.total, Math.max(needed, this.#buffer.length * 2)));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(fragment, this.#length);
    this.#length = needed;
  }

  /** The message, in memory of its own. */
  whole(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
