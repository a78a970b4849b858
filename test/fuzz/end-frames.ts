// What one end says, frame after frame, as much of it wrong as the conversation wants. Knows not which end it is.
import { hello } from "../support/raw-frame.js";
import type { Random } from "./random.js";
import { spoiled } from "./spoil.js";

/** What Probe/forward takes, and gives. */
export const parcel = { id: 1, label: "a", weight: 0.5, tags: ["x"], sent: new Date(0), content: Buffer.from([1, 2]) };

/** One end. `badness` is the probability that a frame is wrong. */
export abstract class EndFrames {
  protected readonly random: Random;
  readonly #badness: number;

  constructor(random: Random, badness: number) {
    this.random = random;
    this.#badness = badness;
  }

  hello(): Buffer {
    const bytes = hello(this.settings());
    return this.random.chance(this.#badness / 10) ? spoiled(bytes, this.random) : bytes;
  }

  next(): Buffer {
    const wrong = this.random.chance(this.#badness);
    if (wrong && this.random.chance(0.5)) return this.wrong();
    const frame = this.right();
    return wrong ? spoiled(frame, this.random) : frame;
  }

  protected abstract settings(): object;
  protected abstract right(): Buffer;
  /** A frame that is well formed and out of place, or says what it must not. */
  protected abstract wrong(): Buffer;
}
