// Every MUST of PROTOCOL.md has a test that holds it, and docs/conformance.md tells which.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./support/packages.js";
import { holdingsOf, requirementsOf, type Holding } from "./support/requirements.js";

interface HeldBy extends Holding {
  readonly file: string;
}

const requirements = requirementsOf(readFileSync(join(root, "PROTOCOL.md"), "utf8"));
const folders = ["packages/core/test", "packages/rpc/test", "codegen/test", "test", "test/support"];
const holdings = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => /\.test\.ts$|^violation-cases\.ts$/.test(name))
    .sort()
    .flatMap((name): HeldBy[] => {
      const file = `${folder}/${name}`;
      return holdingsOf(readFileSync(join(root, file), "utf8")).map((each) => ({ ...each, file }));
    }),
);

function pageOf(): string {
  const rows = requirements.map(({ id, text }) => {
    const held = holdings
      .filter(({ ids }) => ids.includes(id))
      .map(({ file, title }) => `[${title.replaceAll("|", "\\|")}](../${file})`);
    const short = text.replace(/^\| | \|$/g, "").replaceAll("|", "\\|");
    return `| ${id.startsWith("V") ? id : `§${id}`} | ${short} | ${held.join("<br>")} |`;
  });
  return [
    "# Conformance",
    "",
    "Each MUST of [PROTOCOL.md](../PROTOCOL.md), and the tests that hold it. Made from the tests: `vitest run test/conformance.test.ts -u`",
    "writes it anew, and the test fails where a MUST has none.",
    "",
    "| | demand | tests |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

test.each(requirements)("§$id is held by a test: $text", ({ id }) => {
  expect(holdings.filter(({ ids }) => ids.includes(id))).not.toEqual([]);
});

test("no test holds what PROTOCOL.md does not demand", () => {
  const known = new Set(requirements.map(({ id }) => id));
  expect(holdings.filter(({ ids }) => !ids.every((id) => known.has(id)))).toEqual([]);
});

test("the page is what the tests say", async () => {
  await expect(pageOf()).toMatchFileSnapshot(join(root, "docs/conformance.md"));
});

describe("requirements", () => {
  test("are the sentences with MUST, by section, statement and letter", () => {
    const page =
      "## 1. One\n\nText MUST a.\n\n1. It MUST b.\n   It MAY c. It MUST d.\n\n### 1.2 Two\n\n3. E MUST f.\n\n## Appendix\n\n1. G MUST h.\n";
    expect(requirementsOf(page)).toEqual([
      { id: "1", text: "Text MUST a." },
      { id: "1.1a", text: "It MUST b." },
      { id: "1.1b", text: "It MUST d." },
      { id: "1.2.3", text: "E MUST f." },
    ]);
  });

  test("are held by the tests behind their marks, by title", () => {
    const source =
      '// Holds PROTOCOL.md §1, §2.3a.\ntest("one", () => {});\n// Holds PROTOCOL.md §4.\nit.each([["a", 1]])("two %s", () => {});\n';
    expect(holdingsOf(source)).toEqual([
      { ids: ["1", "2.3a"], title: "one" },
      { ids: ["4"], title: "two %s" },
    ]);
  });
});
