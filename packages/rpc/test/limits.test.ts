import { expect, it } from "vitest";
import { checkLimits, defaultLimits, inRange } from "../dist/limits.js";

it("has the defaults of PROTOCOL.md §15", () => {
  expect(defaultLimits).toEqual({
    window: 262_144,
    connectionWindow: 1_048_576,
    reserve: 16_384,
    maxFrameBytes: 65_536,
    maxMessageBytes: 4_194_304,
    maxMetadataBytes: 8192,
    maxCalls: 1024,
    maxDepth: 32,
    maxValues: 65_536,
    fragmentBytes: 49_152,
    maxWindow: 8_388_608,
    maxWidened: 268_435_456,
    maxWaitingBytes: 33_554_432,
    maxWaitingTogether: 1_073_741_824,
  });
});

it("keeps what is given beside the defaults", () => {
  expect(checkLimits({ maxCalls: 7 })).toEqual({ ...defaultLimits, maxCalls: 7 });
});

it.each([
  ["window", 16_384, 2 ** 31 - 1],
  ["connectionWindow", 16_384, 2 ** 31 - 1],
  ["reserve", 0, 2 ** 31 - 1],
  ["maxFrameBytes", 16_384, 16_777_216],
  ["maxMessageBytes", 16_384, 2 ** 30],
  ["maxMetadataBytes", 1024, 15_000],
  ["maxCalls", 1, 2 ** 30],
  ["maxDepth", 1, 512],
  ["maxValues", 1, 2 ** 30],
  ["fragmentBytes", 1024, 1_048_576],
  ["maxWindow", 16_384, 2 ** 31 - 1],
  ["maxWidened", 0, 2 ** 40],
  ["maxWaitingBytes", 16_384, 2 ** 40],
  ["maxWaitingTogether", 0, 2 ** 40],
] as const)("takes %s from %d to %d, and names all three where it is beside", (name, min, max) => {
  for (const value of [min, max]) expect(inRange(name, value)).toBe(true);
  for (const value of [min - 1, max + 1, min + 0.5, NaN]) {
    expect(inRange(name, value)).toBe(false);
    expect(() => checkLimits({ [name]: value })).toThrowError(
      expect.objectContaining({
        code: "invalid-argument",
        executed: "no",
        message: `limit ${name} is ${value}: it must be a whole number from ${min} to ${max}`,
      }),
    );
  }
});

it("refuses a reserve above the window, which every peer would refuse", () => {
  expect(checkLimits({ window: 20_000, reserve: 20_000 }).reserve).toBe(20_000);
  expect(() => checkLimits({ window: 20_000, reserve: 20_001 })).toThrowError(/reserve is 20001.*window, 20000/);
});

it.each(["maxCall", "constructor", "__proto__"])("refuses a limit that does not exist: %s", (name) => {
  const given: Record<string, number> = Object.fromEntries([[name, 1]]);
  expect(() => checkLimits(given)).toThrowError(`there is no limit "${name}"; the limits are window, `);
});
