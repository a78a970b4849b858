// `pnpm bench micro`: every suite, in rounds in which the contenders take turns, and what came of it.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { measure } from "mitata";
import { describeMachine } from "../harness/machine.js";
import { interleave } from "../harness/rounds.js";
import { summarize, summarizeRatio } from "../harness/statistics.js";
import { formatTable } from "../harness/table.js";
import { codecSuites } from "./codecs.js";
import { frameSuites } from "./frames.js";
import type { MicroReport, RowReport } from "../harness/micro-report.js";
import type { Suite } from "./suite.js";
import { validatorSuites } from "./validators.js";

const usage = `usage: pnpm bench micro [--only TEXT] [--rounds 7] [--ms 100] [--json FILE]
  --only    suites whose name contains the text
  --rounds  rounds that count, after one that warms up
  --ms      how long each contender runs in each round, in ms of CPU`;

export async function runMicro(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string", default: "" },
      rounds: { type: "string", default: "7" },
      ms: { type: "string", default: "100" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(usage);
  const suites = [...validatorSuites(), ...(await codecSuites()), ...(await frameSuites())];
  const results: { name: string; rows: RowReport[] }[] = [];
  for (const suite of suites) {
    if (!suite.name.includes(values.only)) continue;
    for (const row of suite.rows) row.verify();
    const rows = await runSuite(suite, Number(values.rounds), Number(values.ms));
    results.push({ name: suite.name, rows });
    console.log(`\n${suite.name}\n${render(rows)}`);
  }
  const machine = describeMachine();
  console.log(`\n${machine.summary}`);
  if (values.json !== undefined) {
    const file: MicroReport = {
      kind: "micro",
      machine,
      command: ["pnpm bench micro", ...argv].join(" "),
      suites: results,
    };
    await writeFile(values.json, `${JSON.stringify(file, undefined, 2)}\n`);
  }
}

async function runSuite(suite: Suite, rounds: number, cpuMs: number): Promise<RowReport[]> {
  const times = new Map(suite.rows.map((row) => [row, [] as number[]]));
  for (const { round, system: row } of interleave(suite.rows, rounds)) {
    const { avg } = await measure(row.run, { min_cpu_time: cpuMs * 1e6, inner_gc: false });
    if (round > 0) times.get(row)?.push(avg / (row.operations ?? 1));
  }
  const [first] = times.values();
  return suite.rows.map((row) => {
    const own = times.get(row) ?? [];
    return {
      name: row.name,
      note: row.note,
      wireBytes: row.wireBytes,
      time: summarize(own),
      ratio: summarizeRatio(own, first ?? []),
    };
  });
}

function render(rows: readonly RowReport[]): string {
  const wire = rows.some(({ wireBytes }) => wireBytes !== undefined);
  return formatTable([
    ["", "ns", "range", "ratio", ...(wire ? ["bytes"] : []), ""],
    ...rows.map(({ name, note, wireBytes, time, ratio }) => [
      name,
      time.median.toFixed(time.median < 100 ? 1 : 0),
      `${time.min.toFixed(0)}–${time.max.toFixed(0)}`,
      ratio === undefined ? "–" : ratio.median.toFixed(2),
      ...(wire ? [String(wireBytes ?? "")] : []),
      note,
    ]),
  ]);
}
