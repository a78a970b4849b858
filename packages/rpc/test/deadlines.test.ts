import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { now } from "../dist/clock.js";
import { Deadlines, type Expiring } from "../dist/deadlines.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Something that ends in `ms`, and writes its name down when it does. */
function expiring(name: string, ms: number, log: string[]): Expiring {
  return { deadline: now() + ms, expire: () => log.push(name) };
}

it("expires each item at its deadline and not before, in whatever order they were added", () => {
  const log: string[] = [];
  const deadlines = new Deadlines();
  for (const [name, ms] of [
    ["c", 300],
    ["a", 100],
    ["b", 200],
  ] as const)
    deadlines.add(expiring(name, ms, log));
  vi.advanceTimersByTime(99);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["a"]);
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["a", "b"]);
  vi.advanceTimersByTime(100);
  expect([log, deadlines.size]).toEqual([["a", "b", "c"], 0]);
});

it("has one timer, however many items", () => {
  const deadlines = new Deadlines();
  for (let ms = 5000; ms > 4000; ms--) deadlines.add(expiring("x", ms, []));
  expect(vi.getTimerCount()).toBe(1);
  expect(deadlines.size).toBe(1000);
});

it("never expires what was deleted, nor what has no deadline", () => {
  const log: string[] = [];
  const deadlines = new Deadlines();
  const deleted = expiring("deleted", 10, log);
  deadlines.add(deleted);
  deadlines.add(expiring("kept", 20, log));
  deadlines.add({ deadline: Infinity, expire: () => log.push("never") });
  expect(deadlines.size).toBe(2);
  deadlines.delete(deleted);
  vi.advanceTimersByTime(1e9);
  expect(log).toEqual(["kept"]);
});

it("leaves no distant timer behind when nothing is open", () => {
  const deadlines = new Deadlines();
  const item = expiring("x", 30_000, []);
  deadlines.add(item);
  deadlines.delete(item);
  expect(vi.getTimerCount()).toBe(0);
});

it("forgets all when it is cleared", () => {
  const log: string[] = [];
  const deadlines = new Deadlines();
  deadlines.add(expiring("x", 10, log));
  deadlines.clear();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(log).toEqual([]);
});

it("lets items be added and deleted while others expire", () => {
  const log: string[] = [];
  const deadlines = new Deadlines();
  const other = expiring("other", 50, log);
  deadlines.add({
    deadline: now() + 10,
    expire: () => {
      log.push("first");
      deadlines.delete(other);
      deadlines.add(expiring("next", 5, log));
    },
  });
  deadlines.add(other);
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["first", "next"]);
});

it("expires what is already late at the next tick", () => {
  const log: string[] = [];
  const deadlines = new Deadlines();
  deadlines.add(expiring("late", -5000, log));
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["late"]);
});

it("waits for deadlines that are further than a timer can count", () => {
  const log: string[] = [];
  const deadlines = new Deadlines();
  const days = 60 * 24 * 3600 * 1000;
  deadlines.add(expiring("far", days, log));
  vi.advanceTimersByTime(days - 1);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["far"]);
});
