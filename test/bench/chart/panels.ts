// Results as panels: what of a report is drawn, and how it is named.
import type { MicroReport } from "../harness/micro-report.js";
import { formatFigure, type CaseReport, type Report } from "../harness/report.js";
import type { Bar, BarPanel } from "./bars.js";
import type { Panel } from "./draw.js";
import type { LinePanel } from "./lines.js";

/** Cases one by one; those that are points of a line together. */
export function panelsOf(report: Report | MicroReport): Panel[] {
  if (report.kind === "micro") return report.suites.map(suitePanel);
  const bars = report.cases.filter(({ growth }) => growth === undefined).map(casePanel);
  const titles = new Set(report.cases.flatMap(({ growth }) => (growth === undefined ? [] : [growth.title])));
  const lines = Array.from(titles, (title) =>
    growthPanel(report.cases.filter(({ growth }) => growth?.title === title)),
  );
  return [...bars, ...lines];
}

/** Machine, versions and command. */
export function captionOf(report: Report | MicroReport): string[] {
  const text = "Medians of interleaved runs; thin lines on bars are their range.";
  if (report.kind === "micro") return [text, report.machine.summary, report.command];
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} (${version})`);
  return [`${versions.join(", ")}. ${text}`, report.machine.summary, report.command];
}

function isOurs(label: string): boolean {
  return label === "tautline" || label.startsWith("tautline ");
}

function casePanel({ title, unit, better, figure, systems }: CaseReport): BarPanel {
  const bars = systems.map(({ system, figures, failure }): Bar => {
    const summary = figures[figure]?.summary;
    const ours = isOurs(system);
    if (summary === undefined) {
      const text = failure === "unsupported" ? "–" : "fails";
      return { label: system, value: undefined, min: 0, max: 0, text, ours };
    }
    const { median, min, max } = summary;
    return { label: system, value: median, min, max, text: formatFigure(median), ours };
  });
  return { kind: "bars", title, unit, better, bars };
}

function growthPanel(cases: readonly CaseReport[]): LinePanel {
  const [first] = cases;
  const names = first?.systems.map(({ system }) => system) ?? [];
  const lines = names.map((label) => {
    const points = cases.flatMap(({ growth, figure, systems }): [number, number][] => {
      const median = systems.find(({ system }) => system === label)?.figures[figure]?.summary.median;
      return median === undefined || growth === undefined ? [] : [[growth.at, median]];
    });
    return { label, points, ours: isOurs(label) };
  });
  const { title = "", of = "" } = first?.growth ?? {};
  return { kind: "lines", title, unit: first?.unit ?? "", of, lines };
}

function suitePanel({ name, rows }: MicroReport["suites"][number]): BarPanel {
  const bars = rows.map(({ name: label, time, wireBytes }): Bar => {
    const bytes = wireBytes === undefined ? "" : `, ${wireBytes} B`;
    const text = `${formatFigure(time.median)}${bytes}`;
    return { label, value: time.median, min: time.min, max: time.max, text, ours: isOurs(label) };
  });
  return { kind: "bars", title: name, unit: "ns", better: "less", bars };
}
