// Every block of the guide, and of the operators' page, compiles as it stands, under the strictest options, against the contract that it shows.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "@tautline/codegen";
import { afterAll, expect, test } from "vitest";
import { root, tool } from "./support/packages.js";

let folder = "";
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the guide's code compiles", async () => {
  // Inside the package, so that what is compiled finds @tautline/rpc as any program would.
  folder = await mkdtemp(join(root, "test", ".types-guide-"));
  const guide = await readFile(join(root, "docs/guide.md"), "utf8");
  const operators = await readFile(join(root, "docs/operators.md"), "utf8");
  const blocksOf = (page: string): string[] =>
    [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text ?? "");
  const [contract, ...recipes] = blocksOf(guide);
  const blocks = [...recipes, ...blocksOf(operators)];
  expect(recipes.length).toBeGreaterThan(8);
  await writeFile(join(folder, "orders.ts"), contract ?? "");
  const { outputs, diagnostics } = generate([join(folder, "orders.ts")]);
  expect(diagnostics).toEqual([]);
  for (const { path, text } of outputs) await writeFile(path, text);
  for (const [index, text] of blocks.entries()) await writeFile(join(folder, `block-${index + 1}.ts`), text);
  const compilerOptions = { composite: false, noEmit: true, noUnusedLocals: false };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions }),
  );
  expect(await tool("tsc", ["-p", folder])).toEqual({ code: 0, stdout: "", stderr: "" });
});
