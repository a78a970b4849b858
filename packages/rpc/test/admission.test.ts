import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Admission, type Line } from "../dist/admission.js";
import { now } from "../dist/clock.js";
import { defaultOverload } from "../dist/overload.js";
import { countImmediates } from "./support/immediates.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** So many calls, each of which takes the processor for 2 ms; writes the line's name down for each. */
function line(name: string, calls: number, log: string[]): Line {
  let left = calls;
  return {
    isInLine: false,
    next() {
      log.push(name);
      vi.advanceTimersByTime(2);
      return --left > 0;
    },
  };
}

it("calls begin at once for 5 ms of a turn, and wait behind that until the turn is over", async () => {
  const admission = new Admission(defaultOverload);
  expect(admission.mayBegin(now())).toBe(true);
  vi.advanceTimersByTime(4);
  expect(admission.mayBegin(now())).toBe(true);
  vi.advanceTimersByTime(1);
  expect(admission.mayBegin(now())).toBe(false);
  await nextTurn();
  expect(admission.mayBegin(now())).toBe(true);
});

it("looks for a turn's end once in 5 ms, and not once in each turn", async () => {
  const immediates = countImmediates();
  const admission = new Admission(defaultOverload);
  for (let turn = 0; turn < 100; turn++) {
    expect(admission.mayBegin(now())).toBe(true);
    await nextTurn();
    vi.advanceTimersByTime(1);
  }
  // And those that this test has awaited.
  expect(immediates.count).toBe(20 + 100);
});

it("connections have turns, and all of them 5 ms of one turn of the loop", async () => {
  const admission = new Admission(defaultOverload);
  const log: string[] = [];
  for (const each of [line("a", 4, log), line("b", 1, log), line("c", 2, log)]) {
    admission.join(each);
    admission.join(each);
  }
  await nextTurn();
  expect(log.join("")).toBe("abc");
  await nextTurn();
  expect(log.join("")).toBe("abcaca");
  await nextTurn();
  await nextTurn();
  expect(log.join("")).toBe("abcacaa");
});

it("has room for as many handlers as it is told, and says which option when it has none", () => {
  const admission = new Admission({ ...defaultOverload, maxHandlers: 2 });
  admission.begun(0);
  expect(admission.hasRoom(1)).toBe(true);
  admission.begun(1);
  expect(admission.hasRoom(2)).toBe(false);
  expect(admission.refusal).toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
  // One would take a stack for each call that there is no time for.
  expect(admission.refusal).not.toBeInstanceOf(Error);
  expect(admission.refusal.message).toContain("2 handlers run in this server (option overload.maxHandlers)");
  admission.ended(1);
  expect(admission.hasRoom(1)).toBe(true);
});

it("a connection that has less than an equal share of the handlers has room where others have none", () => {
  const admission = new Admission({ ...defaultOverload, maxHandlers: 100 });
  for (let own = 0; own < 100; own++) admission.begun(own);
  expect(admission.hasRoom(100)).toBe(false);
  // Two have some of them, then three.
  for (let own = 0; own < 50; own++) {
    expect(admission.hasRoom(own)).toBe(true);
    admission.begun(own);
  }
  expect(admission.hasRoom(50)).toBe(false);
  for (let own = 0; own < 33; own++) {
    expect(admission.hasRoom(own)).toBe(true);
    admission.begun(own);
  }
  expect(admission.hasRoom(33)).toBe(false);
  // The first has ended all of its, and is one of three again.
  for (let own = 99; own >= 0; own--) admission.ended(own);
  expect(admission.hasRoom(99)).toBe(true);
  for (let own = 0; own < 17; own++) admission.begun(own);
  expect(admission.hasRoom(17)).toBe(true);
  expect(admission.hasRoom(33)).toBe(false);
});

it("there are no more shares than places", () => {
  const admission = new Admission({ ...defaultOverload, maxHandlers: 10 });
  for (let connection = 0; connection < 10; connection++) admission.begun(0);
  expect(admission.hasRoom(0)).toBe(false);
});

it("a line that is shorter than an equal share grows where others may not", async () => {
  const admission = new Admission({ ...defaultOverload, maxWaiting: 100 });
  admission.join(line("flood", 1, []));
  admission.waits(100);
  expect(admission.mayWait(100)).toBe(false);
  expect(admission.mayWait(0)).toBe(true);
  admission.join(line("other", 1, []));
  admission.waits(49);
  expect(admission.mayWait(49)).toBe(true);
  expect(admission.mayWait(50)).toBe(false);
  await nextTurn();
});
