// The command as a process: what it prints where, and its exit code.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tautline-command-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tautline(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("--version tells the package's version", () => {
  expect(tautline("--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("--help tells every command, and each command its options with an example", () => {
  expect(tautline("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("certs") });
  expect(tautline("certs", "--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("Examples:") });
});

test.each([
  { args: [], told: "Usage: tautline" },
  { args: ["frob"], told: "unknown command 'frob'" },
  { args: ["certs", "--daze", "3"], told: "unknown option '--daze'" },
  { args: ["certs", "--days", "soon"], told: "'soon' is invalid" },
  { args: ["certs", "extra"], told: "too many arguments" },
])("a wrong command line ($args) exits with 2, tells why on stderr, and writes nothing", ({ args, told }) => {
  expect(tautline(...args)).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining(told) });
  expect(readdirSync(folder)).toEqual([]);
});

test("certs tells each pair of files in an aligned table, without colours where nobody sees them", () => {
  const { status, stdout, stderr } = tautline("certs", "--server", "orders", "--client", "web", "billing");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const rows = stdout.split("\n").filter((line) => line.includes("-key.pem") && line.includes("made"));
  expect(rows.map((row) => row.split(/\s+/)[0])).toEqual(["ca.pem", "orders.pem", "web.pem", "billing.pem"]);
  expect(new Set(rows.map((row) => row.search(/\d{4}-\d\d-\d\d/))).size).toBe(1);
  expect(stdout).not.toContain("\u001b");
});

test("certs --json tells machines the same, with absolute paths and ISO dates", () => {
  const { status, stdout } = tautline("certs", "--out", "here", "--json");
  expect(status).toBe(0);
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  expect(JSON.parse(stdout)).toMatchObject({
    folder: join(folder, "here"),
    authority: { name: "ca", certificatePath: join(folder, "here", "ca.pem"), expires: iso, outcome: "made" },
    leaves: [
      { name: "server", roles: ["server"], keyPath: join(folder, "here", "server-key.pem"), expires: iso },
      { name: "client", roles: ["client"], spiffeId: "spiffe://development/client", expires: iso },
    ],
  });
});

test("certs that would overwrite a stranger's file exits with 1 and one line of remedy, no stack", () => {
  writeFileSync(join(folder, "ca.pem"), "mine");
  const { status, stdout, stderr } = tautline("certs", "--out", ".");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("--force");
  expect(stderr).not.toContain("    at ");
});

test("a folder that cannot be made exits with 1 and the system's reason, no stack", () => {
  writeFileSync(join(folder, "file"), "");
  const { status, stderr } = tautline("certs", "--out", "file/certs");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: (ENOTDIR|EEXIST)/);
  expect(stderr).not.toContain("    at ");
});
