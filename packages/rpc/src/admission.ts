// Whether a server begins a call at once, lets it wait, or refuses it. Calls begin where they arrive as long as the turn of
// the event loop is short. Behind that they wait, so that what arrives is read soon however long handlers take: a wait that
// nobody sees, in the kernel, could not be bounded. Connections have turns, and leave each other room. It knows no calls.
import { setImmediate } from "node:timers";
import { now } from "./clock.js";
import { shed, type CallRefusal, type OverloadLimits } from "./overload.js";
import { isWithinShare } from "./shares.js";

/** How long calls may be begun in one turn of the loop before what waits for it has to be looked at, in ms. */
const turnMs = 5;

/** Calls of one connection that wait. */
export interface Line {
  /** The admission's to write: whether it has its place among the others. */
  isInLine: boolean;
  /** Begins or refuses one, or more of those nobody waits for any longer. Returns whether others may follow. */
  next(at: number): boolean;
}

/** One server's. Times are of the clock of deadlines. */
export class Admission {
  readonly limits: OverloadLimits;
  readonly #lines: Line[] = [];
  #turnFrom = -Infinity;
  #isTurnOver = true;
  #isDraining = false;
  #drainingFrom = 0;
  #handlers = 0;
  /** Connections that have some of them. */
  #busy = 0;
  #waiting = 0;

  constructor(limits: OverloadLimits) {
    this.limits = limits;
  }

  /** How many handlers run, those of calls that nobody waits for included. */
  get handlers(): number {
    return this.#handlers;
  }

  /** Whether there is a place for one more handler of a connection that has so many. */
  hasRoom(own: number): boolean {
    const { maxHandlers } = this.limits;
    return this.#handlers < maxHandlers || isWithinShare(own, this.#busy, maxHandlers);
  }

  /** Why there is none. */
  get refusal(): CallRefusal {
    return shed(`${this.#handlers} handlers run in this server (option overload.maxHandlers)`);
  }

  /** Whether one more call may wait on a connection where so many do. */
  mayWait(own: number): boolean {
    const { maxWaiting } = this.limits;
    return this.#waiting < maxWaiting || isWithinShare(own, this.#lines.length, maxWaiting);
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether a call may begin within the turn of the loop that runs at `at`. */
  mayBegin(at: number): boolean {
    if (at - this.#turnFrom < turnMs) return true;
    // A turn is looked for once in so many ms: one for each would cost lone calls what they gain.
    if (!this.#isTurnOver) return false;
    this.#turnFrom = at;
    this.#isTurnOver = false;
    setImmediate(this.#endTurn);
    return true;
  }

  readonly #endTurn = (): void => {
    this.#isTurnOver = true;
  };

  /** A handler begins on a connection that had so many. */
  begun(own: number): void {
    this.#handlers++;
    if (own === 0) this.#busy++;
  }

  /** A handler has stopped on a connection that has so many left. */
  ended(own: number): void {
    this.#handlers--;
    if (own === 0) this.#busy--;
  }

  /** So many calls more wait, or fewer. */
  waits(calls: number): void {
    this.#waiting += calls;
  }

  /** Gives a line with calls its turns. */
  join(line: Line): void {
    if (!line.isInLine) {
      line.isInLine = true;
      this.#lines.push(line);
    }
    if (this.#isDraining) return;
    this.#isDraining = true;
    setImmediate(this.#drain);
  }

  readonly #drain = (): void => {
    this.#drainingFrom = now();
    this.#round();
  };

  /** Each line once, and then what their handlers answer at once. */
  readonly #round = (): void => {
    let at = now();
    let served = 0;
    // A round may make lines join again, or others: they are behind.
    for (const { length } = this.#lines; served < length && at - this.#drainingFrom < turnMs; served++, at = now()) {
      const line = this.#lines[served] as Line;
      line.isInLine = false;
      if (line.next(at)) this.join(line);
    }
    this.#lines.splice(0, served);
    this.#isDraining = this.#lines.length > 0;
    if (!this.#isDraining) return;
    if (at - this.#drainingFrom < turnMs) queueMicrotask(this.#round);
    else setImmediate(this.#drain);
  };
}
