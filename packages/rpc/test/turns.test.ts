import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Turns } from "../dist/turns.js";
import { countImmediates } from "./support/immediates.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** As much work as lies between two looks at the clock. Whether the turn is over at it. */
function isOverSoon(turns: Turns, bytes = 30): boolean {
  return Array.from({ length: 128 }, () => turns.isOver(bytes)).includes(true);
}

/** A connection with so many frames, each of which takes the processor for so long; writes its name down for each. */
async function connection(name: string, frames: number, ms: number, turns: Turns, log: string[]): Promise<void> {
  for (let frame = 0; frame < frames; frame++) {
    if (turns.isOver(30)) await turns.next();
    log.push(name);
    vi.advanceTimersByTime(ms);
  }
}

/** Uses the turn of the loop up. */
function work(turns: Turns): void {
  isOverSoon(turns);
  vi.advanceTimersByTime(5);
  isOverSoon(turns);
}

it("is over once 4 ms of a turn of the loop were worked, and not before", () => {
  const turns = new Turns();
  expect(isOverSoon(turns)).toBe(false);
  vi.advanceTimersByTime(4);
  expect(isOverSoon(turns)).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isOverSoon(turns)).toBe(true);
  // Whoever comes now has to wait before the first frame.
  expect(turns.isOver(30)).toBe(true);
});

it("begins anew with each turn of the loop", async () => {
  const turns = new Turns();
  work(turns);
  expect(turns.isOver(30)).toBe(true);
  await nextTurn();
  expect(turns.isOver(30)).toBe(false);
});

it("looks at the clock once in 128 frames, and before each long one", () => {
  const turns = new Turns();
  const looks = vi.spyOn(performance, "now");
  for (let frame = 0; frame < 1280; frame++) turns.isOver(30);
  expect(looks).toHaveBeenCalledTimes(10);
  turns.isOver(128 * 1024);
  turns.isOver(128 * 1024);
  expect(looks).toHaveBeenCalledTimes(12);
});

it("asks for the end of a turn once in it, and where nobody works never", async () => {
  const immediates = countImmediates();
  const turns = new Turns();
  for (let look = 0; look < 10; look++) isOverSoon(turns);
  expect(immediates.count).toBe(1);
  await nextTurn();
  await nextTurn();
  // Those that this test has awaited.
  expect(immediates.count).toBe(1 + 2);
});

it("all connections together work for 4 ms of a turn, however many they are", async () => {
  const turns = new Turns();
  work(turns);
  const log: string[] = [];
  const all = Array.from({ length: 100 }, (_, index) => connection(String(index), 1, 1, turns, log));
  expect(log).toEqual([]);
  for (let turn = 1; turn <= 20; turn++) {
    await nextTurn();
    expect(log).toHaveLength(turn * 5);
  }
  await Promise.all(all);
  expect(log).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
});

it("who waits has 16 frames, and then the next, so that a few frames wait for no connection's thousands", async () => {
  const turns = new Turns();
  work(turns);
  const log: string[] = [];
  const many = ["a", "b", "c"].map((name) => connection(name, 1_000, 0, turns, log));
  await connection("few", 5, 0, turns, log);
  expect(log.indexOf("few")).toBeLessThanOrEqual(3 * 16);
  expect(log.slice(0, 48)).toEqual(["a", "b", "c"].flatMap((name) => new Array<string>(16).fill(name)));
  await Promise.all(many);
  expect(log).toHaveLength(3_005);
});

it("who comes with few frames when the time is over is served in that turn, until 512 were, and in the next again", async () => {
  const turns = new Turns();
  const comers = (): number => {
    let taken = 0;
    for (let connection = 0; connection < 100; connection++) {
      for (let index = 0; index < 20 && !turns.isOver(30, index); index++) taken++;
    }
    return taken;
  };
  work(turns);
  // 16 of each.
  expect(comers()).toBe(512);
  expect(comers()).toBe(0);
  await nextTurn();
  work(turns);
  expect(comers()).toBe(512);
});

it("a connection that is alone loses nothing: it goes on in the same turn until the time is over", async () => {
  const turns = new Turns();
  work(turns);
  const log: string[] = [];
  const alone = connection("a", 5_000, 0.001, turns, log);
  await nextTurn();
  expect(log.length).toBeGreaterThan(3_900);
  await alone;
});
