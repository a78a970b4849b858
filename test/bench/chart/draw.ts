// Panels of horizontal bars as one SVG, readable on light and on dark. Knows figures and names, and not where they come from.

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

export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly bars: readonly Bar[];
}

const width = 960;
const columns = 2;
const gap = 32;
const margin = 24;
const panelWidth = (width - 2 * margin - (columns - 1) * gap) / columns;
const labelWidth = 148;
const textWidth = 104;
const barHeight = 13;
const barStep = 20;
const headHeight = 40;
const captionLine = 16;
/** Of the caption's letters, about. */
const captionCharacters = 150;

const style = `
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 13px }
  .quiet { fill: #59636e }
  .caption { font-size: 11px; fill: #59636e }
  .bar { fill: #8c959f }
  .ours { fill: #0969da }
  .range { stroke: #1f2328; stroke-width: 1; opacity: 0.55 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet, .caption { fill: #9198a1 }
    .bar { fill: #6e7681 }
    .ours { fill: #4493f8 }
    .range { stroke: #e6edf3 }
  }
`;

/** @param caption what a reader needs to judge the figures: machine, versions, command */
export function drawChart(panels: readonly Panel[], caption: readonly string[]): string {
  const parts: string[] = [];
  let top = margin;
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    for (const [column, panel] of row.entries()) {
      parts.push(drawPanel(panel, margin + column * (panelWidth + gap), top));
    }
    top += headHeight + Math.max(...row.map(({ bars }) => bars.length)) * barStep + gap / 2;
  }
  for (const line of caption.flatMap(wrap)) {
    parts.push(`<text class="caption" x="${margin}" y="${top + 4}">${escape(line)}</text>`);
    top += captionLine;
  }
  const height = Math.ceil(top + margin - captionLine / 2);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    `<style>${style}</style>\n${parts.join("\n")}\n</svg>\n`
  );
}

function drawPanel({ title, unit, better, bars }: Panel, left: number, top: number): string {
  const room = panelWidth - labelWidth - textWidth;
  const longest = Math.max(...bars.map(({ max, value }) => (value === undefined ? 0 : max)));
  const scale = longest > 0 ? room / longest : 0;
  const start = left + labelWidth;
  const lines = [
    `<text class="title" x="${left}" y="${top + 10}">${escape(title)}</text>`,
    `<text class="quiet" x="${left}" y="${top + 26}">${escape(unit)}, ${better} is better</text>`,
  ];
  for (const [index, bar] of bars.entries()) {
    const y = top + headHeight + index * barStep;
    const middle = y + barHeight / 2;
    lines.push(`<text x="${start - 8}" y="${middle + 4}" text-anchor="end">${escape(bar.label)}</text>`);
    let end = start;
    if (bar.value !== undefined) {
      const from = start + bar.min * scale;
      end = start + bar.max * scale;
      lines.push(
        `<rect class="bar${bar.ours ? " ours" : ""}" x="${start}" y="${y}" width="${number(Math.max(bar.value * scale, 1))}" height="${barHeight}" rx="2"/>`,
        `<line class="range" x1="${number(from)}" x2="${number(end)}" y1="${middle}" y2="${middle}"/>`,
      );
    }
    const quiet = bar.value === undefined ? ' class="quiet"' : "";
    lines.push(`<text${quiet} x="${number(end + 6)}" y="${middle + 4}">${escape(bar.text)}</text>`);
  }
  return lines.join("\n");
}

function number(value: number): string {
  return value.toFixed(1);
}

function wrap(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const line = lines[last] ?? "";
    if (line !== "" && line.length + word.length >= captionCharacters) lines.push(word);
    else lines[last] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
