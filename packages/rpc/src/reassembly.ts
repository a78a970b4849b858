// Fragments back into one message. The length that a peer claims allocates nothing by itself, and a message in a million
// tiny fragments costs no more than its bytes.
import type { Span } from "./span.js";

/**
 * Memory of messages that were read, to put the next ones together in: fresh memory costs four times what the copy does.
 * The pieces are the whole process's, so that connections at rest hold none.
 */
const rested: Buffer[] = [];
const mostRested = 4;
const largestRestedBytes = 2 * 1024 * 1024;

/** Of no more than four times what the message takes: who keeps a small one must not keep a large one's memory. */
function restedFor(total: number): Buffer | undefined {
  const index = rested.findLastIndex(({ length }) => length <= total * 4);
  return index < 0 ? undefined : rested.splice(index, 1)[0];
}

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
    this.#buffer = restedFor(total) ?? Buffer.allocUnsafeSlow(Math.min(total, (first.to - first.from) * 4));
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
    if (rested.length < mostRested && this.#buffer.length <= largestRestedBytes) rested.push(this.#buffer);
  }
}
