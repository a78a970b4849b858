import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WorkSlice } from "../dist/work-slice.js";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  await nextTurn();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Takes more of a turn than a connection may have. */
function work(): void {
  vi.advanceTimersByTime(5);
}

/** Whether the slice is over at one of the next frames; the clock is not looked at before each of them. */
function isOverSoon(slice: WorkSlice, bytes = 30): boolean {
  return Array.from({ length: 128 }, () => slice.isOver(bytes)).includes(true);
}

it("is over once a connection has worked for long in one turn, and not before", () => {
  const slice = new WorkSlice();
  expect(isOverSoon(slice)).toBe(false);
  work();
  expect(isOverSoon(slice)).toBe(true);
});

it("begins anew with each turn of the loop", async () => {
  const slice = new WorkSlice();
  expect(isOverSoon(slice)).toBe(false);
  work();
  await nextTurn();
  expect(isOverSoon(slice)).toBe(false);
  work();
  expect(isOverSoon(slice)).toBe(true);
  await slice.next();
  expect(isOverSoon(slice)).toBe(false);
});

it("is looked at before each long frame", () => {
  const slice = new WorkSlice();
  slice.isOver(128 * 1024);
  work();
  expect(slice.isOver(128 * 1024)).toBe(true);
});

it("is of one connection: what another took of the turn is not counted", () => {
  const busy = new WorkSlice();
  isOverSoon(busy);
  work();
  expect(isOverSoon(busy)).toBe(true);
  expect(isOverSoon(new WorkSlice())).toBe(false);
});

it("is over at the first look once all connections together have had 12 ms of the turn", async () => {
  for (let connection = 0; connection < 3; connection++) {
    expect(isOverSoon(new WorkSlice())).toBe(false);
    work();
  }
  expect(isOverSoon(new WorkSlice())).toBe(true);
  await nextTurn();
  expect(isOverSoon(new WorkSlice())).toBe(false);
});
