// `pnpm bench micro`: every suite, in rounds in which the contenders take turns, and what came of it.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../harness/machine.js";
import { interleave } from "../harness/rounds.js";
import { summarize, summarizeRatio } from "../harness/statistics.js";
import { formatTable } from "../harness/table.js";
import type { MicroReport, RowReport } from "../harness/micro-report.js";
import type { Row, Suite } from "./suite.js";
import { allSuites } from "./suites.js";

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
  const results: { name: string; rows: RowReport[] }[] = [];
  for (const suite of await allSuites()) {
    if (!suite.name.includes(values.only)) continue;
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
  const processes = new Map<Row, ChildProcess>();
  try {
    for (const row of suite.rows) processes.set(row, await start(suite, row));
    for (const { round, system: row } of interleave(suite.rows, rounds)) {
      const time = await ask(processes.get(row), cpuMs);
      if (round > 0) times.get(row)?.push(time);
    }
  } finally {
    for (const each of processes.values()) each.kill();
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

/** Each contender has a process of its own, which has made sure that it does its work. */
async function start(suite: Suite, row: Row): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("contender.js", import.meta.url)), [suite.name, row.name], {
    execArgv: ["--expose-gc"],
  });
  await answerOf(child, row.name);
  return child;
}

async function ask(child: ChildProcess | undefined, cpuMs: number): Promise<number> {
  const answer = answerOf(child, "a contender");
  child?.send(cpuMs);
  return Number(await answer);
}

async function answerOf(child: ChildProcess | undefined, name: string): Promise<unknown> {
  if (child === undefined) throw new Error(`${name} was not started`);
  const given = new AbortController();
  const ended = once(child, "exit", { signal: given.signal }).then(([code]) => {
    throw new Error(`${name} ended too early, with exit code ${String(code)}`);
  });
  try {
    const [answer] = (await Promise.race([once(child, "message", { signal: given.signal }), ended])) as unknown[];
    return answer;
  } finally {
    ended.catch(() => {});
    given.abort();
  }
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
