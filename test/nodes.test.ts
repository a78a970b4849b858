// What `pnpm test:nodes` makes of a run of vitest: on this Node.js, with one small file. Other binaries come from npm.
import { expect, it } from "vitest";
import { releases } from "./nodes/binary.js";
import { main } from "./nodes/main.js";
import { resultOf, runSuite } from "./nodes/suite.js";
import { tableOf } from "./nodes/table.js";

const passing = "packages/rpc/test/codec.test.ts";

it("a run tells how many tests passed, with the flags that it was given", async () => {
  const flags = ["--disallow-code-generation-from-strings"];
  const result = await runSuite({ node: process.execPath, flags, filters: [passing], output: "ignore" });
  expect(result).toMatchObject({ failed: 0, failures: [] });
  expect(result.passed).toBeGreaterThan(1);
});

it("a run of no test is a failure", async () => {
  const result = await runSuite({ node: process.execPath, filters: ["no-such.test.ts"], output: "ignore" });
  expect(result).toMatchObject({ passed: 0, failed: 1 });
});

it("tests that fail, files that fail outside of them and a run that fails outside of all are counted", () => {
  const file = (name: string, status: string, ...tests: string[]) => ({
    name,
    status,
    assertionResults: tests.map((each) => ({ status: each, fullName: `${name} ${each}` })),
  });
  const report = { numPassedTests: 2, numPendingTests: 1, success: false };
  const failing = [file("a", "failed", "passed", "failed"), file("b", "failed", "passed"), file("c", "passed")];
  expect(resultOf(JSON.stringify({ ...report, testResults: failing }), 1, 3)).toEqual({
    passed: 2,
    failed: 2,
    skipped: 1,
    seconds: 3,
    failures: ["a: a failed", "b: outside of its tests"],
  });
  expect(resultOf(JSON.stringify({ ...report, testResults: [file("c", "passed")] }), 1, 3).failed).toBe(1);
  expect(resultOf(undefined, null, 3)).toMatchObject({ passed: 0, failed: 1 });
});

it("the last line is the sum of all runs, below what failed", () => {
  const row = { skipped: 0, seconds: 1, noEval: false };
  const rows = [
    { ...row, line: 20, passed: 5, failed: 0, failures: [] },
    { ...row, line: 26, passed: 3, failed: 2, failures: ["x", "y"], noEval: true },
  ];
  const text = tableOf(rows).split("\n");
  expect(text.at(-1)).toBe("8 passed, 2 failed");
  expect(text).toContain("Node.js 26 ✗ y");
});

it("a line that is not supported is a wrong command line", async () => {
  expect(await main(["--only", "18"])).toBe(2);
  expect(await main(["--only", "20,21"])).toBe(2);
});

it("the release of each line is one of it", () => {
  for (const [line, release] of Object.entries(releases)) expect(release).toMatch(new RegExp(`^${line}\\.`));
});
