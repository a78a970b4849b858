// Horizontal bars to one scale, each with the range of its runs.
import { escape, heading, headingHeight, place } from "./text.js";

export interface Bar {
  readonly label: string;
  /** The median; undefined where there is none. */
  readonly value: number | undefined;
  readonly min: number;
  readonly max: number;
  /** At the bar's end. */
  readonly text: string;
  /** Whether it is ours. */
  readonly ours: boolean;
}

export interface BarPanel {
  readonly kind: "bars";
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly bars: readonly Bar[];
}

const labelWidth = 148;
const textWidth = 104;
const barHeight = 13;
const barStep = 20;

export function barsHeight({ bars }: BarPanel): number {
  return headingHeight + bars.length * barStep;
}

export function drawBars({ title, unit, better, bars }: BarPanel, left: number, top: number, width: number): string {
  const room = width - labelWidth - textWidth;
  const longest = Math.max(0, ...bars.map(({ max, value }) => (value === undefined ? 0 : max)));
  const scale = longest > 0 ? room / longest : 0;
  const start = left + labelWidth;
  const lines = heading(title, `${unit}, ${better} is better`, left, top);
  for (const [index, bar] of bars.entries()) {
    const y = top + headingHeight + index * barStep;
    const middle = y + barHeight / 2;
    lines.push(`<text x="${start - 8}" y="${middle + 4}" text-anchor="end">${escape(bar.label)}</text>`);
    let end = start;
    if (bar.value !== undefined) {
      const length = place(Math.max(bar.value * scale, 1));
      const from = start + bar.min * scale;
      end = start + bar.max * scale;
      const ours = bar.ours ? " ours" : "";
      lines.push(
        `<rect class="bar${ours}" x="${start}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
        `<line class="range" x1="${place(from)}" x2="${place(end)}" y1="${middle}" y2="${middle}"/>`,
      );
    }
    const quiet = bar.value === undefined ? ' class="quiet"' : "";
    lines.push(`<text${quiet} x="${place(end + 6)}" y="${middle + 4}">${escape(bar.text)}</text>`);
  }
  return lines.join("\n");
}
