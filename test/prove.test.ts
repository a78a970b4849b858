// The proofs themselves, at a fraction: that they run, and see what they look for. Their figures are those of full runs.
import { expect, test } from "vitest";
import { proveAttacks } from "./prove/attacks.js";
import { proveReloads } from "./prove/reloads.js";

test("a few reloads under load lose no call, and a removed authority is locked out", async () => {
  const results = await proveReloads.run(0.02);
  expect(results.map(({ goal }) => goal)).toEqual([
    "20 reloads under load lose no call",
    expect.stringContaining("locked out"),
  ]);
  expect(results[0]).toMatchObject({ measured: expect.stringMatching(/^lost: none; \d+ calls/), holds: true });
});

test("the first attack is survived, with another client beside it that is served", async () => {
  const [result] = await proveAttacks.run(0.01);
  // Its times are the machine's as well.
  expect(result?.measured).toMatch(/p99 [\d.]+, max \d+ ms/);
  expect(result?.measured).not.toMatch(/the other client|left|without a reason|memory/);
});
