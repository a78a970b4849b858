// One run of the suite on one Node.js, in a process of its own, and what came of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "../support/packages.js";

export interface SuiteOptions {
  /** The binary. Whatever the tests start finds it first on its PATH. */
  readonly node: string;
  /** Of the processes that run tests, and of those that tests start: such as NODE_OPTIONS takes. */
  readonly flags?: readonly string[];
  /** Which tests, as vitest takes them; all where there are none. */
  readonly filters?: readonly string[];
  /** Where the reporter's text goes: to this descriptor, or nowhere. */
  readonly output?: number | "ignore";
}

export interface SuiteResult {
  readonly passed: number;
  /** Tests, files that fail outside of their tests, and runs that fail outside of their files. */
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** The names of what failed. */
  readonly failures: readonly string[];
}

/** The part of vitest's JSON report that is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export async function runSuite({ node, flags = [], filters = [], output = 2 }: SuiteOptions): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), "tautline-suite-"));
  const file = join(folder, "report.json");
  const started = performance.now();
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const child = spawn(node, [vitest, "run", ...reporters, ...filters], {
      cwd: root,
      env: {
        ...process.env,
        PATH: [dirname(node), process.env["PATH"]].join(delimiter),
        TAUTLINE_TEST_FLAGS: flags.join(" "),
      },
      stdio: ["ignore", output, 2],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    const seconds = Math.round((performance.now() - started) / 1000);
    return resultOf(await readFile(file, "utf8").catch(() => undefined), code, seconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param text vitest's report, where it wrote one */
export function resultOf(text: string | undefined, code: number | null, seconds: number): SuiteResult {
  if (text === undefined) return { ...notRun(`vitest ended with ${code} and no report`), seconds };
  const report = JSON.parse(text) as Report;
  const failures = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((each) => each.status === "failed").map(({ fullName }) => fullName);
    const place = name.startsWith(root) ? name.slice(root.length) : name;
    if (status === "failed" && tests.length === 0) return [`${place}: outside of its tests`];
    return tests.map((test) => `${place}: ${test}`);
  });
  if (failures.length === 0 && code !== 0) failures.push(`vitest ended with ${code}, outside of all files`);
  const { numPassedTests: passed, numPendingTests: skipped } = report;
  if (passed === 0 && failures.length === 0) failures.push("not a single test ran");
  return { passed, failed: failures.length, skipped, seconds, failures };
}

/** A run that came to nothing: one failure. */
export function notRun(why: string): SuiteResult {
  return { passed: 0, failed: 1, skipped: 0, seconds: 0, failures: [why] };
}
