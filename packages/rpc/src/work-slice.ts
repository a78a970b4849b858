// How long a connection may work on what it received before others have their turn: socket reads come in bursts of
// megabytes, and thousands of small frames in one would hold up everybody else.
import { setImmediate as nextTurn } from "node:timers/promises";
import { now } from "./clock.js";

/** In ms, of one turn of the event loop. */
const sliceMs = 4;
/** In ms, of all connections in one turn: behind that, each has as much as lies between two looks at the clock. */
const turnMs = 12;
/** The clock is looked at after so much work, in frames or KiB of them. */
const lookEvery = 128;

let turn = 0;
let isCounting = false;
/** When the turn that is counted began, as far as anybody looked. */
let turnSince = 0;

/** Tells turns of the loop apart; it is counted only while somebody asks. */
function currentTurn(at: number): number {
  if (!isCounting) {
    isCounting = true;
    turnSince = at;
    setImmediate(() => {
      isCounting = false;
      turn++;
    });
  }
  return turn;
}

/** The turns of one connection. */
export class WorkSlice {
  #work = 0;
  #turn = -1;
  #since = 0;

  /** Says that a frame of so many bytes comes next. Whether others have to have their turn before it. */
  isOver(bytes: number): boolean {
    this.#work += 1 + (bytes >>> 10);
    if (this.#work < lookEvery) return false;
    this.#work = 0;
    const at = now();
    const current = currentTurn(at);
    if (at - turnSince > turnMs) return true;
    if (current === this.#turn) return at - this.#since > sliceMs;
    this.#turn = current;
    this.#since = at;
    return false;
  }

  /** Others have had their turn. */
  next(): Promise<void> {
    return nextTurn();
  }
}
