// Holds docs/types.md to what it says: each row is tried, and the test that it names is there.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ts } from "ts-morph";
import { afterAll, describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";

const page = readFileSync(new URL("../../docs/types.md", import.meta.url), "utf8");
const declarations = /^```ts\n(.*?)^```$/ms.exec(page)?.[1] ?? "";

/** The rows of the table under a heading: their cells, and of the last one the file and the text that it names. */
function rowsOf(
  heading: string,
): { readonly cells: readonly string[]; readonly file: string; readonly test: string }[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => {
    const cells = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
    const [, file = "", test = ""] = /^([\w-]+): (.*)$/.exec(cells.at(-1) ?? "") ?? [];
    return { cells, file, test };
  });
}

/** The first code of a cell: between backticks, or between double ones where it has backticks itself. */
function codeOf(cell = ""): string {
  return /^`` (.*) ``/.exec(cell)?.[1] ?? (/^`(.*)`$/.exec(cell)?.[1] ?? "").replaceAll("\\`", "`");
}

const sent = rowsOf("Types that are sent");
const refused = rowsOf("Types that are not sent");
const tags = rowsOf("Tags of methods and contracts");
const bounds = rowsOf("Bounds of fields and parameters");

const folder = mkdtempSync(join(tmpdir(), "tautline-page-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is said of a contract with one method for each text, by the text. */
function saidOf(name: string, members: readonly string[]): string[][] {
  const lines = members.map((member, index) => `  m${index}${member}: Promise<void>;`);
  const path = join(folder, `${name}.ts`);
  writeFileSync(path, `export interface C {\n${lines.join("\n")}\n}\n${declarations}`);
  const { diagnostics } = generate([path]);
  // One about a declaration names the method that leads there.
  return members.map((_, index) =>
    diagnostics.map(({ message }) => message).filter((message) => message.startsWith(`C.m${index}(`)),
  );
}

describe("the page of types", () => {
  it("has tables", () => {
    expect([sent, refused, tags, bounds].every((rows) => rows.length > 5)).toBe(true);
  });

  const takingEach = (rows: typeof sent) => rows.map(({ cells }) => `(value: ${codeOf(cells[0])})`);
  const saidOfSent = saidOf("sent", takingEach(sent));
  it.each(sent.map(({ cells }, index) => [codeOf(cells[0]), saidOfSent[index]]))(
    "is right that %s is sent",
    (_, said) => {
      expect(said).toEqual([]);
    },
  );

  const saidOfRefused = saidOf("refused", takingEach(refused));
  it.each(refused.map(({ cells }, index) => [codeOf(cells[0]), saidOfRefused[index]]))(
    "is right that %s is not sent",
    (_, said) => {
      expect(said?.length).toBeGreaterThan(0);
    },
  );

  const bounded = bounds.flatMap(({ cells: [tag, types = ""] }) =>
    [...types.matchAll(/`[^`]+`/g)].map(([type]) => ({ tag: codeOf(tag), type: codeOf(type) })),
  );
  const saidOfBounds = saidOf(
    "bounds",
    bounded.map(({ tag, type }) => `(/** ${tag} */ value: ${type})`),
  );
  it.each(bounded.map(({ tag, type }, index) => ({ tag, type, said: saidOfBounds[index] })))(
    "is right that $tag fits $type",
    ({ said }) => {
      expect(said).toEqual([]);
    },
  );

  const literals = new Map<string, ReadonlySet<string>>();
  it.each([...sent, ...refused, ...tags, ...bounds].map(({ cells, ...row }) => ({ ...row, first: cells[0] ?? "" })))(
    "names a test that is there for $first",
    ({ file, test }) => {
      expect(file).not.toBe("");
      if (!literals.has(file)) literals.set(file, literalsIn(`${file}.test.ts`));
      expect(literals.get(file)).toContain(test.replaceAll("\\\\", "\\"));
    },
  );
});

/** Every text that a test file holds: names of tests, and the values that tables of tests are named by. */
function literalsIn(file: string): ReadonlySet<string> {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext));
  return found;
}
