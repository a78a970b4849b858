// The proofs themselves, at a fraction: that they run, and see what they look for. Their figures are those of full runs.
import { expect, test } from "vitest";
import { proveAttacks } from "./prove/attacks.js";
import { proveOverload } from "./prove/overload.js";
import { proveReloads } from "./prove/reloads.js";
import { proveRestarts } from "./prove/restarts.js";
import { slopeOf } from "./prove/slope.js";
import { proveSoak } from "./prove/soak.js";

test("a few reloads under load lose no call, and a removed authority is locked out", async () => {
  const results = await proveReloads.run(0.02);
  expect(results.map(({ goal }) => goal)).toEqual([
    "20 reloads under load lose no call",
    expect.stringContaining("locked out"),
  ]);
  expect(results[0]).toMatchObject({ measured: expect.stringMatching(/^lost: none; \d+ calls/), holds: true });
});

test("the first attack and the first hostile server are survived, and the calls beside them served", async () => {
  const results = await proveAttacks.run(0.01);
  expect(results).toHaveLength(2);
  for (const { measured } of results) {
    // Its times are the machine's as well.
    expect(measured).toMatch(/p99 [\d.]+, max \d+ ms/);
    expect(measured).not.toMatch(/the other client|\d (connections|calls) left|without a reason|memory|failed/);
  }
  expect(results[1]?.measured).toMatch(/calls: \d+ deadline-exceeded/);
});

test("three times what saturates a server is answered, refused or late, and does nothing else", async () => {
  const { results, panels } = await proveOverload.run(0.01);
  expect(results.map(({ goal }) => goal)).toEqual([
    expect.stringMatching(/computes, at 1 × \d+ calls/),
    expect.stringMatching(/computes, at 3 × \d+ calls/),
    expect.stringMatching(/waits, at 1 × \d+ calls/),
    expect.stringMatching(/waits, at 3 × \d+ calls/),
  ]);
  for (const { measured } of results) expect(measured).not.toContain("failed otherwise");
  expect(panels).toHaveLength(2);
});

test("a soak ends every call as it must, and at rest holds what lasts and no more", async () => {
  const { results, panels } = await proveSoak.run(0.001);
  const held = results.filter(({ goal }) => /at rest nothing|every call|closed server|buffers/.test(goal));
  expect(held).toHaveLength(4);
  expect(held.filter(({ holds }) => !holds)).toEqual([]);
  expect(panels).toHaveLength(4);
});

test("a restart under load fails no call, and the old process is done within its grace", async () => {
  const results = await proveRestarts.run(0.05);
  expect(results.filter(({ holds }) => !holds)).toEqual([]);
  expect(results).toHaveLength(2);
});

test("a slope is that of the line through its points, and says how far it may be off", () => {
  const exact = slopeOf([1, 2, 3, 4].map((x) => [x, 3 * x - 5]));
  expect(exact.slope).toBeCloseTo(3, 10);
  expect(exact.error).toBeCloseTo(0, 10);
  const noisy = slopeOf([
    [0, 1],
    [1, -1],
    [2, 1],
    [3, -1],
  ]);
  expect(noisy.slope).toBeCloseTo(-0.4, 10);
  expect(noisy.error).toBeCloseTo(Math.sqrt(3.2 / 2 / 5), 10);
});
