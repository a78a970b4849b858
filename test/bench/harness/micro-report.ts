// What the micro-benchmarks gave, as their file has it.
import type { Machine } from "./machine.js";
import type { Summary } from "./statistics.js";

export interface RowReport {
  readonly name: string;
  readonly note: string;
  readonly wireBytes: number | undefined;
  /** Per operation, in ns. */
  readonly time: Summary;
  /** Its time against that of the first row, round by round. */
  readonly ratio: Summary | undefined;
}

export interface MicroReport {
  readonly kind: "micro";
  readonly machine: Machine;
  readonly command: string;
  readonly suites: readonly { readonly name: string; readonly rows: readonly RowReport[] }[];
}
