// Results as panels: what of a report is drawn, and how it is named.
import type { MicroReport } from "../harness/micro-report.js";
import { formatFigure, type CaseReport, type Report } from "../harness/report.js";
import type { Growth } from "../workloads/case.js";
import type { Bar, BarPanel } from "./bars.js";
import { drawChart, type LinePanel, type Panel } from "./draw.js";

/** A result as SVG. */
export function drawReport(report: Report | MicroReport): string {
  return drawChart(panelsOf(report), captionOf(report));
}

/** Cases one by one; those that are points of a line together. */
export function panelsOf(report: Report | MicroReport): Panel[] {
  if (report.kind === "micro") return report.suites.map(suitePanel);
  const bars = report.cases.filter(({ growth }) => growth === undefined).map(casePanel);
  const lines = report.cases.flatMap(({ growth }) => growth?.lines ?? []);
  const titles = new Map(lines.map((line) => [line.title, line]));
  return [...bars, ...Array.from(titles.values(), (line) => growthPanel(line, report.cases))];
}

/** Machine, versions and command. */
function captionOf(report: Report | MicroReport): string[] {
  const text = "Medians of interleaved runs; thin lines on bars are their range.";
  if (report.kind === "micro") return [text, report.machine.summary, report.command];
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} (${version})`);
  return [`${versions.join(", ")}. ${text}`, report.machine.summary, report.command];
}

function isOurs(label: string): boolean {
  return label === "tautline" || label.startsWith("tautline ") || label === "tautline-raised";
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

/** One figure over what grows, of those cases that have it. What is not above 0 has no place on its axis. */
function growthPanel({ title, figure, unit }: Growth["lines"][number], cases: readonly CaseReport[]): LinePanel {
  const own = cases.filter(({ growth }) => growth?.lines.some((line) => line.title === title));
  const names = new Set(own.flatMap(({ systems }) => systems.map(({ system }) => system)));
  const lines = Array.from(names, (label) => {
    const points = own.flatMap(({ growth, systems }): [number, number][] => {
      const median = systems.find(({ system }) => system === label)?.figures[figure]?.summary.median ?? 0;
      return median <= 0 || growth === undefined ? [] : [[growth.at, median]];
    });
    return { label, points, ours: isOurs(label) };
  }).filter(({ points }) => points.length > 0);
  return { kind: "lines", title, unit, of: own[0]?.growth?.of ?? "", lines };
}

function suitePanel({ name, rows }: MicroReport["suites"][number]): BarPanel {
  const bars = rows.map(({ name: label, time, wireBytes }): Bar => {
    const bytes = wireBytes === undefined ? "" : `, ${wireBytes} B`;
    const text = `${formatFigure(time.median)}${bytes}`;
    return { label, value: time.median, min: time.min, max: time.max, text, ours: isOurs(label) };
  });
  return { kind: "bars", title: name, unit: "ns", better: "less", bars };
}
