// Who works on what was received, and for how long: socket reads come in bursts of megabytes, and thousands of small frames in one
// would hold up everybody else. The loop is the whole process's, and so is its time: whatever connections there are, they share it.
//
//   a turn of the loop:  poll ── frames, as they come, up to 4 ms ──▶ check ── those that wait, round by round, up to 4 ms ──▶
//
// Whoever comes with a few frames when that is over does not wait for those with thousands: first frames pass, up to so many in all.
import { setImmediate } from "node:timers";
import { now } from "./clock.js";
import { Fifo } from "./fifo.js";

/** In ms: work on what came goes on for so long until the loop has seen to everything else. */
const turnMs = 4;
/** While nobody waits the clock is looked at after so much work, in frames or KiB of them. */
const lookEvery = 128;
/** The same of who has its turn while others wait; then the next has its own. */
const share = 16;
/** So much of first frames is taken in a turn whose time is over: few calls are answered in the turn in which they come. */
const mostPassed = 512;

/** One event loop's. */
export class Turns {
  /** Work until the next look; none is left once the time is over. */
  #left = lookEvery;
  /** Whether the end of the turn of the loop is awaited: only where somebody looked at the clock in it. */
  #isCounting = false;
  #since = 0;
  #passed = 0;
  readonly #waiting = new Fifo<() => void>();

  /**
   * Says that a frame of so many bytes comes next, or as much work; `index`: how many came with it before it. Whether
   * {@link next} has to be awaited before it.
   */
  isOver(bytes: number, index = share): boolean {
    const work = 1 + (bytes >>> 10);
    this.#left -= work;
    return this.#left <= 0 && this.#look(work, index);
  }

  /** Resolves when it is the caller's turn; those who wait come one after the other. */
  next(): Promise<void> {
    if (!this.#isCounting) this.#begin();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #look(work: number, index: number): boolean {
    if (!this.#isCounting) this.#begin();
    else if (this.#waiting.size > 0 || this.#isTimeOver()) {
      if (index >= share || this.#passed >= mostPassed) return true;
      this.#passed += work;
      return false;
    }
    this.#left = lookEvery;
    return false;
  }

  #begin(): void {
    this.#isCounting = true;
    this.#since = now();
    setImmediate(this.#check);
  }

  #isTimeOver(): boolean {
    return now() - this.#since > turnMs;
  }

  readonly #check = (): void => {
    this.#isCounting = false;
    this.#left = lookEvery;
    this.#passed = 0;
    if (this.#waiting.size === 0) return;
    this.#begin();
    this.#pass();
  };

  /** Hands the turn to the next, and comes back behind it: whoever gets it works in the microtask before. */
  readonly #pass = (): void => {
    if (this.#waiting.size === 0) {
      this.#left = lookEvery;
    } else if (this.#isTimeOver()) {
      this.#left = 0;
    } else {
      this.#left = share;
      this.#waiting.shift()?.();
      queueMicrotask(this.#pass);
    }
  };
}

/** Of this process, or this thread of it. */
export const turns = new Turns();

/** Ends a call for each of many that end at once, with the turns of others between them. `end` must not throw. */
export async function endInTurns<T>(calls: readonly T[], end: (call: T) => void): Promise<void> {
  for (const call of calls) {
    if (turns.isOver(endBytes)) await turns.next();
    end(call);
  }
}

/** The end of a call is as much work as so much of a frame. */
const endBytes = 2048;
