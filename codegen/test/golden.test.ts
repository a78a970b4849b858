import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const root = (path: string) => here(`../../${path}`);
const contracts = ["bounds", "catalog", "forms", "names", "orders"];
const fixtures = contracts.map((name) => here(`fixtures/${name}.ts`));
const generated = generate(fixtures);

describe("a contract's generated file", () => {
  it.each(contracts)("is the one that was approved: %s", async (name) => {
    const output = generated.outputs.find(({ path }) => basename(path) === `${name}.rpc.ts`);
    // After a change on purpose: vitest run codegen/test/golden.test.ts -u, and read the difference.
    await expect(output?.text).toMatchFileSnapshot(`expected/${name}.rpc.ts`);
  });

  it("stands beside its source, under the path that was given", () => {
    expect(generated.diagnostics).toEqual([]);
    expect(generated.outputs.map(({ path }) => path)).toEqual(contracts.map((name) => here(`fixtures/${name}.rpc.ts`)));
  });

  it("passes the strictest flags of the compiler", () => {
    expect(faultsOfCompiler(here("expected"))).toEqual([]);
  });

  it("is as the formatter writes it, and has nothing that the linter minds", () => {
    const folder = mkdtempSync(join(tmpdir(), "tautline-codegen-"));
    try {
      const copies = contracts.map((name) => join(folder, `${name}.rpc.ts`));
      for (const copy of copies) copyFileSync(here(`expected/${basename(copy)}`), copy);
      const config = join(folder, ".oxlintrc.json");
      writeFileSync(config, JSON.stringify({ categories: { correctness: "error" } }));
      const report = execFileSync(root("node_modules/.bin/oxlint"), ["-c", config, "--deny-warnings", ...copies]);
      expect(report.toString()).toContain(`on ${contracts.length} files`);
      execFileSync(root("node_modules/.bin/oxfmt"), ["-c", root(".oxfmtrc.json"), ...copies], { stdio: "ignore" });
      for (const copy of copies) {
        expect(readFileSync(copy, "utf8")).toBe(readFileSync(here(`expected/${basename(copy)}`), "utf8"));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the text", () => {
  const texts = (outputs: readonly { path: string; text: string }[]) =>
    new Map(outputs.map(({ path, text }) => [basename(path), text]));

  it("does not depend on the order of the files", () => {
    expect(texts(generate(fixtures.toReversed()).outputs)).toEqual(texts(generated.outputs));
  });

  it("of one file does not depend on the others", () => {
    for (const fixture of fixtures) {
      const [alone] = generate([fixture]).outputs;
      expect(alone?.text).toBe(texts(generated.outputs).get(basename(alone?.path ?? "")));
    }
  });

  it("does not depend on the working directory", () => {
    const program = `
      import { generate } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
      process.stdout.write(JSON.stringify(generate(process.argv.slice(1))));
    `;
    const run = (cwd: string, files: string[]) =>
      JSON.parse(
        execFileSync(process.execPath, ["--input-type=module", "-e", program, ...files], { cwd, encoding: "utf8" }),
      ) as typeof generated;
    const nearby = run(
      here("fixtures"),
      contracts.map((name) => `${name}.ts`),
    );
    expect(texts(nearby.outputs)).toEqual(texts(generated.outputs));
    expect(nearby.outputs.map(({ path }) => path)).toEqual(contracts.map((name) => `${name}.rpc.ts`));
    expect(texts(run(tmpdir(), fixtures).outputs)).toEqual(texts(generated.outputs));
  });

  it("names no path of the machine", () => {
    for (const { text } of generated.outputs) expect(text).not.toContain(root(""));
  });
});

/** What the compiler says of the generated files; the fixtures use enums, which are not erasable, and may. */
function faultsOfCompiler(project: string): string[] {
  try {
    execFileSync(root("node_modules/.bin/tsc"), ["-p", project, "--pretty", "false"], { encoding: "utf8" });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return stdout.split("\n").filter((line) => line !== "" && !/fixtures\/.*TS1294/.test(line));
  }
}
