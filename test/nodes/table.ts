// What came of the suite on each Node.js, as text: what failed, a table, and the sum on the last line.
import { formatTable } from "../bench/harness/table.js";
import type { SuiteResult } from "./suite.js";

export interface Row extends SuiteResult {
  readonly line: number;
  readonly noEval: boolean;
}

export function tableOf(rows: readonly Row[]): string {
  const failures = rows.flatMap(({ line, failures: names }) => names.map((name) => `Node.js ${line} ✗ ${name}`));
  const table = formatTable([
    ["node", "passed", "failed", "skipped", "seconds", ""],
    ...rows.map(({ line, passed, failed, skipped, seconds, noEval }) => [
      String(line),
      ...[passed, failed, skipped, seconds].map(String),
      noEval ? "without eval" : "",
    ]),
  ]);
  const sum = (of: "passed" | "failed"): number => rows.reduce((total, row) => total + row[of], 0);
  return ["", ...failures, table, `${sum("passed")} passed, ${sum("failed")} failed`].join("\n");
}
