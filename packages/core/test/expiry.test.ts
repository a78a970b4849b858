import { expect, test } from "vitest";
import { expiryStage } from "../dist/expiry.js";

const hour = 3_600_000;
const day = 24 * hour;

/** The stage with `leftMs` left of a life of `lifeMs`. */
const stage = (lifeMs: number, leftMs: number): number =>
  expiryStage({ validFrom: new Date(0), validTo: new Date(lifeMs) }, lifeMs - leftMs);

test.each([
  ["an hour", hour, hour / 3, hour / 10],
  ["90 days", 90 * day, 30 * day, 3 * day],
  ["10 years", 3650 * day, 30 * day, 3 * day],
])(
  "what lives for %s is told at its third, or 30 days; its tenth, or 3 days; and its end",
  (_, life, first, second) => {
    expect(stage(life, life)).toBe(0);
    expect([stage(life, first + 1), stage(life, first)]).toEqual([0, 1]);
    expect([stage(life, second + 1), stage(life, second)]).toEqual([1, 2]);
    expect([stage(life, 0), stage(life, -1)]).toEqual([2, 3]);
  },
);
