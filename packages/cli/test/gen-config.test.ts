// What gen takes from a project's configuration, and what it remembers from run to run: in process, so that what it
// read can be counted.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommandLine } from "../dist/command-line.js";
import { generateClients } from "../dist/gen.js";
import { planGen } from "../dist/gen-plan.js";

const home = process.cwd();
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tautline-config-")));
  process.chdir(folder);
  write("src/orders.ts", contract("Orders"));
  write("src/deep/users.ts", contract("Users"));
  write("src/plain.ts", "export interface Plain { id: string }\n");
});

afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Written an hour ago, so that no file is as young as the run that reads it. */
function write(name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const anHourAgo = Date.now() / 1000 - 3600;
  for (let at = path; at !== dirname(folder); at = dirname(at)) utimesSync(at, anHourAgo, anHourAgo);
}

function contract(name: string, type = "string"): string {
  return `export interface ${name} { get(id: ${type}): Promise<${type}> }\n`;
}

function configure(config: unknown): void {
  write("tautline.config.json", JSON.stringify(config));
}

async function commandLine(...args: string[]) {
  let [stdout, stderr] = ["", ""];
  const code = await runCommandLine(args, {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  });
  return { code, stdout, stderr };
}

test("gen without files generates what the patterns of tautline.config.json find, and passes over what is no contract", async () => {
  configure({ files: ["src/**/*.ts"] });
  const stdout = "written   src/deep/users.rpc.ts\nwritten   src/orders.rpc.ts\n";
  expect(await commandLine("gen")).toEqual({ code: 0, stdout, stderr: "" });
});

test("generated files are found by no pattern", async () => {
  configure({ files: ["src/**/*.ts"] });
  await commandLine("gen");
  expect(await commandLine("gen", "--check")).toMatchObject({ code: 0, stderr: "" });
});

test.each([
  { patterns: ["src/*.ts"], files: ["src/orders.ts", "src/plain.ts"] },
  { patterns: ["src/{orders,plain}.ts", "!src/pl*"], files: ["src/orders.ts"] },
  { patterns: ["**/u?ers.ts"], files: ["src/deep/users.ts"] },
  { patterns: ["src/gone.ts"], files: ["src/gone.ts"] },
  { patterns: ["nowhere/*.ts"], files: [] },
])("the patterns $patterns name $files", async ({ patterns, files }) => {
  configure({ files: patterns });
  expect((await planGen([]))?.files).toEqual(files);
});

test("the key of a package.json configures as well, from any folder below", async () => {
  write("package.json", JSON.stringify({ name: "shop", tautline: { files: ["src/orders.ts"] } }));
  process.chdir(join(folder, "src/deep"));
  expect((await planGen([]))?.files).toEqual([join(folder, "src/orders.ts")]);
});

test("files of the command line go before those of the configuration, whose tsconfig still counts", async () => {
  configure({ files: ["src/*.ts"], tsconfig: "other.json" });
  expect(await planGen(["src/plain.ts"])).toMatchObject({
    files: ["src/plain.ts"],
    tsconfig: join(folder, "other.json"),
  });
  expect((await planGen([], { tsconfig: "third.json" }))?.tsconfig).toBe(join(folder, "third.json"));
});

test("a path that is listed and has no contract is an error, unlike one that a pattern found", async () => {
  configure({ files: ["src/plain.ts"] });
  expect(await commandLine("gen")).toMatchObject({ code: 1, stderr: expect.stringMatching(/^src\/plain\.ts:1:1 /) });
});

test.each([
  { config: `{`, told: "is no JSON" },
  { config: `[]`, told: "must be an object" },
  { config: `{"files":["a.ts"],"fils":1}`, told: `"fils" is no setting; there are: files, tsconfig, lock` },
  { config: `{}`, told: `"files" must be a list of paths or patterns` },
  { config: `{"files":[]}`, told: `"files" must be a list of paths or patterns` },
  { config: `{"files":[1]}`, told: `"files" must be a list of paths or patterns` },
  { config: `{"files":["a.ts"],"tsconfig":3}`, told: `"tsconfig" must be a path` },
])("the configuration $config is refused: $told", async ({ config, told }) => {
  write("tautline.config.json", config);
  const { code, stdout, stderr } = await commandLine("gen");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(`${join(folder, "tautline.config.json")}: `);
  expect(stderr).toContain(told);
});

test("what is wrong in package.json is named under its key", async () => {
  write("package.json", JSON.stringify({ tautline: { files: ["a.ts"], wach: true } }));
  expect((await commandLine("gen")).stderr).toContain(`"tautline.wach" is no setting`);
});

const sources = () => ["src/deep/users.ts", "src/orders.ts"].map((name) => join(folder, name));

async function generated() {
  const { files, sourcesRead } = await generateClients(sources());
  return { outcomes: files.map(({ outcome }) => outcome), sourcesRead };
}

test("what has not changed since the last run is not read again", async () => {
  write("node_modules/.keep", "");
  expect(await generated()).toEqual({ outcomes: ["written", "written"], sourcesRead: 2 });
  expect(await generated()).toEqual({ outcomes: ["unchanged", "unchanged"], sourcesRead: 0 });
  expect((await generateClients(sources(), { force: true })).sourcesRead).toBe(2);
});

test("what is remembered does not depend on the working directory", async () => {
  write("node_modules/.keep", "");
  await generated();
  process.chdir(join(folder, "src"));
  expect(await generateClients(["orders.ts"])).toMatchObject({ files: [{ path: "orders.rpc.ts" }], sourcesRead: 0 });
});

test("without a node_modules nothing is remembered, and nothing is left behind", async () => {
  await generated();
  expect(await generated()).toEqual({ outcomes: ["unchanged", "unchanged"], sourcesRead: 2 });
  expect(existsSync(join(folder, "node_modules"))).toBe(false);
});

test.each([
  { change: "its source", edit: () => write("src/orders.ts", contract("Orders", "number")), outcome: "written" },
  {
    change: "its output, edited by hand",
    edit: () => write("src/orders.rpc.ts", "// mine\n"),
    outcome: "written",
  },
  { change: "its output, deleted", edit: () => rmSync(join(folder, "src/orders.rpc.ts")), outcome: "written" },
])("a change of $change generates that one again", async ({ edit, outcome }) => {
  write("node_modules/.keep", "");
  await generated();
  edit();
  expect(await generated()).toEqual({ outcomes: ["unchanged", outcome], sourcesRead: 1 });
});

test("a new tsconfig.json generates everything again", async () => {
  write("node_modules/.keep", "");
  await generated();
  write("src/tsconfig.json", `{ "compilerOptions": { "module": "preserve" } }`);
  expect((await generated()).sourcesRead).toBe(2);
});

test("a file that is younger than the run is not remembered: it may have changed while it was read", async () => {
  write("node_modules/.keep", "");
  const soon = Date.now() / 1000 + 60;
  utimesSync(join(folder, "src/orders.ts"), soon, soon);
  await generated();
  expect((await generated()).sourcesRead).toBe(1);
});

test("a contract with a diagnostic is told in every run", async () => {
  write("node_modules/.keep", "");
  write("src/orders.ts", "export interface Orders { get(back: () => void): Promise<void> }\n");
  const first = await generateClients(sources());
  expect(first.diagnostics).toHaveLength(1);
  expect(await generateClients(sources())).toMatchObject({ diagnostics: first.diagnostics, sourcesRead: 1 });
});

test("a contract whose import is broken stays in the snapshot as it was", async () => {
  const lock = join(folder, "lock.json");
  write("src/line.ts", "export interface Line { sku: string }\n");
  write("src/orders.ts", `import type { Line } from "./line.js";\n${contract("Orders", "Line")}`);
  await generateClients(sources(), { lock });
  const before = readFileSync(lock, "utf8");
  write("src/line.ts", "export interface Line {");
  expect((await generateClients(sources(), { lock })).diagnostics).not.toEqual([]);
  expect(readFileSync(lock, "utf8")).toBe(before);
});

test("a memory that is damaged is no memory", async () => {
  write("node_modules/.keep", "");
  await generated();
  const cache = join(folder, "node_modules/.cache/tautline");
  const [name = ""] = readdirSync(cache);
  writeFileSync(join(cache, name), readFileSync(join(cache, name), "utf8").slice(0, 100));
  expect((await generated()).sourcesRead).toBe(2);
});

test("gen --schema describes every service and writes no client", async () => {
  configure({ files: ["src/**/*.ts"] });
  const { code, stdout, stderr } = await commandLine("gen", "--schema", "json-schema");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { $defs } = JSON.parse(stdout) as { $defs: object };
  expect(Object.keys($defs)).toEqual([
    "Orders/get.arguments",
    "Orders/get.result",
    "Users/get.arguments",
    "Users/get.result",
  ]);
  expect(existsSync(join(folder, "src/orders.rpc.ts"))).toBe(false);
});

test("gen --schema --out writes the description where it changed", async () => {
  const args = ["gen", "--schema", "markdown", "--out", "services.md", "src/orders.ts"];
  expect(await commandLine(...args)).toEqual({ code: 0, stdout: "written   services.md\n", stderr: "" });
  expect(await commandLine(...args)).toEqual({ code: 0, stdout: "unchanged services.md\n", stderr: "" });
  expect(readFileSync(join(folder, "services.md"), "utf8")).toContain("## Orders");
});

test("gen --schema of a contract with a diagnostic tells it and writes nothing", async () => {
  write("src/orders.ts", "export interface Orders { get(back: () => void): Promise<void> }\n");
  const { code, stdout, stderr } = await commandLine("gen", "--schema", "markdown", "--out", "s.md", "src/orders.ts");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^src\/orders\.ts:1:/);
  expect(existsSync(join(folder, "s.md"))).toBe(false);
});
