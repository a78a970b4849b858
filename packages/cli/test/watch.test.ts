// A watch generates again what an edit concerns, and survives what people do to files. Events are counted, never timed.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planGen } from "../dist/gen-plan.js";
import { type WatchEvent, watchContracts } from "../dist/watch.js";
import { watchLines } from "../dist/watch-report.js";

const home = process.cwd();
let folder: string;
let watch: Watch | undefined;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tautline-watch-")));
  process.chdir(folder);
  write("tautline.config.json", JSON.stringify({ files: ["src/**/*.ts"] }));
  write("src/lines.ts", "export interface Line { sku: string }\n");
  write("src/orders.ts", importing("Orders"));
  write("src/users.ts", contract("Users"));
  age();
});

afterEach(async () => {
  await watch?.end();
  watch = undefined;
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Makes all that is there an hour old: a watch looks twice at what is as young as itself. */
function age(): void {
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const name of ["package.json", "tautline.config.json", "src/lines.ts", "src/orders.ts", "src/users.ts"])
    if (existsSync(join(folder, name))) utimesSync(join(folder, name), anHourAgo, anHourAgo);
}

function contract(name: string, method = "get"): string {
  return `export interface ${name} { ${method}(id: string): Promise<string> }\n`;
}

function importing(name: string): string {
  return `import type { Line } from "./lines.js";\nexport interface ${name} { get(): Promise<Line> }\n`;
}

const read = (name: string) => readFileSync(join(folder, name), "utf8");

/** A running watch, whose events are taken one by one. */
class Watch {
  readonly #events: WatchEvent[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #arrived: () => void = () => undefined;

  constructor() {
    this.#running = watchContracts({
      plan: async () => (await planGen([])) ?? expect.fail("no configuration"),
      tell: (event) => {
        this.#events.push(event);
        this.#arrived();
      },
      signal: this.#stop.signal,
    });
  }

  async next() {
    while (this.#events.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
    const event = this.#events.shift() ?? expect.fail();
    const files = event.files.map(({ path, outcome }) => `${outcome} ${path}`);
    return { files, problems: event.diagnostics.map(({ file }) => file), error: event.error };
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

async function start(): Promise<Watch> {
  watch = new Watch();
  const files = ["written src/orders.rpc.ts", "written src/users.rpc.ts"];
  expect(await watch.next()).toEqual({ files, problems: [], error: undefined });
  return watch;
}

const wrote = (...names: string[]) => ({
  files: names.map((name) => `written src/${name}`),
  problems: [],
  error: undefined,
});

test("an edit generates again what it concerns, and nothing else", async () => {
  const watch = await start();
  write("src/users.ts", contract("Users", "find"));
  expect(await watch.next()).toEqual(wrote("users.rpc.ts"));
  expect(read("src/users.rpc.ts")).toContain("find(");
});

test("an edit of an imported file generates again whoever imports it", async () => {
  const watch = await start();
  write("src/lines.ts", "export interface Line { sku: string; count: number }\n");
  expect(await watch.next()).toEqual(wrote("orders.rpc.ts"));
  expect(read("src/orders.rpc.ts")).toContain("count");
});

test("how the neighbours import concerns whoever has no imports, and an edit beside them does not", async () => {
  write("src/users.ts", "export interface User { id: string }\nexport interface Users { get(): Promise<User> }\n");
  age();
  const watch = await start();
  write("src/lines.ts", "export interface Line { id: string }\n");
  expect(await watch.next()).toEqual(wrote("orders.rpc.ts"));
  write("src/orders.ts", importing("Orders").replace("./lines.js", "./lines.ts"));
  expect(await watch.next()).toEqual(wrote("orders.rpc.ts", "users.rpc.ts"));
});

test("the snapshot of the contracts follows in a pause, and keeps what a broken one said", async () => {
  write("tautline.config.json", JSON.stringify({ files: ["src/**/*.ts"], lock: "lock.json" }));
  age();
  watch = new Watch();
  expect((await watch.next()).files).toHaveLength(2);
  expect((await watch.next()).files).toEqual(["written lock.json"]);
  write("src/users.ts", contract("Users", "find"));
  expect(await watch.next()).toEqual(wrote("users.rpc.ts"));
  expect((await watch.next()).files).toEqual(["written lock.json"]);
  expect(read("lock.json")).toContain('"find"');
  write("src/lines.ts", "export interface Line {");
  expect(await watch.next()).toMatchObject({ files: [] });
  await watch.end();
  expect(Object.keys((JSON.parse(read("lock.json")) as { services: object }).services)).toEqual(["Orders", "Users"]);
});

test("a snapshot that two services of one name kept from being written follows once one of them is gone", async () => {
  write("tautline.config.json", JSON.stringify({ files: ["src/**/*.ts"], lock: "lock.json" }));
  write("src/users.ts", contract("Orders", "find"));
  age();
  watch = new Watch();
  expect((await watch.next()).files).toHaveLength(2);
  expect((await watch.next()).error?.message).toContain("both have a service Orders");
  write("src/users.ts", contract("Users", "find"));
  expect((await watch.next()).files).toContain("written src/users.rpc.ts");
  expect((await watch.next()).files).toEqual(["written lock.json"]);
  expect(Object.keys((JSON.parse(read("lock.json")) as { services: object }).services)).toEqual(["Orders", "Users"]);
});

test("a save without a change, and a file that is none of its business, are no event", async () => {
  const watch = await start();
  write("src/users.ts", contract("Users", "find"));
  await watch.next();
  write("src/users.ts", contract("Users", "find"));
  write("src/notes.md", "notes");
  write("src/lines.ts", "export interface Line { id: string }\n");
  expect(await watch.next()).toEqual(wrote("orders.rpc.ts"));
});

test("a file that an editor replaces by another is followed", async () => {
  const watch = await start();
  for (const method of ["first", "second"]) {
    write("src/.users.ts.swp", contract("Users", method));
    renameSync(join(folder, "src/.users.ts.swp"), join(folder, "src/users.ts"));
    expect(await watch.next()).toEqual(wrote("users.rpc.ts"));
    expect(read("src/users.rpc.ts")).toContain(`${method}(`);
  }
});

test("a file that does not compile is told, its output is left, and the next edit mends it", async () => {
  const watch = await start();
  const before = read("src/users.rpc.ts");
  write("src/users.ts", "export interface Users { get(id: str");
  expect(await watch.next()).toMatchObject({ files: [], problems: expect.arrayContaining(["src/users.ts"]) });
  expect(read("src/users.rpc.ts")).toBe(before);
  write("src/users.ts", contract("Users", "find"));
  expect(await watch.next()).toEqual(wrote("users.rpc.ts"));
});

test("a new file that a pattern finds is generated, in a new folder too", async () => {
  const watch = await start();
  write("src/bills.ts", contract("Bills"));
  expect(await watch.next()).toEqual(wrote("bills.rpc.ts"));
  write("src/deep/deeper/tills.ts", contract("Tills"));
  expect(await watch.next()).toEqual(wrote("deep/deeper/tills.rpc.ts"));
});

test("a deleted file is a problem of whoever imports it, until it is there again", async () => {
  const watch = await start();
  const text = read("src/lines.ts");
  rmSync(join(folder, "src/lines.ts"));
  expect(await watch.next()).toMatchObject({ files: [], problems: ["src/orders.ts"] });
  write("src/lines.ts", text);
  expect(await watch.next()).toMatchObject({ files: ["unchanged src/orders.rpc.ts"], problems: [] });
});

test("a deleted contract is forgotten, and its output is left to its owner", async () => {
  const watch = await start();
  rmSync(join(folder, "src/users.ts"));
  write("src/lines.ts", "export interface Line { id: string }\n");
  expect(await watch.next()).toEqual(wrote("orders.rpc.ts"));
  expect(existsSync(join(folder, "src/users.rpc.ts"))).toBe(true);
});

test("a configuration that becomes wrong is told, and taken up again when it is mended", async () => {
  const watch = await start();
  write("tautline.config.json", `{ "fils": [] }`);
  expect(await watch.next()).toMatchObject({ error: { message: expect.stringContaining(`"fils" is no setting`) } });
  write("src/users.ts", contract("Users", "find"));
  write("tautline.config.json", JSON.stringify({ files: ["src/users.ts"] }));
  let event = await watch.next();
  while (event.error !== undefined) event = await watch.next();
  expect(event).toEqual(wrote("users.rpc.ts"));
});

test("a line tells the cause, what was done and in how long", () => {
  const event = {
    changed: [join(folder, "src/users.ts")],
    files: [],
    diagnostics: [],
    error: undefined,
    elapsedMs: 40.2,
  };
  const file = { path: "src/users.rpc.ts", text: "", oldText: undefined, outcome: "written" as const };
  expect(watchLines({ ...event, files: [file] })).toBe("src/users.ts: written src/users.rpc.ts in 41 ms\n");
  const diagnostic = { file: "src/users.ts", line: 1, column: 2, message: "no" };
  expect(watchLines({ ...event, diagnostics: [diagnostic] })).toBe(
    "src/users.ts: 1 problem in 41 ms\nsrc/users.ts:1:2 no\n",
  );
  expect(watchLines({ ...event, changed: [], files: [file, file] })).toBe("watching: written 2 files in 41 ms\n");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends the command with 0", async (signal) => {
  const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
  const child = spawn(process.execPath, [main, "gen", "--watch"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", (code, by) => resolve({ code, by })));
  for await (const line of createInterface({ input: child.stdout })) {
    expect(line).toMatch(/^watching: written 2 files in \d+ ms$/);
    child.kill(signal);
  }
  expect(await exited).toEqual({ code: 0, by: null });
});

test("the snapshot beside package.json follows each pause, and is no edit itself", async () => {
  write("package.json", "{}");
  age();
  watch = new Watch();
  expect((await watch.next()).files).toEqual(["written src/orders.rpc.ts", "written src/users.rpc.ts"]);
  expect((await watch.next()).files).toEqual(["written tautline.lock.json"]);
  for (const method of ["find", "look"]) {
    write("src/users.ts", contract("Users", method));
    expect((await watch.next()).files).toEqual(["written src/users.rpc.ts"]);
    expect((await watch.next()).files).toEqual(["written tautline.lock.json"]);
    const { services } = JSON.parse(read("tautline.lock.json"));
    expect([Object.keys(services), Object.keys(services.Users.methods)]).toEqual([["Orders", "Users"], [method]]);
  }
});
