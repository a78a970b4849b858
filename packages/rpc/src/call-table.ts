// The open calls of one side, and the one timer of their deadlines: a timer for each call costs more than the call's own
// bookkeeping, and so does hashing it. Sets and Maps under such a churn, besides, leave their old tables behind, whose
// entries outlive the calls until the whole heap is collected.
import { longestTimerMs, now } from "./clock.js";
import { endInTurns } from "./turns.js";

/** Room for so many calls is kept when none is open; more was for a burst. */
const keptPlaces = 1024;

/** A call that may end at an instant. */
export interface Expiring {
  /** In ms since the epoch; Infinity: never. */
  readonly deadline: number;
  /** Where its table keeps it; −1 outside of one. The table's to write, as the next. */
  place: number;
  expired: boolean;
  /** Called once, after the deadline, unless deleted before. It stays in the table until it is deleted. */
  expire(): void;
}

/**
 * Calls in no particular order. What is not deleted in time expires, within a few ms of its deadline. The timer does not
 * keep the process alive: what a call waits for does. It stays when the last call is gone, and fires once for nothing:
 * lone calls, one after the other, would each set and clear it, which costs them 4 % of their time on both ends.
 */
export class CallTable<Call extends Expiring> {
  /** Those before `#size`; the rest is room, which an array that is popped and pushed would give up and take again. */
  readonly #calls: (Call | undefined)[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; never later than the earliest deadline. */
  #armedFor = Infinity;

  get size(): number {
    return this.#size;
  }

  /** All that are open, whatever is deleted meanwhile. */
  all(): Call[] {
    return this.#calls.filter((call) => call !== undefined);
  }

  add(call: Call): void {
    call.place = this.#size;
    this.#calls[this.#size++] = call;
    if (call.deadline < this.#armedFor) this.#arm(call.deadline);
  }

  /** False where it is not in the table. */
  delete(call: Call): boolean {
    const calls = this.#calls;
    const { place } = call;
    if (calls[place] !== call) return false;
    const last = calls[--this.#size];
    calls[this.#size] = undefined;
    if (last !== undefined && last !== call) {
      calls[place] = last;
      last.place = place;
    }
    call.place = -1;
    if (this.#size === 0 && calls.length > keptPlaces) calls.length = 0;
    return true;
  }

  clear(): void {
    for (const call of this.all()) call.place = -1;
    this.#calls.length = 0;
    this.#size = 0;
    this.disarm();
  }

  /** Nobody cares for deadlines any more; those that are open are still counted. */
  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#armedFor = deadline;
    const delay = Math.min(Math.max(Math.ceil(deadline - now()), 1), longestTimerMs);
    this.#timer = setTimeout(() => this.#sweep(), delay);
    this.#timer.unref();
  }

  #sweep(): void {
    this.disarm();
    const at = now();
    let next = Infinity;
    const late: Call[] = [];
    for (const call of this.all()) {
      if (call.expired) continue;
      if (call.deadline <= at) {
        call.expired = true;
        late.push(call);
      } else if (call.deadline < next) next = call.deadline;
    }
    if (next < Infinity) this.#arm(next);
    void endInTurns(late, expire);
  }
}

/** Another one's end may have been this one's, too. */
function expire(call: Expiring): void {
  if (call.place !== -1) call.expire();
}
