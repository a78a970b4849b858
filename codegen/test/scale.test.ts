// What two hundred services of twenty methods cost, counted and not timed: text, and the work of the compiler on it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tautline-scale-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Names of one length, so that every service is of one size. */
const source = (service: number) => {
  const name = String(service).padStart(3, "0");
  const methods = Array.from(
    { length: 20 },
    (_, index) => `  method${index}(item: Item${name}, count?: number): Promise<Item${name} | null>;`,
  );
  return [
    `export interface Item${name} { id: string; count: bigint; made: Date; tags: string[]; of: Of${name}; note?: string }`,
    `export type Of${name} = { kind: "one"; item: Item${name} } | { kind: "all"; /** @minimum 1 */ most: number };`,
    `export interface Service${name} {\n${methods.join("\n")}\n}`,
  ].join("\n");
};

/** A project of so many services: the sizes of the generated files, and what the compiler says of its work. */
function measured(services: number): { sizes: readonly number[]; types: number; instantiations: number } {
  const project = join(folder, String(services));
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{"type":"module"}');
  const files = Array.from({ length: services }, (_, index) =>
    join(project, `service${String(index).padStart(3, "0")}.ts`),
  );
  for (const [index, file] of files.entries()) writeFileSync(file, source(index));
  const { outputs, diagnostics } = generate(files);
  expect(diagnostics).toEqual([]);
  for (const { path, text } of outputs) writeFileSync(path, text);
  const compilerOptions = {
    composite: false,
    declarationMap: false,
    noEmit: true,
    types: [],
    paths: {
      "@tautline/rpc": [root("packages/rpc/dist/index.d.ts")],
      "@tautline/rpc/generated": [root("packages/rpc/dist/generated.d.ts")],
    },
  };
  const config = { extends: root("tsconfig.base.json"), compilerOptions, include: ["*.ts"] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
  const said = execFileSync(
    root("node_modules/.bin/tsc"),
    ["-p", project, "--pretty", "false", "--extendedDiagnostics"],
    {
      encoding: "utf8",
    },
  );
  const counted = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(said)?.[1]);
  return {
    sizes: outputs.map(({ text }) => text.length),
    types: counted("Types"),
    instantiations: counted("Instantiations"),
  };
}

describe("two hundred services of twenty methods", () => {
  it("are generated and pass the compiler, and each costs what the first did", { timeout: 300_000 }, () => {
    const [few, more, many] = [measured(10), measured(50), measured(200)];
    expect(many.sizes).toHaveLength(200);
    expect(new Set([...few.sizes, ...more.sizes, ...many.sizes]).size).toBe(1);
    for (const count of ["types", "instantiations"] as const) {
      const first = (more[count] - few[count]) / 40;
      const last = (many[count] - more[count]) / 150;
      expect(first).toBeGreaterThan(0);
      expect(last).toBeLessThanOrEqual(first * 1.01);
    }
  });
});
