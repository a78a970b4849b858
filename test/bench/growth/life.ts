// `pnpm bench w10 --part life`: millions of calls between two processes that never end: whether memory stays flat, and calls as
// fast late in life as early.
import type { Figures } from "../harness/pair.js";
import { Pair } from "../harness/pair.js";
import { describeMachine } from "../harness/machine.js";
import { reportCase, type Report } from "../harness/report.js";
import { gatherSubjects } from "../harness/subjects.js";
import { formatTable } from "../harness/table.js";
import type { Case, Growth } from "../workloads/case.js";
import { lifeCase } from "../workloads/growing.js";

const system = "tautline";
const tenths = 10;
/** Compilers settle meanwhile; not counted. */
const warmCalls = 50_000;

const lines: Growth["lines"] = [
  { title: "a call, late in life", figure: "cpuUsPerCall", unit: "µs CPU, both ends" },
  { title: "the server's heap after collection", figure: "serverHeapMib", unit: "MiB" },
  { title: "the client's heap after collection", figure: "clientHeapMib", unit: "MiB" },
];

export interface LifeOptions {
  readonly calls: number;
  readonly certificates: string;
  readonly command: string;
  readonly progress: (line: string) => void;
}

export async function measureLife({ calls, certificates, command, progress }: LifeOptions): Promise<Report> {
  const options = { systems: [system], compare: undefined, profiles: undefined, vary: [] };
  const [subject] = gatherSubjects(options, progress).subjects;
  if (subject === undefined) throw new Error(`${system} is not there`);
  const each = Math.ceil(calls / tenths);
  const done: { readonly test: Case; readonly figures: Figures }[] = [];
  const pair = await Pair.start(subject, certificates);
  try {
    await pair.supports(lifeCase);
    await pair.run(lifeCase, patienceFor(warmCalls), warmCalls);
    for (let tenth = 1; tenth <= tenths; tenth++) {
      const figures = await pair.run(lifeCase, patienceFor(each), each);
      progress(`life ${tenth}/${tenths}`);
      done.push({ test: { ...lifeCase, growth: { of: "calls", at: tenth * each, lines } }, figures });
    }
  } finally {
    await pair.stop();
  }
  console.log(
    `\n${render(
      done.map(({ figures }) => figures),
      each,
    )}`,
  );
  const machine = describeMachine();
  console.log(`\n${machine.summary}\n${command}`);
  const cases = done.map(({ test, figures }) =>
    reportCase({ test, series: [{ system, rounds: [figures], failure: undefined }] }, system),
  );
  return { kind: "macro", machine, command, versions: { [system]: subject.version }, reference: system, cases };
}

/** A run may take this long, in seconds, beside what the pair allows anyway: at least 2,000 calls/s are expected. */
function patienceFor(calls: number): number {
  return calls / 2000;
}

const shown = [
  ["perSecond", "calls/s", 0],
  ["cpuUsPerCall", "µs CPU", 1],
  ["gcPercent", "GC %", 1],
  ["serverHeapMib", "server's heap MiB", 2],
  ["clientHeapMib", "client's heap MiB", 2],
  ["serverRssMib", "server's RSS", 0],
  ["clientRssMib", "client's RSS", 0],
] as const;

function render(tenthsOfLife: readonly Figures[], each: number): string {
  const rows = tenthsOfLife.map((figures, index) => [
    `${((index + 1) * each).toLocaleString("en-US")} calls`,
    ...shown.map(([name, , decimals]) => (figures[name] ?? NaN).toFixed(decimals)),
  ]);
  const [first, last] = [tenthsOfLife[0], tenthsOfLife.at(-1)];
  const rate = (last?.["perSecond"] ?? NaN) / (first?.["perSecond"] ?? NaN);
  const head = ["", ...shown.map(([, title]) => title)];
  return `life: ${formatTable([head, ...rows])}\nthe last tenth against the first: ${rate.toFixed(2)} of its calls/s`;
}
