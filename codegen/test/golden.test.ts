import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate, Generator } from "../dist/index.js";
import { load } from "./generated-code.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const root = (path: string) => here(`../../${path}`);
const contracts = ["bounds", "catalog", "forms", "names", "orders", "policies"];
const fixtures = contracts.map((name) => here(`fixtures/${name}.ts`));
const generated = generate(fixtures);

/** Calls `use` with a folder that is gone afterwards. */
function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tautline-codegen-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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

  it("is a module for JavaScript, too, which reserves other words than the compiler does", async () => {
    expect([...(await load("names", "ordersService")).keys()]).toContain("delete");
  });

  it("has nothing that the linter minds, which knows its types", () => {
    withFolder((folder) => {
      const config = join(folder, ".oxlintrc.json");
      // Off: a contract may say `"red" | (string & {})`, and the generated file says it after the contract.
      const rules = { "typescript/no-redundant-type-constituents": "off", "eslint/no-shadow": "error" };
      const plugins = ["typescript", "unicorn", "oxc", "import", "promise", "node"];
      writeFileSync(config, JSON.stringify({ plugins, categories: { correctness: "error" }, rules }));
      const files = contracts.map((name) => here(`expected/${name}.rpc.ts`));
      const args = ["-c", config, "--type-aware", "--deny-warnings", "--no-ignore", ...files];
      const report = execFileSync(root("node_modules/.bin/oxlint"), args, { cwd: root("") });
      expect(report.toString()).toContain(`on ${contracts.length} files`);
    });
  });

  it("is as the formatter writes it", () => {
    withFolder((folder) => {
      const copies = contracts.map((name) => join(folder, `${name}.rpc.ts`));
      for (const copy of copies) copyFileSync(here(`expected/${basename(copy)}`), copy);
      const config = join(folder, ".oxfmtrc.json");
      writeFileSync(config, JSON.stringify({ printWidth: 120 }));
      execFileSync(root("node_modules/.bin/oxfmt"), ["-c", config, ...copies], { stdio: "ignore" });
      for (const copy of copies) {
        expect(readFileSync(copy, "utf8")).toBe(readFileSync(here(`expected/${basename(copy)}`), "utf8"));
      }
    });
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

  const program = `
    import { generate } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
    process.stdout.write(JSON.stringify(generate(process.argv.slice(1))));
  `;
  const run = (cwd: string, files: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
    const args = ["--input-type=module", "-e", program, ...files];
    return JSON.parse(execFileSync(process.execPath, args, { cwd, env, encoding: "utf8" })) as typeof generated;
  };

  it("does not depend on the working directory", () => {
    const nearby = run(
      here("fixtures"),
      contracts.map((name) => `${name}.ts`),
    );
    expect(texts(nearby.outputs)).toEqual(texts(generated.outputs));
    expect(nearby.outputs.map(({ path }) => path)).toEqual(contracts.map((name) => `${name}.rpc.ts`));
    expect(texts(run(tmpdir(), fixtures).outputs)).toEqual(texts(generated.outputs));
  });

  it("does not depend on the machine's language and time zone, nor on the order in which another run read", () => {
    // In Turkish, the small letter of I is another than i.
    const env = { ...process.env, LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Pacific/Apia" };
    expect(texts(run(tmpdir(), fixtures.toReversed(), env).outputs)).toEqual(texts(generated.outputs));
  });

  it.each([
    ["where the sources are", (text: string) => text],
    ["how their lines end", (text: string) => text.replaceAll("\n", "\r\n")],
    ["a byte order mark before them", (text: string) => `\uFEFF${text}`],
  ])("does not depend on %s", (_, write) => {
    withFolder((folder) => {
      const other = join(folder, "some where", "else");
      mkdirSync(other, { recursive: true });
      for (const name of readdirSync(here("fixtures"))) {
        writeFileSync(join(other, name), write(readFileSync(here(`fixtures/${name}`), "utf8")));
      }
      const { outputs } = generate(contracts.map((name) => join(other, `${name}.ts`)));
      expect(texts(outputs)).toEqual(texts(generated.outputs));
    });
  });

  it("is the same again from sources that stay open", () => {
    const open = new Generator();
    open.generate(fixtures.slice(0, 2));
    expect(texts(open.generate(fixtures.toReversed()).outputs)).toEqual(texts(generated.outputs));
    expect(texts(open.generate(fixtures).outputs)).toEqual(texts(generated.outputs));
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
