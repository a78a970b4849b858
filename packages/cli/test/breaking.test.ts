// The snapshot that `gen` keeps, and what `breaking` tells of a change: the command as a process, over git.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const orders = `export interface Orders {
  place(order: { lines: { sku: string; qty: number }[] }): Promise<{ id: string; note?: string }>;
  cancel(id: string): Promise<void>;
}
`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tautline-breaking-"));
  write("package.json", "{}");
  write("orders.ts", orders);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function tautline(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

function commitAll(): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  if (!existsSync(join(folder, ".git"))) git("init", "-q");
  git("add", "--all");
  git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--no-verify", "-m", "all");
}

describe("gen", () => {
  it("writes a snapshot beside package.json, and leaves it as it is while nothing changes", () => {
    expect(tautline("gen", "orders.ts").stdout).toBe("written   orders.rpc.ts\nwritten   tautline.lock.json\n");
    const { version, services } = JSON.parse(read("tautline.lock.json"));
    expect(version).toBe(1);
    expect(services.Orders).toMatchObject({ contract: "Orders", source: "orders.ts" });
    expect(Object.keys(services.Orders.methods)).toEqual(["cancel", "place"]);
    expect(tautline("gen", "orders.ts").stdout).toBe("unchanged orders.rpc.ts\nunchanged tautline.lock.json\n");
  });

  it("says the same of reordered and documented contracts", () => {
    tautline("gen", "orders.ts");
    const before = read("tautline.lock.json");
    write(
      "orders.ts",
      orders
        .replace("sku: string; qty: number", "qty: number; sku: string")
        .replace("cancel", "/** Ends it. */ cancel"),
    );
    expect(tautline("gen", "orders.ts").stdout).toContain("unchanged tautline.lock.json");
    expect(read("tautline.lock.json")).toBe(before);
  });

  it("keeps the services of files that it was not given, and forgets those of files that are gone", () => {
    write("stock.ts", "export interface Stock { left(sku: string): Promise<number> }\n");
    write("old.ts", "export interface Old { call(): Promise<void> }\n");
    tautline("gen", "orders.ts", "stock.ts", "old.ts");
    rmSync(join(folder, "old.ts"));
    tautline("gen", "orders.ts");
    expect(Object.keys(JSON.parse(read("tautline.lock.json")).services)).toEqual(["Orders", "Stock"]);
  });

  it("--check finds a snapshot that is out of date", () => {
    tautline("gen", "orders.ts");
    write("tautline.lock.json", read("tautline.lock.json").replace('"qty"', '"count"'));
    const { status, stdout } = tautline("gen", "--check", "orders.ts");
    expect(status).toBe(1);
    expect(stdout).toContain("+++ tautline.lock.json");
  });

  it("keeps the snapshot where the configuration says", () => {
    mkdirSync(join(folder, "contracts"));
    write("tautline.config.json", JSON.stringify({ files: ["*.ts", "!*.rpc.ts"], lock: "contracts/lock.json" }));
    tautline("gen");
    expect(JSON.parse(read("contracts/lock.json")).services.Orders.source).toBe("../orders.ts");
    expect(existsSync(join(folder, "tautline.lock.json"))).toBe(false);
  });
});

describe("breaking", () => {
  beforeEach(() => {
    tautline("gen", "orders.ts");
    commitAll();
  });

  it("finds nothing where nothing changed, and exits with 0", () => {
    expect(tautline("breaking")).toEqual({ status: 0, stdout: "nothing breaks against git:HEAD\n", stderr: "" });
  });

  it("tells each finding with its place, both types, who breaks and what to do, and exits with 1", () => {
    write("orders.ts", orders.replace("qty: number", "qty: string").replace("; note?: string", ""));
    // The snapshot of the working tree may be up to date: what was committed counts.
    tautline("gen", "orders.ts");
    const { status, stdout } = tautline("breaking");
    expect(status).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "wire    Orders.place(order.lines[].qty)  number → string",
      "        what old clients send is not taken (breaks old clients)",
      "        instead: add an optional field with the new type, and keep this one until no old client is left",
      "",
      "source  Orders.place(): result.note      string → nothing",
      "        callers read a field that is not declared (breaks callers' source)",
      "        instead: keep it, optional and @deprecated",
      "",
      "against git:HEAD: 1 on the wire, 1 in callers' source",
      "",
    ]);
  });

  it("--level wire passes over what breaks only source", () => {
    write("orders.ts", orders.replace("; note?: string", ""));
    expect(tautline("breaking").status).toBe(1);
    expect(tautline("breaking", "--level", "wire").status).toBe(0);
  });

  it("--json tells the findings by rule", () => {
    write("orders.ts", orders.replace(/ {2}cancel.*\n/, ""));
    const { status, stdout } = tautline("breaking", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      against: "git:HEAD",
      findings: [
        { rule: "method-removed", level: "wire", service: "Orders", place: "Orders.cancel", breaks: ["old clients"] },
      ],
    });
  });

  it("names the places where new clients need new servers, which is no finding", () => {
    write("orders.ts", orders.replace("cancel(", "find(id: string): Promise<string>;\n  cancel("));
    expect(tautline("breaking")).toMatchObject({
      status: 0,
      stdout: "nothing breaks against git:HEAD\ndeploy servers first, for: Orders.find\n",
    });
  });

  it("finds a service whose file is gone", () => {
    write("stock.ts", "export interface Stock { left(sku: string): Promise<number> }\n");
    tautline("gen", "orders.ts", "stock.ts");
    commitAll();
    rmSync(join(folder, "stock.ts"));
    expect(tautline("breaking").stdout).toContain("wire    Stock  Stock → nothing");
  });

  it("compares with another commit, and with a file", () => {
    write("first.json", read("tautline.lock.json"));
    write("orders.ts", orders.replace("qty: number", "qty: string"));
    tautline("gen", "orders.ts");
    commitAll();
    expect(tautline("breaking").status).toBe(0);
    expect(tautline("breaking", "--against", "git:HEAD~1").status).toBe(1);
    expect(tautline("breaking", "--against", "first.json").status).toBe(1);
  });

  it.each([
    [["--against", "git:nowhere"], /^error: git has no tautline\.lock\.json in nowhere/],
    [["--against", "git:--help"], /^error: git:--help names no commit/],
    [["--against", "none.json"], /^error: there is no snapshot none\.json/],
    [["--against", "package.json"], /^error: package\.json is not a snapshot/],
    [["--against", "orders.ts"], /^error: orders\.ts is not JSON/],
    [["--level", "none"], /--level/],
  ])("exits with 2 where it cannot compare: %j", (args, message) => {
    const { status, stderr } = tautline("breaking", ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("exits with 2 where a contract cannot be read, and tells why", () => {
    write("orders.ts", orders.replace("qty: number", "qty: () => void"));
    const { status, stdout, stderr } = tautline("breaking");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^orders\.ts:2:\d+ /);
  });
});
