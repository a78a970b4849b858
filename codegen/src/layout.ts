// Lays text out in 120 columns, as the usual formatters do: a group stands on one line where it fits, else each of its
// breaks becomes a line. After Wadler, "A prettier printer" (1998). Knows nothing of what the text means.

/** Text to lay out. */
export type Layout =
  | string
  | readonly Layout[]
  | { readonly group: Layout }
  | { readonly indent: Layout }
  /** A line break; in a group that fits on one line, this text. */
  | { readonly line: string }
  /** Text that stands only where the group around it is broken. */
  | { readonly broken: string };

/** A line break wherever it stands. */
export const newline: Layout = "\n";

const width = 120;

/** `open item, item close` on one line, or an item to a line with a comma after each. */
export function list(open: string, items: readonly Layout[], close: string, padding = ""): Layout {
  if (items.length === 0) return open + close;
  const separated = items.flatMap((item, index) => (index === 0 ? [item] : [",", { line: " " }, item]));
  return { group: [open, { indent: [{ line: padding }, ...separated] }, { broken: "," }, { line: padding }, close] };
}

/** Each on a line of its own. */
export function joined(items: readonly Layout[]): Layout {
  return items.map((each, index) => (index === 0 ? each : [newline, each]));
}

/** The text of a layout, without a line break at its end. */
export function render(layout: Layout): string {
  let text = "";
  let column = 0;
  const write = (piece: string, indent: number) => {
    for (const [index, line] of piece.split("\n").entries()) {
      if (index > 0) {
        text += "\n";
        column = 0;
      }
      if (line === "") continue;
      const lead = column === 0 && text !== "" ? " ".repeat(indent) : "";
      text += lead + line;
      column += lead.length + line.length;
    }
  };
  const print = (part: Layout, indent: number, isFlat: boolean, after: number): void => {
    if (typeof part === "string") write(part, indent);
    else if (Array.isArray(part)) {
      const parts = part as readonly Layout[];
      for (const [index, each] of parts.entries()) print(each, indent, isFlat, headWidth(parts, index + 1, after));
    } else if ("indent" in part) print(part.indent, indent + 2, isFlat, after);
    else if ("line" in part) write(isFlat ? part.line : "\n", indent);
    else if ("broken" in part) write(isFlat ? "" : part.broken, indent);
    else if ("group" in part) {
      const lead = column === 0 ? indent : column;
      print(part.group, indent, isFlat || lead + flatWidth(part.group) + after <= width, after);
    }
  };
  print(layout, 0, false, 0);
  return text;
}

/** The columns of a layout on one line; beyond all limits where it holds a line break of its own. */
function flatWidth(layout: Layout): number {
  if (typeof layout === "string") return layout.includes("\n") ? Infinity : layout.length;
  if (Array.isArray(layout))
    return (layout as readonly Layout[]).reduce((sum: number, each) => sum + flatWidth(each), 0);
  if ("group" in layout) return flatWidth(layout.group);
  if ("indent" in layout) return flatWidth(layout.indent);
  return "line" in layout ? layout.line.length : 0;
}

/** The columns that follow before a line may break, from the part at `from` on: what has to fit behind the one before it. */
function headWidth(parts: readonly Layout[], from: number, after: number): number {
  let sum = 0;
  for (let index = from; index < parts.length; index++) {
    const { width: columns, ends } = headOf(parts[index] ?? "");
    sum += columns;
    if (ends) return sum;
  }
  return sum + after;
}

/** The columns of a layout up to its first line break, and whether it has one. */
function headOf(layout: Layout): { readonly width: number; readonly ends: boolean } {
  if (typeof layout === "string") {
    const end = layout.indexOf("\n");
    return end < 0 ? { width: layout.length, ends: false } : { width: end, ends: true };
  }
  if (Array.isArray(layout)) {
    let sum = 0;
    for (const each of layout as readonly Layout[]) {
      const head = headOf(each);
      sum += head.width;
      if (head.ends) return { width: sum, ends: true };
    }
    return { width: sum, ends: false };
  }
  if ("group" in layout) return headOf(layout.group);
  if ("indent" in layout) return headOf(layout.indent);
  return { width: 0, ends: "line" in layout };
}
