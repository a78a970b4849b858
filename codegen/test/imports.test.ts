import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Writes a project, generates from its `src/orders.ts` (or `contract`), and gives the imports that follow the runtime's. */
function importsOf(files: Readonly<Record<string, string>>, contract = "src/orders.ts", tsconfig?: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "tautline-codegen-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { outputs, diagnostics } = generate([join(folder, contract)], {
    tsconfig: tsconfig === undefined ? undefined : join(folder, tsconfig),
  });
  expect(diagnostics).toEqual([]);
  const imports = (outputs[0]?.text ?? "").match(/^import [^;]*;$/gm) ?? [];
  return imports.filter((each) => !each.includes("@tautline/"));
}

/** As {@link importsOf}, without that of the contract `C` alone. */
const othersOf = (...project: Parameters<typeof importsOf>) =>
  importsOf(...project).filter((each) => !each.startsWith('import type { C } from "./orders'));

const config = (compilerOptions: object) => JSON.stringify({ compilerOptions });
const own = "export interface A { a: string }\nexport interface C { m(a: A): Promise<void> }\n";

describe("a relative import ends as the user's own do", () => {
  it.each([
    [".js", "./x.js", "./orders.js"],
    [".ts", "./x.ts", "./orders.ts"],
    ["nothing", "./x", "./orders"],
  ])("in the same file: %s", (_, written, expected) => {
    const source = `import type { X } from "${written}";\n${own}export type Y = X;`;
    expect(importsOf({ "src/orders.ts": source, "src/x.ts": "export type X = string;" })).toEqual([
      `import type { A, C } from "${expected}";`,
    ]);
  });

  it("in a neighbour, where the file has none; data files and generated files do not count", () => {
    const files = {
      "src/a.rpc.ts": 'import type { A } from "./a";',
      "src/b.ts": 'import data from "./b.json";\nimport { c } from "./c.ts";',
      "src/orders.ts": own,
    };
    expect(importsOf(files)).toEqual(['import type { A, C } from "./orders.ts";']);
  });

  it.each([
    [{ module: "nodenext" }, "./orders.js"],
    [{ module: "esnext", moduleResolution: "bundler" }, "./orders"],
    [{ module: "preserve" }, "./orders"],
    [{ module: "nodenext", allowImportingTsExtensions: true, noEmit: true }, "./orders.ts"],
  ])("else as the compiler's options want it: %j", (options, expected) => {
    expect(importsOf({ "src/orders.ts": own, "tsconfig.json": config(options) })).toEqual([
      `import type { A, C } from "${expected}";`,
    ]);
  });

  it("as .js without any configuration", () => {
    expect(importsOf({ "src/orders.ts": own })).toEqual(['import type { A, C } from "./orders.js";']);
  });

  it("as .mjs for a contract in a .mts file", () => {
    expect(importsOf({ "src/orders.mts": own }, "src/orders.mts")).toEqual([
      'import type { A, C } from "./orders.mjs";',
    ]);
  });
});

describe("a type of another module", () => {
  const other = "export interface B { b: D }\nexport interface D { d: string }\n";

  it("keeps the specifier of a paths alias, and its local name is its own", () => {
    const files = {
      "src/orders.ts":
        'import type { B as Renamed } from "#shared/b.js";\nexport interface C { m(a: Renamed): Promise<void> }',
      "lib/b.ts": other,
      "tsconfig.json": config({ module: "nodenext", paths: { "#shared/*": ["./lib/*"] } }),
    };
    expect(othersOf(files)).toEqual(['import type { B, D } from "#shared/b.js";']);
  });

  it("is resolved with the tsconfig that was given", () => {
    const files = {
      "src/orders.ts": 'import type { B } from "shared";\nexport interface C { m(a: B): Promise<void> }',
      "lib/b.ts": other,
      "tsconfig.json": config({ module: "nodenext" }),
      "tsconfig.build.json": config({
        module: "esnext",
        moduleResolution: "bundler",
        paths: { shared: ["./lib/b.ts"] },
      }),
    };
    expect(othersOf(files, "src/orders.ts", "tsconfig.build.json")).toEqual(['import type { B, D } from "shared";']);
  });

  it("keeps the specifier of a package, for what is reached through it too", () => {
    const files = {
      "src/orders.ts": 'import type { B } from "types-of-b";\nexport interface C { m(a: B): Promise<void> }',
      "node_modules/types-of-b/package.json": JSON.stringify({
        name: "types-of-b",
        types: "./index.d.ts",
        exports: { ".": { types: "./index.d.ts" } },
      }),
      "node_modules/types-of-b/index.d.ts": other,
      "tsconfig.json": config({ module: "nodenext" }),
    };
    expect(othersOf(files)).toEqual(['import type { B, D } from "types-of-b";']);
  });

  it("that is only reached through others comes from where it is declared", () => {
    const files = {
      "src/orders.ts": 'import type { B } from "./b.js";\nexport interface C { m(a: B): Promise<void> }',
      "src/b.ts": 'import type { D } from "../lib/d.js";\nexport interface B { d: D }',
      "lib/d.ts": "export interface D { d: string }",
    };
    expect(othersOf(files)).toEqual(['import type { D } from "../lib/d.js";', 'import type { B } from "./b.js";']);
  });

  it("comes by its exported name, a default export as one", () => {
    const files = {
      "src/orders.ts":
        'import type Order from "./b.js";\nimport type { Out } from "./c.js";\nexport interface C { m(a: Order, b: Out): Promise<void> }',
      "src/b.ts": "export default interface Order { a: string }",
      "src/c.ts": "interface In { a: string }\nexport type { In as Out };",
    };
    expect(othersOf(files)).toEqual([
      'import type { default as Order } from "./b.js";',
      'import type { Out as In } from "./c.js";',
    ]);
  });
});

describe("declared errors", () => {
  it("may be imported ones, also under another name", () => {
    const files = {
      "src/orders.ts":
        'import type { Gone as Lost } from "./errors.js";\nexport interface C {\n/** @throws {Lost} */\nm(): Promise<void> }',
      "src/errors.ts": "export interface Gone { id: string }",
    };
    expect(othersOf(files)).toEqual(['import type { Gone } from "./errors.js";']);
  });
});

describe("the contract itself", () => {
  it.each([
    ["by its name", "export interface C { m(): Promise<void> }", "C"],
    ["as a default export", "export default interface C { m(): Promise<void> }", "default as C"],
    ["by the name of its export", "interface C { m(): Promise<void> }\nexport type { C as Renamed };", "Renamed as C"],
    ["under a name that hides nothing", "export interface Service { m(): Promise<void> }", "Service as Service2"],
  ])("is imported %s", (_, source, expected) => {
    expect(importsOf({ "src/orders.ts": source })).toEqual([`import type { ${expected} } from "./orders.js";`]);
  });
});
