// What came of a campaign, in figures: as a file for machines, and as a table for people.
import type { Case } from "../workloads/case.js";
import type { CaseResult, Series } from "./campaign.js";
import type { Machine } from "./machine.js";
import { countsBytes } from "./pair.js";
import { summarize, summarizeRatio, type Summary } from "./statistics.js";
import { formatTable } from "./table.js";

/** One figure over all runs of one system. */
export interface FigureReport {
  readonly summary: Summary;
  /** To the reference, round by round; undefined where that has none. */
  readonly ratio: Summary | undefined;
}

export interface SystemReport {
  readonly system: string;
  /** Why there are no figures, or not all. */
  readonly failure: string | undefined;
  /** By name. */
  readonly figures: Readonly<Record<string, FigureReport>>;
  /** Each run as it was. */
  readonly rounds: Series["rounds"];
}

export interface CaseReport {
  readonly name: string;
  readonly title: string;
  /** The figure that counts, its unit and its direction. */
  readonly figure: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** Where it is a point of a line; see {@link Case}. */
  readonly growth: Case["growth"] | undefined;
  readonly systems: readonly SystemReport[];
}

/** What `--json` writes and `chart` reads. */
export interface Report {
  readonly kind: "macro";
  readonly machine: Machine;
  readonly command: string;
  /** Of each system. */
  readonly versions: Readonly<Record<string, string>>;
  readonly reference: string;
  readonly cases: readonly CaseReport[];
}

/** The figures of one case; `reference` is the system that ratios are to. */
export function reportCase({ test, series }: CaseResult, reference: string): CaseReport {
  const against = series.find(({ system }) => system === reference)?.rounds ?? [];
  const { name, title, figure, unit, better, growth } = test;
  return { name, title, figure, unit, better, growth, systems: series.map((each) => reportSystem(each, against)) };
}

function reportSystem({ system, rounds, failure }: Series, against: Series["rounds"]): SystemReport {
  const names = new Set(rounds.flatMap((round) => Object.keys(round ?? {})));
  const figures: Record<string, FigureReport> = {};
  for (const name of names) {
    const values = rounds.map((round) => round?.[name]);
    const present = values.filter((value) => value !== undefined);
    const ratio = summarizeRatio(
      values,
      against.map((round) => round?.[name]),
    );
    figures[name] = { summary: summarize(present), ratio };
  }
  return { system, failure, figures, rounds };
}

/** The figures beside the main one that a table shows, where a case has them: name, head, decimals. */
const beside: readonly (readonly [string, string, number])[] = [
  ["p99Us", "p99 µs", 0],
  ["p50Ms", "p50 ms", 2],
  ["bulkMibPerSecond", "bulk MiB/s", 0],
  ["bulkKept", "kept", 2],
  ["serverGrowthMib", "growth MiB", 1],
  ["slowestShare", "slowest", 2],
  ["serverKibEach", "server KiB each", 1],
  ["serverHeapKibEach", "heap", 2],
  ["clientHeapKibEach", "client's heap", 2],
  ["startCpuMs", "CPU ms", 0],
  ["startRssMib", "RSS MiB", 0],
];

export function renderCase(report: CaseReport, test: Case): string {
  const shown = beside.filter(([name]) => report.systems.some(({ figures }) => figures[name] !== undefined));
  const per = countsBytes(test) ? "GiB" : "100k";
  const head = ["", report.unit, "range", "vs raw", ...shown.map(([, title]) => title)];
  const rows = report.systems.map(({ system, figures, failure }) => {
    const main = figures[report.figure];
    if (main === undefined)
      return [system, "–", "", "", ...shown.map(() => ""), "", "", "", failure?.split("\n")[0] ?? ""];
    const { summary, ratio } = main;
    return [
      system,
      formatFigure(summary.median),
      `${formatFigure(summary.min)}–${formatFigure(summary.max)}`,
      ratio === undefined ? "–" : formatRatio(ratio.median),
      ...shown.map(([name, , decimals]) => figures[name]?.summary.median.toFixed(decimals) ?? ""),
      cell(figures, "serverCpuSeconds", "clientCpuSeconds", 2),
      figures["gcPercent"]?.summary.median.toFixed(0) ?? "",
      cell(figures, "serverPeakMib", "clientPeakMib", 0),
      failure?.split("\n")[0] ?? "",
    ];
  });
  const table = formatTable([[...head, `CPU s/${per}`, "GC %", "peak MiB", ""], ...rows]);
  return `${report.name}: ${report.title} (${report.better} is better; CPU and memory: server + client)\n${table}`;
}

/** How `system` did against `other`, round by round: above 1 is better where more is. */
export function renderComparison({ systems, figure, better }: CaseReport, system: string, other: string): string {
  const valuesOf = (name: string): (number | undefined)[] =>
    (systems.find((each) => each.system === name)?.rounds ?? []).map((round) => round?.[figure]);
  const ratio = summarizeRatio(valuesOf(system), valuesOf(other));
  if (ratio === undefined) return `${system} against ${other}: no run has both`;
  const { median, min, max } = ratio;
  return `${system} against ${other}: ${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)}), ${better} is better`;
}

function cell(figures: SystemReport["figures"], server: string, client: string, decimals: number): string {
  const [s, c] = [figures[server], figures[client]];
  if (s === undefined || c === undefined) return "";
  return `${s.summary.median.toFixed(decimals)} + ${c.summary.median.toFixed(decimals)}`;
}

/** Two decimals, three where it is small: peers can be a hundred times slower. */
function formatRatio(ratio: number): string {
  return ratio.toFixed(ratio < 0.095 ? 3 : 2);
}

/** Three digits at least, thousands apart. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}
