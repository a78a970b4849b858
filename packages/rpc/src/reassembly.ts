// Fragments back into one message. The length that a peer claims allocates nothing by itself, and a message in a million
// tiny fragments costs no more than its bytes.
import { rest, takeRested } from "./rested-memory.js";
import type { Span } from "./span.js";

/** A message that is not whole yet. */
export class Reassembly {
  readonly total: number;
  /** What the whole message was debited (PROTOCOL.md §8.2). */
  readonly cost: number;
  #buffer: Buffer;
  #length = 0;

  constructor(total: number, cost: number, first: Span) {
    this.total = total;
    this.cost = cost;
    this.#buffer = takeRested(0, total * 4) ?? Buffer.allocUnsafeSlow(Math.min(total, (first.to - first.from) * 4));
    this.add(first);
  }

  get length(): number {
    return this.#length;
  }

  /** The caller has checked that the fragment fits into `total`. */
  add(fragment: Span): void {
    const needed = this.#length + fragment.to - fragment.from;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.total, Math.max(needed, this.#buffer.length * 4)));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    fragment.bytes.copy(this.#buffer, this.#length, fragment.from, fragment.to);
    this.#length = needed;
  }

  /** The message, in memory of its own until {@link rest}. */
  whole(): Span {
    return { bytes: this.#buffer, from: 0, to: this.#length };
  }

  /** Nobody looks at the message any more: its memory is for others, its bytes will change. */
  rest(): void {
    rest(this.#buffer);
  }
}
