// Many deadlines on one timer: a timer for each call costs more than the call's own bookkeeping.
import { now } from "./clock.js";

/** Something that ends at an instant. */
export interface Expiring {
  /** In ms since the epoch; Infinity: never. */
  readonly deadline: number;
  /** Called once, after the deadline, unless deleted before. */
  expire(): void;
}

const longestTimerMs = 2 ** 31 - 1;

/**
 * Expires what is added and not deleted in time, within a few ms of its deadline. The timer does not keep the process
 * alive: what a call waits for does.
 */
export class Deadlines {
  readonly #open = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires; never later than the earliest deadline. */
  #armedFor = Infinity;

  get size(): number {
    return this.#open.size;
  }

  add(item: Expiring): void {
    if (item.deadline === Infinity) return;
    this.#open.add(item);
    if (item.deadline < this.#armedFor) this.#arm(item.deadline);
  }

  delete(item: Expiring): void {
    this.#open.delete(item);
    // No timer is left behind when nothing is open; between calls it is cheaper to let it fire once for nothing.
    if (this.#open.size === 0 && this.#armedFor - now() > 1000) this.#disarm();
  }

  clear(): void {
    this.#open.clear();
    this.#disarm();
  }

  #arm(deadline: number): void {
    clearTimeout(this.#timer);
    this.#armedFor = deadline;
    const delay = Math.min(Math.max(Math.ceil(deadline - now()), 1), longestTimerMs);
    this.#timer = setTimeout(() => this.#sweep(), delay);
    this.#timer.unref();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  #sweep(): void {
    this.#disarm();
    const at = now();
    let next = Infinity;
    const expired: Expiring[] = [];
    for (const item of this.#open) {
      if (item.deadline <= at) expired.push(item);
      else if (item.deadline < next) next = item.deadline;
    }
    for (const item of expired) this.#open.delete(item);
    if (next < Infinity) this.#arm(next);
    for (const item of expired) item.expire();
  }
}
