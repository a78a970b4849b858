// A table without borders, for terminals and for whoever reads on with other tools. Knows nothing of what is in it.
import Table from "cli-table3";
import type picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Aligned columns under dim titles; lines end without blanks. */
export function bareTable(titles: readonly string[], rows: readonly (readonly string[])[], colors: Colors): string {
  const table = new Table({
    head: titles.map((title) => colors.dim(title)),
    chars: bare,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
