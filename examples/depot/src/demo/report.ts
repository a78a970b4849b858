// The end of the demo: one table for people, or one JSON document for programs.
import Table from "cli-table3";
import { formatBytes, formatCount, formatMs } from "./figures.js";
import type { Check, Step } from "./journal.js";
import type { Screen } from "./screen.js";

/** All that the demo found; what `--json` prints. Times in ms, sizes in bytes. */
export interface Report {
  readonly ok: boolean;
  /** Undefined where the demo did not come so far. */
  readonly tree: { readonly files: number; readonly bytes: number; readonly binaries: number } | undefined;
  /** What the bulk and its small calls shared. Undefined where there was none. */
  readonly connection: { readonly protocol: string; readonly cipher: string; readonly server: string } | undefined;
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
  /** What the server wrote to its log, refusals included. */
  readonly serverLog: readonly string[];
}

/** Writes the table, the connection and the verdict; where something is wrong, what the server has to say as well. */
export function showReport({ ok, steps, checks, connection, serverLog }: Report, screen: Screen): void {
  const { colors } = screen;
  const table = new Table({
    head: ["what was done", "calls", "bytes", "time", "calls/s", "MB/s", "p50", "p99"].map(colors.bold),
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right"],
    chars: bare,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  for (const { name, calls, bytes, ms, latency } of steps) {
    table.push([
      name,
      formatCount(calls),
      bytes > 0 ? formatBytes(bytes) : "",
      formatMs(ms),
      formatCount((calls / ms) * 1000),
      bytes > 0 ? (bytes / ms / 1000).toFixed(1) : "",
      latency === undefined ? "" : formatMs(latency.p50Ms),
      latency === undefined ? "" : formatMs(latency.p99Ms),
    ]);
  }
  screen.line("");
  for (const line of table.toString().split("\n")) screen.line(line.trimEnd());
  screen.line("");
  screen.line(colors.dim("p50 and p99 are of small calls, one after the other, on the connection of the transfer."));
  if (connection !== undefined) {
    screen.line(`${connection.protocol}, ${connection.cipher}, both ends verified: ${connection.server}`);
  }
  if (!ok) for (const line of serverLog) screen.line(colors.dim(`server: ${line}`));
  const failed = checks.filter((check) => !check.ok).length;
  screen.line(
    ok
      ? colors.green(`All ${checks.length} expectations hold.`)
      : colors.red(`${failed} of ${checks.length} expectations do not hold.`),
  );
}

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
