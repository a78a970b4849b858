// Lines between two axes, named at their ends. Knows not how an axis places its values.
import { escape, heading, headingHeight, place } from "./text.js";
import type { Axis } from "./axis.js";

export interface Line {
  readonly label: string;
  /** In the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly ours: boolean;
}

export interface Plot {
  readonly title: string;
  readonly unit: string;
  /** What x counts. */
  readonly of: string;
  readonly lines: readonly Line[];
}

const innerHeight = 190;
const axisHeight = 22;
const axisWidth = 44;
const labelWidth = 92;
/** Labels at the lines' ends keep so far from each other. */
const labelStep = 14;
const styles = ["", " second", " third"];

export const plotHeight = headingHeight + innerHeight + axisHeight;

/** @param axisOf makes an axis for the values of one */
export function drawPlot(
  { title, unit, of, lines }: Plot,
  axisOf: (values: readonly number[]) => Axis,
  left: number,
  top: number,
  width: number,
): string {
  const points = lines.flatMap((line) => line.points);
  const [x, y] = [axisOf(points.map(([value]) => value)), axisOf(points.map(([, value]) => value))];
  const inner = { left: left + axisWidth, top: top + headingHeight, width: width - axisWidth - labelWidth };
  const [right, bottom] = [inner.left + inner.width, inner.top + innerHeight];
  const across = (value: number): number => inner.left + x.share(value) * inner.width;
  const up = (value: number): number => bottom - y.share(value) * innerHeight;

  const parts = heading(title, `${unit}, by ${of}`, left, top);
  for (const tick of y.ticks) {
    const at = place(up(tick));
    parts.push(
      `<line class="axis" x1="${inner.left}" x2="${place(right)}" y1="${at}" y2="${at}"/>`,
      `<text class="quiet" x="${inner.left - 6}" y="${place(up(tick) + 4)}" text-anchor="end">${y.spell(tick)}</text>`,
    );
  }
  for (const tick of x.ticks) {
    const text = x.spell(tick);
    parts.push(`<text class="quiet" x="${place(across(tick))}" y="${bottom + 16}" text-anchor="middle">${text}</text>`);
  }
  for (const [index, { points: own, ours }] of lines.entries()) {
    const path = own.map(([a, b]) => `${place(across(a))},${place(up(b))}`).join(" ");
    const style = ours ? " ours" : (styles[index % styles.length] ?? "");
    parts.push(`<polyline class="line${style}" points="${path}"/>`);
  }
  const ends = lines
    .flatMap(({ label, points: own }) => own.slice(-1).map(([, value]) => ({ label, at: up(value) })))
    .toSorted((a, b) => a.at - b.at);
  let last = -Infinity;
  for (const { label, at } of ends) {
    last = Math.max(at, last + labelStep);
    parts.push(`<text x="${place(right + 6)}" y="${place(last + 4)}">${escape(label)}</text>`);
  }
  return parts.join("\n");
}
