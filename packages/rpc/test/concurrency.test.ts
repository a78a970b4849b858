import { expect, it } from "vitest";
import { Concurrency } from "../dist/concurrency.js";

const allowedMs = 500;

/** A method with `places`, each held for 10 ms, and a line behind them; calls arrive at a rate. In simulated time. */
class Pool {
  readonly concurrency: Concurrency;
  inTime = 0;
  late = 0;
  refused = 0;
  #at = 0;
  #freeAt: number[];
  /** When calls will stop, in order, and when they began. */
  readonly #calls: { readonly startedAt: number; readonly stopsAt: number; few: boolean; isAbandoned: boolean }[] = [];
  #due = 0;

  constructor(places: number, least = 16) {
    this.concurrency = new Concurrency(least);
    this.#freeAt = Array.from({ length: places }, () => 0);
  }

  /** Offers so many calls in each of `ms` milliseconds; forgets what was counted before. */
  run(ms: number, callsPerMs: number): void {
    Object.assign(this, { inTime: 0, late: 0, refused: 0 });
    const end = this.#at + ms;
    for (; this.#at < end; this.#at++) {
      this.#settle();
      for (this.#due += callsPerMs; this.#due >= 1; this.#due--) this.#offer();
    }
  }

  #offer(): void {
    if (this.concurrency.isReached) return void this.refused++;
    const few = this.concurrency.begun();
    const free = this.#freeAt.reduce((first, at, place) => (at < (this.#freeAt[first] ?? 0) ? place : first), 0);
    const stopsAt = Math.max(this.#freeAt[free] ?? 0, this.#at) + 10;
    this.#freeAt[free] = stopsAt;
    this.#calls.push({ startedAt: this.#at, stopsAt, few, isAbandoned: false });
  }

  #settle(): void {
    const { concurrency } = this;
    for (const call of this.#calls) {
      if (call.isAbandoned || this.#at - call.startedAt < allowedMs) continue;
      call.isAbandoned = true;
      this.late++;
      concurrency.abandoned(this.#at - call.startedAt, this.#at);
    }
    for (let [first] = this.#calls; first !== undefined && first.stopsAt <= this.#at; [first] = this.#calls) {
      this.#calls.shift();
      if (first.isAbandoned) concurrency.stopped();
      else {
        this.inTime++;
        if (concurrency.ended(first.few))
          concurrency.answered(first.few, this.#at - first.startedAt, allowedMs, this.#at);
      }
    }
  }
}

it("has no limit while answers come in time", () => {
  const pool = new Pool(16);
  pool.run(5_000, 1);
  expect(pool).toMatchObject({ late: 0, refused: 0 });
  expect(pool.concurrency.limit).toBe(Infinity);
});

it.each([
  ["at first", 0, 0],
  ["behind quiet times", 10_000, 1],
  // All the while answers take long, and in time.
  ["behind as much as can be done", 30_000, 1.62],
])("of three times what can be done %s, what can be done is answered in time", (_, before, callsPerMs) => {
  const pool = new Pool(16);
  pool.run(before, callsPerMs);
  pool.run(3_000, 5);
  pool.run(20_000, 5);
  expect(pool.inTime).toBeGreaterThan(0.97 * 20_000 * 1.6);
  expect(pool.late).toBeLessThan(0.02 * pool.inTime);
});

it("the limit is lifted when load has become less", () => {
  const pool = new Pool(16);
  pool.run(1_000, 1);
  pool.run(3_000, 5);
  expect(pool.concurrency.limit).toBeLessThan(1_000);
  pool.run(30_000, 1);
  expect(pool).toMatchObject({ late: 0, refused: 0 });
  expect(pool.concurrency.limit).toBe(Infinity);
});

it("Infinity as the least is no limit, whatever comes late", () => {
  const pool = new Pool(16, Infinity);
  pool.run(1_000, 1);
  pool.run(3_000, 5);
  expect(pool.refused).toBe(0);
});

it("calls that are given up at their deadline as a matter of course are no overload", () => {
  const concurrency = new Concurrency(1);
  // Whoever asks for the next job gets one after a while, or none.
  for (let call = 0, at = 0; call < 5_000; call++, at += 10) {
    const few = concurrency.begun();
    if (call % 2 === 0) {
      if (concurrency.ended(few)) concurrency.answered(few, (call % 7) * 70, allowedMs, at);
    } else {
      concurrency.abandoned(allowedMs, at);
      concurrency.stopped();
    }
  }
  expect(concurrency.limit).toBe(Infinity);
});

it("a caller with hardly any time for its calls does not make them overload", () => {
  const concurrency = new Concurrency(1);
  for (let at = 0; at < 10_000; at++) {
    const few = concurrency.begun();
    concurrency.begun();
    if (concurrency.ended(few)) concurrency.answered(few, 10, allowedMs, at);
    concurrency.abandoned(1, at);
    concurrency.stopped();
  }
  expect(concurrency.limit).toBe(Infinity);
});

it("handlers that never stop keep no more than so many out, and those beyond the least are refused", () => {
  const concurrency = new Concurrency(4);
  for (let call = 0; call < 2_000; call++) {
    const few = concurrency.begun();
    if (concurrency.ended(few)) concurrency.answered(few, 10, allowedMs, call);
  }
  // Answers become late, and then there are none.
  for (let call = 0; call < 40; call++) concurrency.begun();
  for (let call = 0; call < 20; call++) {
    concurrency.ended(false);
    concurrency.answered(false, 350, allowedMs, 2_450);
  }
  for (let call = 0; call < 20; call++) concurrency.abandoned(allowedMs, 3_500);
  expect(concurrency.limit).toBeLessThan(20);
  let begun = 0;
  for (; !concurrency.isReached; begun++) concurrency.begun();
  expect(begun).toBe(4);
});
