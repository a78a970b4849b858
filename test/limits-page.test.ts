// docs/limits.md is true: its defaults are those of the code, it leaves out no option, and the tests that it names exist.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./support/packages.js";

interface Row {
  readonly name: string;
  /** Where its default is said. */
  readonly file: string;
  readonly default: string;
  readonly unit: string;
  readonly cells: readonly string[];
}

const docs = join(root, "docs");
const page = readFileSync(join(docs, "limits.md"), "utf8");
const rows: readonly Row[] = [...page.matchAll(/^\| \[`(\w+)`\]\(([^)]+)\) \| ([^|]+) \| ([^|]+) \|(.*)\|$/gm)].map(
  ([, name = "", file = "", value = "", unit = "", rest = ""]) => ({
    ...{ name, file: join(docs, file), unit },
    default: value.replaceAll(",", ""),
    cells: rest.split(" | ").map((cell) => cell.trim()),
  }),
);

/** What a source says a name is by default: a constant, a default of destructuring, or behind `??`. */
function defaultIn(source: string, name: string): string {
  const number = String.raw`(Infinity|[\d_]+(?: \*\*? [\d_]+)*)`;
  const forms = [
    `\\b${name}: \\{ default: ${number}`,
    `\\b${name} \\?\\? ${number}`,
    `\\b${name} = ${number}`,
    `\\b${name}: ${number}`,
  ];
  for (const form of forms) {
    const found = new RegExp(form).exec(source)?.[1];
    if (found !== undefined) return String(valueOf(found));
  }
  return "nowhere";
}

function valueOf(expression: string): number {
  const [base = "", power] = expression.replaceAll("_", "").split(" ** ");
  if (power !== undefined) return Number(base) ** Number(power);
  return base.split(" * ").reduce((product, factor) => product * Number(factor), 1);
}

it("has a row for each bound, once", () => {
  const names = rows.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(40);
  expect(new Set(names).size).toBe(names.length);
  expect(rows.length).toBe(page.split("\n").filter((line) => line.startsWith("| [`")).length);
});

it.each(rows.map((row) => [row.name, row] as const))("has the default of %s as the code has it", (name, row) => {
  expect(row.default).toBe(defaultIn(readFileSync(row.file, "utf8"), name));
});

it.each(rows.map((row) => [row.name, row] as const))("names tests that there are for %s", (_, { cells }) => {
  const [atBound, sees, ...held] = cells;
  expect([atBound, sees].every((cell) => cell !== undefined && cell !== "")).toBe(true);
  expect(held).toHaveLength(2);
  const links = [...held.join(" ").matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
  expect(links).not.toEqual([]);
  for (const [, title = "", file = ""] of links) {
    expect(existsSync(join(docs, file)), file).toBe(true);
    expect(readFileSync(join(docs, file), "utf8")).toContain(title);
  }
});

describe("leaves out no option", () => {
  const named = new Set(rows.map(({ name }) => name));
  const source = (file: string): string => readFileSync(join(root, "packages", file), "utf8");

  it.each(["rpc/src/limits.ts", "rpc/src/overload.ts"])("of %s", (file) => {
    const [declared = ""] = source(file).split("\ninterface ");
    const options = [...declared.matchAll(/^ {2}readonly (\w+): number;$/gm)].map(([, name]) => name);
    expect(options.length).toBeGreaterThan(2);
    expect(options.filter((name) => !named.has(name ?? ""))).toEqual([]);
  });

  it.each([
    "core/src/framed-transport.ts",
    "core/src/tls-server.ts",
    "rpc/src/channel.ts",
    "rpc/src/server.ts",
    "rpc/src/keepalive.ts",
    "rpc/src/stall.ts",
    "rpc/src/connection-age.ts",
  ])("that is a number, of %s", (file) => {
    const options = [...source(file).matchAll(/^ {2}readonly (\w+)\?: number \| undefined;$/gm)].map(
      ([, name]) => name,
    );
    expect(options).not.toEqual([]);
    expect(options.filter((name) => !named.has(name ?? ""))).toEqual([]);
  });
});
