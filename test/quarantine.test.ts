// Holds the linter to its doors: the repository's own configuration, over a tree of the same shape that breaks every rule.
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, tool } from "./support/packages.js";

const tls = ["node:tls", "tls", "node:https", "https", "node:http2", "http2"];
const msgpack = ["msgpackr", "msgpackr/pack", "msgpackr/unpack", "msgpackr-extract"];
const compiler = ["ts-morph", "typescript", "@ts-morph/common"];
const command = ["tautline", "tautline/package.json"];
const everywhere = ["node:net", "node:stream", "./neighbour.js"];
const outside = ["../../core/dist/index.js", "../dist/index.js"];

/** Each file of the tree, what it may import, and what it may not. */
const files: readonly { path: string; allowed: readonly string[]; refused: readonly string[] }[] = [
  {
    path: "packages/core/src/any.ts",
    allowed: everywhere,
    refused: [...tls, ...msgpack, ...compiler, ...command, ...outside, "@tautline/rpc", "@tautline/codegen"],
  },
  ...["tls", "tls-context", "tls-server", "tls-probe"].map((name) => ({
    path: `packages/core/src/${name}.ts`,
    allowed: [...everywhere, ...tls],
    refused: [...msgpack, ...compiler, ...command, ...outside, "@tautline/rpc", "@tautline/codegen"],
  })),
  {
    path: "packages/core/src/tls-material.ts",
    allowed: everywhere,
    refused: [...tls, ...msgpack, ...compiler, ...command, ...outside, "@tautline/rpc", "@tautline/codegen"],
  },
  {
    path: "packages/rpc/src/any.ts",
    allowed: [...everywhere, "@tautline/core"],
    refused: [...tls, ...msgpack, ...compiler, ...command, ...outside, "@tautline/core/dist/x.js", "@tautline/codegen"],
  },
  {
    path: "packages/rpc/src/codec.ts",
    allowed: [...everywhere, ...msgpack, "@tautline/core"],
    refused: [...tls, ...compiler, ...command, ...outside, "@tautline/core/dist/x.js", "@tautline/codegen"],
  },
  {
    path: "codegen/src/any.ts",
    allowed: everywhere,
    refused: [...tls, ...msgpack, ...compiler, ...command, ...outside, "@tautline/core", "@tautline/rpc"],
  },
  {
    path: "codegen/src/compiler.ts",
    allowed: [...everywhere, ...compiler],
    refused: [...tls, ...msgpack, ...command, ...outside, "@tautline/core", "@tautline/rpc"],
  },
  {
    path: "packages/cli/src/any.ts",
    allowed: [...everywhere, "@tautline/codegen", "@tautline/rpc", "@tautline/core", "@tautline/core/probe"],
    refused: [...tls, ...msgpack, ...compiler, ...command, ...outside, "@tautline/rpc/dist/x.js", "@tautline/test"],
  },
  {
    path: "examples/depot/src/any.ts",
    allowed: [...everywhere, "@tautline/core", "@tautline/rpc", "tautline", "../dist/index.js"],
    refused: ["@tautline/rpc/dist/x.js", "tautline/dist/x.js", "../../../packages/core/dist/index.js"],
  },
];

/** Every way to write an import, each of which must meet the door. */
const forms: readonly { form: string; code: string; rule: string }[] = [
  { form: "import", code: `import { connect } from "node:tls";`, rule: "eslint(no-restricted-imports)" },
  { form: "import for its effect", code: `import "tls";`, rule: "eslint(no-restricted-imports)" },
  { form: "type import", code: `import type { Server } from "node:tls";`, rule: "eslint(no-restricted-imports)" },
  { form: "import()", code: `export const late = import("node:tls");`, rule: "eslint(no-restricted-imports)" },
  { form: "re-export", code: `export { createServer } from "node:tls";`, rule: "eslint(no-restricted-imports)" },
  { form: "re-export of all", code: `export * from "node:tls";`, rule: "eslint(no-restricted-imports)" },
  {
    form: "import() in a type",
    code: `export type Late = import("node:tls").TLSSocket;`,
    rule: "typescript(consistent-type-imports)",
  },
  {
    form: "import require",
    code: `import required = require("node:tls");`,
    rule: "typescript(no-require-imports)",
  },
];

/** The rules that this code base leans on, with a line that each must refuse. */
const leaned: readonly { rule: string; code: string }[] = [
  { rule: "typescript(no-floating-promises)", code: `Promise.resolve(1);` },
  { rule: "typescript(no-misused-promises)", code: `[1].forEach(async () => {});` },
  { rule: "typescript(no-explicit-any)", code: `export const anything: any = 1;` },
  { rule: "eslint(eqeqeq)", code: `export const same = (left: number, right: number) => left == right;` },
  { rule: "eslint(no-unused-vars)", code: `const unused = 1;` },
  { rule: "eslint(no-console)", code: `console.log("a library is silent");` },
];

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

let tree: string;
let diagnostics: readonly Diagnostic[];

/** What was reported in a file: the line of each report, counted from 1, with its rule. */
function reports(path: string): { line: number; rule: string }[] {
  return diagnostics
    .filter(({ filename }) => filename === path)
    .map(({ code, labels }) => ({ line: labels[0]?.span.line ?? 0, rule: code }));
}

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "tautline-quarantine-"));
  const write = async (path: string, lines: readonly string[]) => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), `${lines.join("\n")}\n`);
  };
  await cp(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
  await cp(join(root, "tsconfig.base.json"), join(tree, "tsconfig.base.json"));
  // The type-aware half looks for its binary, and for the types of Node, from where it runs.
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  await write("tsconfig.json", [`{ "extends": "./tsconfig.base.json", "include": ["**/*.ts"] }`]);
  for (const { path, allowed, refused } of files) {
    const imports = [...allowed, ...refused].map((module, index) => `import * as line${index + 1} from "${module}";`);
    await write(path, imports);
  }
  const lines = (cases: readonly { code: string }[]) => cases.map(({ code }) => code);
  await write("packages/core/src/forms.ts", lines(forms));
  await write("packages/core/src/leaned.ts", lines(leaned));
  await write("packages/core/src/hen.ts", [`import type { Egg } from "./egg.js";`, `export type Hen = Egg | 1;`]);
  await write("packages/core/src/egg.ts", [`import type { Hen } from "./hen.js";`, `export type Egg = Hen | 2;`]);
  const args = ["--type-aware", "--format=json", "--ignore-pattern=node_modules"];
  const { stdout, stderr } = await tool("oxlint", args, tree);
  expect(stderr).toBe("");
  ({ diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] });
});

afterAll(() => rm(tree, { recursive: true, force: true }));

test.each(files)("$path is closed to exactly what has another door", ({ path, allowed, refused }) => {
  const modules = [...allowed, ...refused];
  const closed = reports(path).filter(({ rule }) => rule === "eslint(no-restricted-imports)");
  expect(new Set(closed.map(({ line }) => modules[line - 1]))).toEqual(new Set(refused));
});

test.each(forms)("a door is closed to $form", ({ code, rule }) => {
  const line = forms.findIndex((each) => each.code === code) + 1;
  expect(reports("packages/core/src/forms.ts")).toContainEqual({ line, rule });
});

test.each(leaned)("$rule is an error", ({ code, rule }) => {
  const line = leaned.findIndex((each) => each.code === code) + 1;
  expect(reports("packages/core/src/leaned.ts")).toContainEqual({ line, rule });
});

test("a cycle of imports is an error, even of types alone", () => {
  expect(reports("packages/core/src/hen.ts")).toContainEqual({ line: 1, rule: "import(no-cycle)" });
});

test("no source loads a module in a way that the linter cannot see", async () => {
  const hidden = /\b(createRequire|getBuiltinModule|process\.binding)\b|-disable.*no-restricted-imports/;
  const found: string[] = [];
  for (const folder of ["packages/core/src", "packages/rpc/src", "packages/cli/src", "codegen/src"]) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && hidden.test(await readFile(path, "utf8"))) found.push(path.slice(root.length));
    }
  }
  expect(found).toEqual([]);
});
