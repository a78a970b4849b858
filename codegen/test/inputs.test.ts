// What an output stands on is told completely, and generating again from open sources gives what generating anew gives.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generate, Generator, type Generated } from "../dist/index.js";
import { stampOf } from "../dist/inputs.js";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tautline-inputs-")));
  write("tsconfig.json", `{ "extends": "./base.json" }`);
  write("base.json", `{ "compilerOptions": { "module": "nodenext" } }`);
  write("money.ts", `export interface Money { amount: bigint }\n`);
  write("lines.ts", `import type { Money } from "./money.js";\nexport interface Line { price: Money }\n`);
  write("orders.ts", contract("Orders", "Line", "./lines.js"));
  write("users.ts", `export interface User { name: string }\nexport interface Users { find(): Promise<User> }\n`);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

function write(name: string, text: string): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

function contract(name: string, type: string, from: string): string {
  return `import type { ${type} } from "${from}";\nexport interface ${name} { get(): Promise<${type}> }\n`;
}

const said = ({ outputs, diagnostics }: Generated) => ({ outputs, diagnostics });
const stamps = (inputs: readonly string[] = []) => new Map(inputs.map((each) => [each, stampOf(each)]));

test("an output stands on its source, on all that this imports over any steps, and on every tsconfig behind it", () => {
  const { inputs } = generate([at("orders.ts"), at("users.ts")]);
  const orders = inputs.get(at("orders.ts"));
  for (const name of ["orders.ts", "lines.ts", "money.ts", "tsconfig.json", "base.json"])
    expect(orders).toContain(at(name));
  expect(orders).not.toContain(at("users.ts"));
  expect(inputs.get(at("users.ts"))).not.toContain(at("money.ts"));
});

/** Changes after which the text may be another; what is generated then must not be taken from a memory. */
const changes: readonly { readonly change: string; readonly edit: () => void }[] = [
  { change: "its source", edit: () => write("orders.ts", contract("Orders", "Money", "./money.js")) },
  { change: "a source two imports away", edit: () => write("money.ts", "export interface Money { cents: number }\n") },
  { change: "a module that is deleted", edit: () => rmSync(at("money.ts")) },
  {
    change: "a new module that stands before the one found",
    edit: () => write("lines.tsx", "export type Line = 1;\n"),
  },
  { change: "the options", edit: () => write("base.json", `{ "compilerOptions": { "module": "preserve" } }`) },
  { change: "a new package.json", edit: () => write("package.json", `{ "type": "module" }`) },
];

test.each(changes)("$change shows in the stamps, and in what open sources give", ({ edit }) => {
  const open = new Generator();
  const first = open.generate([at("orders.ts")]);
  expect(first.outputs).toHaveLength(1);
  const before = stamps(first.inputs.get(at("orders.ts")));
  edit();
  const changed = [...before].filter(([path, stamp]) => stampOf(path) !== stamp).map(([path]) => path);
  open.refresh(changed);
  const anew = generate([at("orders.ts")]);
  expect(said(open.generate([at("orders.ts")]))).toEqual(said(anew));
  if (anew.outputs[0]?.text !== first.outputs[0]?.text) expect(changed).not.toEqual([]);
});

test("how the neighbours import is an input of a source that shows it not itself", () => {
  const { inputs } = generate([at("users.ts")]);
  const before = stamps(inputs.get(at("users.ts")));
  expect(before.get(`${folder}/`)).toBe("imports .js");
  write("lines.ts", `import type { Money } from "./money.ts";\nexport interface Line { price: Money }\n`);
  expect(stampOf(`${folder}/`)).not.toBe(before.get(`${folder}/`));
});

test("a source that declares globals is an input of every output", () => {
  write("globals.ts", `declare global { interface Known { id: string } }\nexport {};\n`);
  write("lines.ts", `import "./globals.js";\nexport interface Line { known: Known }\n`);
  const { inputs } = generate([at("orders.ts"), at("users.ts")]);
  expect(inputs.get(at("users.ts"))).toContain(at("globals.ts"));
});

test("a source that does not parse is told with its place, whoever imports it, and mends itself", () => {
  const open = new Generator();
  const first = open.generate([at("orders.ts")]);
  write("money.ts", "export interface Money { amount: \n");
  open.refresh([at("money.ts")]);
  const broken = open.generate([at("orders.ts")]);
  expect(broken.outputs).toEqual([]);
  expect(broken.diagnostics[0]?.message).toMatch(/^this is no TypeScript: /);
  expect(broken.inputs.get(at("orders.ts"))).toContain(at("money.ts"));
  write("money.ts", `export interface Money { amount: bigint }\n`);
  open.refresh([at("money.ts")]);
  expect(said(open.generate([at("orders.ts")]))).toEqual(said(first));
});

test("a file that may lack a contract is passed over", () => {
  const mayLackContract = new Set([at("money.ts")]);
  expect(generate([at("money.ts")], { mayLackContract })).toMatchObject({ outputs: [], diagnostics: [] });
  expect(generate([at("money.ts")]).diagnostics).toHaveLength(1);
});
