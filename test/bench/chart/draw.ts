// Panels as one SVG, readable on light and on dark: bars for what is compared, lines for what grows. Knows figures and names, and not
// where they come from.
import { powersAxis, straightAxis } from "./axis.js";
import { barsHeight, drawBars, type BarPanel } from "./bars.js";
import { drawPlot, plotHeight, type Plot } from "./plot.js";
import { escape } from "./text.js";

/** Lines over what grows, both axes by powers of ten. All values are above 0. */
export interface LinePanel extends Plot {
  readonly kind: "lines";
}

/** Lines over time, both axes straight. */
export interface SeriesPanel extends Plot {
  readonly kind: "series";
}

export type Panel = BarPanel | LinePanel | SeriesPanel;

const width = 960;
const columns = 2;
const gap = 32;
const margin = 24;
const panelWidth = (width - 2 * margin - (columns - 1) * gap) / columns;
const captionLine = 16;
/** Of the caption's letters, about. */
const captionCharacters = 150;

const style = `
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 13px }
  .quiet { fill: #59636e }
  .caption { font-size: 11px; fill: #59636e }
  .bar { fill: #8c959f }
  .bar.ours { fill: #0969da }
  .range { stroke: #1f2328; stroke-width: 1; opacity: 0.55 }
  .axis { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke: #8c959f; stroke-width: 1.5 }
  .line.ours { stroke: #0969da; stroke-width: 2.5 }
  .line.second { stroke-dasharray: 6 3 }
  .line.third { stroke-dasharray: 2 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet, .caption { fill: #9198a1 }
    .bar { fill: #6e7681 }
    .bar.ours { fill: #4493f8 }
    .range { stroke: #e6edf3 }
    .axis { stroke: #3d444d }
    .line { stroke: #9198a1 }
    .line.ours { stroke: #4493f8 }
  }
`;

/** @param caption what a reader needs to judge the figures: machine, versions, command */
export function drawChart(panels: readonly Panel[], caption: readonly string[]): string {
  const parts: string[] = [];
  let top = margin;
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    for (const [column, panel] of row.entries()) {
      const left = margin + column * (panelWidth + gap);
      parts.push(drawPanel(panel, left, top));
    }
    top += Math.max(...row.map(heightOf)) + gap / 2;
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

function drawPanel(panel: Panel, left: number, top: number): string {
  if (panel.kind === "bars") return drawBars(panel, left, top, panelWidth);
  return drawPlot(panel, panel.kind === "lines" ? powersAxis : straightAxis, left, top, panelWidth);
}

function heightOf(panel: Panel): number {
  return panel.kind === "bars" ? barsHeight(panel) : plotHeight;
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
