import { expect, it } from "vitest";
import { faultBurst, FaultBudget, faultsPerSecond } from "../dist/fault-budget.js";

/** How many of so many calls, one every `everyMs`, are borne before one is not. */
function borne(budget: FaultBudget, calls: number, everyMs: number, bytes = 0, from = 1e12): number {
  for (let call = 0; call < calls; call++) if (!budget.spend(bytes, from + call * everyMs)) return call;
  return calls;
}

it("bears a thousand at once, and not one more", () => {
  expect(borne(new FaultBudget(), 5_000, 0)).toBe(faultBurst);
});

it("bears a thousand a second for ever", () => {
  expect(borne(new FaultBudget(), 100_000, 1_000 / faultsPerSecond)).toBe(100_000);
});

it("bears twice as many a second for a second", () => {
  expect(borne(new FaultBudget(), 100_000, 500 / faultsPerSecond)).toBeCloseTo(2 * faultBurst, -1);
});

it("holds no more than a burst after any rest", () => {
  const budget = new FaultBudget();
  borne(budget, faultBurst, 0, 0, 0);
  expect(borne(budget, 5_000, 0, 0, 1e9)).toBe(faultBurst);
});

it("bears fewer calls of long arguments", () => {
  expect(borne(new FaultBudget(), 5_000, 0, 61_440)).toBe(Math.floor(faultBurst / 16));
});

it("bears one call, however long its arguments are, and not a second one at once", () => {
  const budget = new FaultBudget();
  expect(budget.spend(2 ** 30, 0)).toBe(true);
  expect(budget.spend(0, 0)).toBe(false);
});

it("gains nothing from a clock that goes back", () => {
  const budget = new FaultBudget();
  borne(budget, faultBurst, 0, 0, 1e12);
  expect(budget.spend(0, 0)).toBe(false);
  expect(budget.spend(0, 1e12)).toBe(false);
});
