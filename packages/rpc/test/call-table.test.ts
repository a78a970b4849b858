import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { now } from "../dist/clock.js";
import { CallTable, type Expiring } from "../dist/call-table.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Something that ends in `ms`, and writes its name down when it does. */
function expiring(name: string, ms: number, log: string[]): Expiring {
  return { deadline: now() + ms, place: -1, expired: false, expire: () => log.push(name) };
}

it("expires each item at its deadline and not before, in whatever order they were added", () => {
  const log: string[] = [];
  const table = new CallTable();
  for (const [name, ms] of [
    ["c", 300],
    ["a", 100],
    ["b", 200],
  ] as const)
    table.add(expiring(name, ms, log));
  vi.advanceTimersByTime(99);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["a"]);
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["a", "b"]);
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["a", "b", "c"]);
  vi.advanceTimersByTime(1e6);
  // Who expired is open until it is deleted, and does not expire again.
  expect([log, table.size]).toEqual([["a", "b", "c"], 3]);
});

it("has one timer, however many items", () => {
  const table = new CallTable();
  for (let ms = 5000; ms > 4000; ms--) table.add(expiring("x", ms, []));
  expect(vi.getTimerCount()).toBe(1);
  expect(table.size).toBe(1000);
});

it("never expires what was deleted, nor what has no deadline", () => {
  const log: string[] = [];
  const table = new CallTable();
  const deleted = expiring("deleted", 10, log);
  table.add(deleted);
  table.add(expiring("kept", 20, log));
  table.add(expiring("never", Infinity, log));
  expect(table.size).toBe(3);
  table.delete(deleted);
  vi.advanceTimersByTime(1e9);
  expect(log).toEqual(["kept"]);
});

it("sets one timer for calls that follow one another, and none is left once it has fired", () => {
  const set = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => set.mockRestore());
  const table = new CallTable();
  for (let at = 0; at < 1000; at++) {
    const item = expiring("x", 30_000 + at, []);
    table.add(item);
    table.delete(item);
  }
  expect([set.mock.calls.length, vi.getTimerCount()]).toEqual([1, 1]);
  vi.advanceTimersByTime(30_000);
  expect(vi.getTimerCount()).toBe(0);
});

it("forgets all when it is cleared", () => {
  const log: string[] = [];
  const table = new CallTable();
  table.add(expiring("x", 10, log));
  table.clear();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(log).toEqual([]);
});

it("lets items be added and deleted while others expire", () => {
  const log: string[] = [];
  const table = new CallTable();
  const other = expiring("other", 50, log);
  table.add({
    deadline: now() + 10,
    place: -1,
    expired: false,
    expire: () => {
      log.push("first");
      table.delete(other);
      table.add(expiring("next", 5, log));
    },
  });
  table.add(other);
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["first", "next"]);
});

it("expires what is already late at the next tick", () => {
  const log: string[] = [];
  const table = new CallTable();
  table.add(expiring("late", -5000, log));
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["late"]);
});

it("waits for deadlines that are further than a timer can count", () => {
  const log: string[] = [];
  const table = new CallTable();
  const days = 60 * 24 * 3600 * 1000;
  table.add(expiring("far", days, log));
  vi.advanceTimersByTime(days - 1);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["far"]);
});

it("is left by each call once, whatever else leaves before it", () => {
  const table = new CallTable();
  const calls = Array.from({ length: 50 }, (_, index) => expiring(String(index), 1000, []));
  for (const call of calls) table.add(call);
  for (const call of calls.filter((_, index) => index % 3 !== 0)) {
    expect(table.delete(call)).toBe(true);
    expect(table.delete(call)).toBe(false);
  }
  expect(new Set(table.all())).toEqual(new Set(calls.filter((_, index) => index % 3 === 0)));
  expect(table.delete(expiring("stranger", 1000, []))).toBe(false);
});

it("does not expire a call that another one's end has ended", () => {
  const log: string[] = [];
  const table = new CallTable();
  const second = expiring("second", 10, log);
  table.add({ deadline: now() + 10, place: -1, expired: false, expire: () => table.delete(second) });
  table.add(second);
  vi.advanceTimersByTime(100);
  expect(log).toEqual([]);
});

it("expires thousands of one deadline over several turns of the loop where each takes its time, and none twice", async () => {
  const log: string[] = [];
  const table = new CallTable();
  const calls = Array.from({ length: 2_000 }, (_, index) => {
    const call = expiring(String(index), 100, log);
    return { ...call, expire: () => (call.expire(), vi.advanceTimersByTime(0.1)) };
  });
  for (const call of calls) table.add(call);
  vi.advanceTimersByTime(100);
  expect(log.length).toBeGreaterThan(0);
  expect(log.length).toBeLessThan(200);
  // Who is deleted while it waits for its turn does not expire.
  table.delete(calls[1_999] as Expiring);
  let turns = 0;
  for (; log.length < 1_999 && turns < 1_000; turns++) await nextTurn();
  expect(turns).toBeGreaterThan(10);
  await nextTurn();
  expect(log).toEqual(calls.slice(0, -1).map((_, index) => String(index)));
});
