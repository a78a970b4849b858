// Lines over what grows, both axes by powers of ten: flat is flat, and proportional is a slope of one.
import { escape, place } from "./text.js";

export interface Line {
  readonly label: string;
  /** In the order of x; all values above 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly ours: boolean;
}

export interface LinePanel {
  readonly kind: "lines";
  readonly title: string;
  readonly unit: string;
  /** What x counts. */
  readonly of: string;
  readonly lines: readonly Line[];
}

const headHeight = 40;
const plotHeight = 190;
const axisHeight = 22;
const axisWidth = 44;
const labelWidth = 92;
/** Labels at the lines' ends keep so far from each other. */
const labelStep = 14;

export const linesHeight = headHeight + plotHeight + axisHeight;

export function drawLines({ title, unit, of, lines }: LinePanel, left: number, top: number, width: number): string {
  const points = lines.flatMap((line) => line.points);
  const [x, y] = [scaleOf(points.map(([value]) => value)), scaleOf(points.map(([, value]) => value))];
  const plot = { left: left + axisWidth, top: top + headHeight, width: width - axisWidth - labelWidth };
  const bottom = plot.top + plotHeight;
  const across = (value: number): number => plot.left + x.share(value) * plot.width;
  const up = (value: number): number => bottom - y.share(value) * plotHeight;

  const parts = [
    `<text class="title" x="${left}" y="${top + 10}">${escape(title)}</text>`,
    `<text class="quiet" x="${left}" y="${top + 26}">${escape(unit)}, by ${escape(of)}</text>`,
  ];
  for (const power of y.powers) {
    const at = place(up(power));
    parts.push(
      `<line class="axis" x1="${plot.left}" x2="${place(plot.left + plot.width)}" y1="${at}" y2="${at}"/>`,
      `<text class="quiet" x="${plot.left - 6}" y="${place(up(power) + 4)}" text-anchor="end">${shortNumber(power)}</text>`,
    );
  }
  for (const power of x.powers) {
    const text = shortNumber(power);
    parts.push(
      `<text class="quiet" x="${place(across(power))}" y="${bottom + 16}" text-anchor="middle">${text}</text>`,
    );
  }
  const styles = ["", " second", " third"];
  for (const [index, { points: own, ours }] of lines.entries()) {
    const path = own.map(([a, b]) => `${place(across(a))},${place(up(b))}`).join(" ");
    const style = ours ? " ours" : (styles[index % styles.length] ?? "");
    parts.push(`<polyline class="line${style}" points="${path}"/>`);
  }
  let last = -Infinity;
  for (const { label, at } of endLabels(lines, up)) {
    last = Math.max(at, last + labelStep);
    parts.push(`<text x="${place(plot.left + plot.width + 6)}" y="${place(last + 4)}">${escape(label)}</text>`);
  }
  return parts.join("\n");
}

function endLabels(lines: readonly Line[], up: (value: number) => number): { label: string; at: number }[] {
  return lines
    .flatMap(({ label, points }) => {
      const end = points.at(-1);
      return end === undefined ? [] : [{ label, at: up(end[1]) }];
    })
    .toSorted((a, b) => a.at - b.at);
}

interface Scale {
  /** From 0 at the lowest power of ten to 1 at the highest. */
  readonly share: (value: number) => number;
  readonly powers: readonly number[];
}

function scaleOf(values: readonly number[]): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    share: (value) => (Math.log10(value) - low) / (high - low),
    powers: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  };
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(value);
}
