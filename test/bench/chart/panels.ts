// Results as panels: what of a report is drawn, and how it is named.
import { formatFigure, type CaseReport, type Report } from "../harness/report.js";
import type { MicroReport } from "../harness/micro-report.js";
import type { Bar, Panel } from "./draw.js";

export function panelsOf(report: Report | MicroReport): Panel[] {
  return report.kind === "macro" ? report.cases.map(casePanel) : report.suites.map(suitePanel);
}

/** Machine, versions and command. */
export function captionOf(report: Report | MicroReport): string[] {
  const bars = "Bars are medians of interleaved runs, lines their range.";
  const versions =
    report.kind === "macro"
      ? `${Object.entries(report.versions)
          .map(([name, version]) => `${name} (${version})`)
          .join(", ")}. `
      : "";
  return [`${versions}${bars}`, report.machine.summary, report.command];
}

function casePanel({ title, unit, better, figure, systems }: CaseReport): Panel {
  const bars = systems.map(({ system, figures, failure }): Bar => {
    const summary = figures[figure]?.summary;
    const ours = system === "tautline";
    if (summary === undefined) {
      const text = failure === "unsupported" ? "–" : "fails";
      return { label: system, value: undefined, min: 0, max: 0, text, ours };
    }
    const { median, min, max } = summary;
    return { label: system, value: median, min, max, text: formatFigure(median), ours };
  });
  return { title, unit, better, bars };
}

function suitePanel({ name, rows }: MicroReport["suites"][number]): Panel {
  const bars = rows.map(({ name: label, time, wireBytes }): Bar => {
    const bytes = wireBytes === undefined ? "" : `, ${wireBytes} B`;
    const text = `${formatFigure(time.median)}${bytes}`;
    return { label, value: time.median, min: time.min, max: time.max, text, ours: label.startsWith("tautline") };
  });
  return { title: name, unit: "ns", better: "less", bars };
}
