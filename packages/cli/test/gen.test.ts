// Generated files are kept up to date: the command as a process, over the real generator.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const good = `export interface Orders {\n  place(sku: string, count: number): Promise<string>;\n}\n`;
const bad = `export interface Bad {\n  call(back: () => void): Promise<void>;\n}\n`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tautline-gen-"));
  writeFileSync(join(folder, "orders.ts"), good);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function gen(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "gen", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("gen writes the generated file beside its contract and tells so", () => {
  expect(gen("orders.ts")).toEqual({ status: 0, stdout: "written   orders.rpc.ts\n", stderr: "" });
  expect(readFileSync(join(folder, "orders.rpc.ts"), "utf8")).toContain("const OrdersClient");
});

test("gen does not touch a file whose text is the same", () => {
  gen("orders.ts");
  utimesSync(join(folder, "orders.rpc.ts"), 1, 1);
  expect(gen("orders.ts")).toEqual({ status: 0, stdout: "unchanged orders.rpc.ts\n", stderr: "" });
  expect(statSync(join(folder, "orders.rpc.ts")).mtimeMs).toBe(1000);
});

test("gen --check passes what is up to date", () => {
  gen("orders.ts");
  expect(gen("--check", "orders.ts").status).toBe(0);
});

test("gen --check shows what is stale as a unified difference, exits with 1 and writes nothing", () => {
  gen("orders.ts");
  const stale = `${readFileSync(join(folder, "orders.rpc.ts"), "utf8")}// edited\n`;
  writeFileSync(join(folder, "orders.rpc.ts"), stale);
  const { status, stdout } = gen("--check", "orders.ts");
  expect(status).toBe(1);
  expect(stdout.split("\n")).toEqual(expect.arrayContaining(["--- orders.rpc.ts", "+++ orders.rpc.ts", "-// edited"]));
  expect(readFileSync(join(folder, "orders.rpc.ts"), "utf8")).toBe(stale);
});

test("gen --check takes a missing file for a stale one", () => {
  const { status, stdout } = gen("--check", "orders.ts");
  expect(status).toBe(1);
  expect(stdout.split("\n")).toEqual(expect.arrayContaining(["--- /dev/null", "+++ orders.rpc.ts"]));
  expect(readdirSync(folder)).toEqual(["orders.ts"]);
});

test("a contract that cannot be sent is told by file, line and column, and writes nothing; the others are written", () => {
  writeFileSync(join(folder, "bad.ts"), bad);
  const { status, stdout, stderr } = gen("bad.ts", "orders.ts");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "written   orders.rpc.ts\n" });
  expect(stderr).toMatch(/^bad\.ts:2:\d+ \S.*\n$/);
  expect(readdirSync(folder).sort()).toEqual(["bad.ts", "orders.rpc.ts", "orders.ts"]);
});

test("a contract that is not there is told on stderr and exits with 1", () => {
  const { status, stdout, stderr } = gen("nowhere.ts");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^nowhere\.ts:1:1 /);
});

test("gen --json tells machines each file and each diagnostic", () => {
  writeFileSync(join(folder, "bad.ts"), bad);
  const { status, stdout, stderr } = gen("--json", "orders.ts", "bad.ts");
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({
    files: [{ path: "orders.rpc.ts", outcome: "written" }],
    diagnostics: [{ file: "bad.ts", line: 2, column: expect.any(Number), message: expect.any(String) }],
  });
});

test("gen without files and without a configuration exits with 2 and tells both ways", () => {
  const { status, stdout, stderr } = gen();
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("tautline gen src/orders.ts");
  expect(stderr).toContain("tautline.config.json");
});

test("two files with a service of one name are told, and nothing is written: the snapshot would hold one of them", () => {
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(join(folder, "other.ts"), good);
  const told = "both have a service Orders: give each a name of its own (/** @service Orders.v1 */)\n";
  expect(gen("orders.ts", "other.ts")).toEqual({
    status: 1,
    stdout: "",
    stderr: `error: orders.ts and other.ts ${told}`,
  });
  expect(gen("orders.ts").status).toBe(0);
  // The snapshot knows the other file.
  expect(gen("other.ts")).toEqual({ status: 1, stdout: "", stderr: `error: orders.ts and other.ts ${told}` });
  expect(readdirSync(folder).filter((name) => name.startsWith("other"))).toEqual(["other.ts"]);
});
