// Messages that wait for somebody, as parts of the chunks that they came in. A chunk has whatever else its peer has put there, which was
// not charged to it: where chunks are much more than what waits in them, what comes is copied. Knows no queue.
import { lengthOf, spanOf, viewOf, type Span } from "./span.js";

/** What waits may keep so much of chunks... */
const freeBytes = 16 * 1024;
/** ...and so many times what was charged for it: peers that are honest stay below, and cost no copy. */
const growth = 4;

/** What one message that waits takes. */
export interface Held {
  /** What the peer was charged for it. */
  readonly cost: number;
  /** What it keeps in memory that those before it do not. */
  readonly bytes: number;
}

export interface HeldBody extends Held {
  readonly body: Span;
}

/** Those of one queue. */
export class HeldBodies {
  #last: Buffer | undefined;
  #bytes = 0;
  #cost = 0;

  /** How much memory they keep, copies included. A chunk whose first message has left counts no more. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The message comes behind the others: as it is, or as a copy. */
  hold(body: Span, cost: number): HeldBody {
    const held = this.#keep(body, cost);
    this.#bytes += held.bytes;
    this.#cost += cost;
    return held;
  }

  #keep(body: Span, cost: number): HeldBody {
    const { bytes } = body;
    if (bytes === this.#last) return { body, cost, bytes: 0 };
    const length = bytes.length;
    if (this.#bytes + length <= freeBytes + growth * (this.#cost + cost)) {
      this.#last = bytes;
      return { body, cost, bytes: length };
    }
    // No part of a pool: that would keep what others have in it.
    const own = Buffer.allocUnsafeSlow(lengthOf(body));
    own.set(viewOf(body));
    return { body: spanOf(own), cost, bytes: own.length };
  }

  /** It waits no more. */
  release({ cost, bytes }: Held): void {
    this.#bytes -= bytes;
    this.#cost -= cost;
    if (this.#cost === 0) this.clear();
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#last = undefined;
    this.#bytes = 0;
    this.#cost = 0;
  }
}
