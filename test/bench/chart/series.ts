// Lines over time, both axes straight: what stays is flat, and what grows by so much an hour is a slope.
import { escape, place } from "./text.js";
import type { Line } from "./lines.js";

export interface SeriesPanel {
  readonly kind: "series";
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
const labelStep = 14;
const steps = 4;

export const seriesHeight = headHeight + plotHeight + axisHeight;

export function drawSeries({ title, unit, of, lines }: SeriesPanel, left: number, top: number, width: number): string {
  const points = lines.flatMap((line) => line.points);
  const mostX = ceiling(Math.max(1e-9, ...points.map(([x]) => x)));
  const mostY = ceiling(Math.max(1e-9, ...points.map(([, y]) => y)));
  const plot = { left: left + axisWidth, top: top + headHeight, width: width - axisWidth - labelWidth };
  const bottom = plot.top + plotHeight;
  const across = (value: number): number => plot.left + (value / mostX) * plot.width;
  const up = (value: number): number => bottom - (value / mostY) * plotHeight;

  const parts = [
    `<text class="title" x="${left}" y="${top + 10}">${escape(title)}</text>`,
    `<text class="quiet" x="${left}" y="${top + 26}">${escape(unit)}, by ${escape(of)}</text>`,
  ];
  for (let step = 0; step <= steps; step++) {
    const [x, y] = [(mostX * step) / steps, (mostY * step) / steps];
    parts.push(
      `<line class="axis" x1="${plot.left}" x2="${place(plot.left + plot.width)}" y1="${place(up(y))}" y2="${place(up(y))}"/>`,
      `<text class="quiet" x="${plot.left - 6}" y="${place(up(y) + 4)}" text-anchor="end">${shown(y)}</text>`,
      `<text class="quiet" x="${place(across(x))}" y="${bottom + 16}" text-anchor="middle">${shown(x)}</text>`,
    );
  }
  const styles = ["", " second", " third"];
  for (const [index, { points: own, ours }] of lines.entries()) {
    const path = own.map(([x, y]) => `${place(across(x))},${place(up(y))}`).join(" ");
    parts.push(`<polyline class="line${ours ? " ours" : (styles[index % styles.length] ?? "")}" points="${path}"/>`);
  }
  const ends = lines
    .flatMap(({ label, points: own }) => own.slice(-1).map(([, y]) => ({ label, at: up(y) })))
    .toSorted((a, b) => a.at - b.at);
  let last = -Infinity;
  for (const { label, at } of ends) {
    last = Math.max(at, last + labelStep);
    parts.push(`<text x="${place(plot.left + plot.width + 6)}" y="${place(last + 4)}">${escape(label)}</text>`);
  }
  return parts.join("\n");
}

/** The next number that divides well. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((times) => times * power).find((round) => round >= value) ?? value;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
