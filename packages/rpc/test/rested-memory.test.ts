import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { mayRest, rest, slabBytes, takeRested } from "../dist/rested-memory.js";

/** All that rests, taken out of it. */
function takeAll(): Buffer[] {
  const taken: Buffer[] = [];
  for (let piece = takeRested(0, Infinity); piece !== undefined; piece = takeRested(0, Infinity)) taken.push(piece);
  return taken;
}

const miB = 2 ** 20;

beforeAll(() => void vi.useFakeTimers({ toFake: ["setTimeout"] }));
beforeEach(() => {
  takeAll();
  vi.advanceTimersByTime(10_000);
});

it("gives each piece to one", () => {
  const piece = Buffer.alloc(20_000);
  rest(piece);
  expect(takeRested(20_000, 20_000)).toBe(piece);
  expect(takeRested(0, Infinity)).toBeUndefined();
});

it("gives nothing that is too short, or too long", () => {
  const piece = Buffer.alloc(20_000);
  rest(piece);
  expect(takeRested(20_001, 90_000)).toBeUndefined();
  expect(takeRested(0, 19_999)).toBeUndefined();
});

it("keeps no memory that small messages share, and none of more than 2 MiB", () => {
  const shared = Buffer.alloc(slabBytes);
  expect([mayRest(shared), mayRest(Buffer.alloc(slabBytes + 1))]).toEqual([false, true]);
  rest(shared);
  rest(Buffer.alloc(2 * miB + 1));
  expect(takeAll()).toEqual([]);
});

it("keeps 32 pieces and 8 MiB, those that came last", () => {
  for (let index = 0; index < 33; index++) rest(Buffer.alloc(20_000, index));
  expect(takeAll().map((piece) => piece[0])).toEqual(Array.from({ length: 32 }, (_, index) => 32 - index));
  for (let index = 0; index < 6; index++) rest(Buffer.alloc(2 * miB, index));
  expect(takeAll().map((piece) => piece[0])).toEqual([5, 4, 3, 2]);
});

it("gives back what nobody took for five seconds, and not what was needed meanwhile", () => {
  for (let index = 0; index < 4; index++) rest(Buffer.alloc(20_000, index));
  vi.advanceTimersByTime(5000);
  const needed = [takeRested(0, Infinity), takeRested(0, Infinity)];
  for (const piece of needed) rest(piece ?? expect.unreachable());
  vi.advanceTimersByTime(5000);
  expect(takeAll().map((piece) => piece[0])).toEqual([2, 3]);
});

it("gives all of it back in ten seconds where nobody needs any, and then has no timer", () => {
  for (let index = 0; index < 4; index++) rest(Buffer.alloc(20_000, index));
  vi.advanceTimersByTime(10_000);
  expect([takeAll(), vi.getTimerCount()]).toEqual([[], 0]);
});
