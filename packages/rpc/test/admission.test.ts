import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Admission, type Line } from "../dist/admission.js";
import { now } from "../dist/clock.js";
import { defaultOverload } from "../dist/overload.js";

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
  const immediate = vi.spyOn(globalThis, "setImmediate");
  try {
    const admission = new Admission(defaultOverload);
    for (let turn = 0; turn < 100; turn++) {
      expect(admission.mayBegin(now())).toBe(true);
      await nextTurn();
      vi.advanceTimersByTime(1);
    }
    expect(immediate).toHaveBeenCalledTimes(20);
  } finally {
    immediate.mockRestore();
  }
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
  admission.begun();
  expect(admission.hasRoom).toBe(true);
  admission.begun();
  expect(admission.hasRoom).toBe(false);
  expect(admission.refusal).toMatchObject({ code: "unavailable", executed: "no" });
  expect(admission.refusal.message).toContain("2 handlers run in this server (option overload.maxHandlers)");
  admission.ended();
  expect(admission.hasRoom).toBe(true);
});
