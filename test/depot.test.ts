// The file depot of examples/depot: its demo as a process, its storage on a disk with traps, its service over mutual TLS.
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Changes } from "@tautline/example-depot/changes.js";
import { connectDepot } from "@tautline/example-depot/client/connection.js";
import { DepotService } from "@tautline/example-depot/depot-service.js";
import {
  DepotClient,
  depotService,
  ForbiddenPathError,
  NoSuchFileError,
  TooLargeError,
  WrongKindError,
} from "@tautline/example-depot/depot.rpc.js";
import { moveTree } from "@tautline/example-depot/demo/bulk.js";
import { Journal } from "@tautline/example-depot/demo/journal.js";
import type { Report } from "@tautline/example-depot/demo/report.js";
import { Screen } from "@tautline/example-depot/demo/screen.js";
import { assembleTree } from "@tautline/example-depot/demo/tree.js";
import { linesWith } from "@tautline/example-depot/search.js";
import { Storage } from "@tautline/example-depot/storage.js";
import { type Channel, RpcError, type Server, serve, silentLogger } from "@tautline/rpc";
import { makeDevelopmentCertificates } from "tautline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { root as repository, run } from "./support/packages.js";

/** The demo starts processes and moves megabytes, on a machine that may be busy. */
const demoTimeoutMs = 120_000;
const small = ["--mb", "4", "--files", "60"];

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tautline-depot-test-")));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("the demo", () => {
  const program = join(repository, "examples/depot/dist/demo.js");

  test(
    "holds all its expectations, tells them as one JSON document, and leaves no file behind",
    async () => {
      const env = { ...process.env, TMPDIR: folder };
      const { code, stdout, stderr } = await run(process.execPath, [program, "--json", ...small], { env });
      const report = JSON.parse(stdout) as Report;
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect({ code, stderr, ok: report.ok }).toEqual({ code: 0, stderr: "", ok: true });
      expect(await readdir(folder)).toEqual([]);

      expect(report.tree?.bytes).toBeGreaterThanOrEqual(4e6);
      expect(report.tree?.files).toBeGreaterThanOrEqual(60);
      expect(report.tree?.binaries).toBeGreaterThan(0);
      expect(report.connection).toMatchObject({ protocol: "TLSv1.3", server: "spiffe://depot.example/depot" });
      expect(report.connection?.cipher).toMatch(/^TLS_(AES|CHACHA20)/);
      expect(report.checks.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          "the generated files are current",
          "every file on disk has its SHA-256",
          "a search finds each line",
          "a watcher sees each change in order",
          "a tail follows a growing file",
          "a call past its deadline fails",
          "no partial file is left",
          "a declared error is caught by instanceof",
          "a reader may not change anything",
          "a client without a certificate is refused",
          "one connection carried all of it",
          "no unfinished upload is on its disk",
        ]),
      );
      const bulk = report.steps.filter(({ name }) => name === "upload" || name === "download");
      expect(bulk).toHaveLength(2);
      for (const { latency, bytes, calls } of bulk) {
        expect(bytes).toBe(report.tree?.bytes);
        expect(latency?.calls).toBeGreaterThan(0);
        expect(calls).toBe((report.tree?.files ?? 0) + (latency?.calls ?? 0));
      }
    },
    demoTimeoutMs,
  );

  /** The example as it is built, to be changed. Its packages are those of the workspace. */
  async function copyExample(): Promise<string> {
    const copy = join(folder, "examples/depot");
    for (const part of ["dist", "src", "package.json"]) {
      await cp(join(repository, "examples/depot", part), join(copy, part), { recursive: true });
    }
    await symlink(join(repository, "examples/depot/node_modules"), join(copy, "node_modules"));
    await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
    return copy;
  }

  test(
    "exits with 1 when one expectation does not hold, and writes plain lines where there is no terminal",
    async () => {
      const copy = await copyExample();
      // A contract that has changed since its files were generated.
      const contract = join(copy, "src/depot.ts");
      await writeFile(contract, (await readFile(contract, "utf8")).replace("bytes: number", "size: number"));

      const { code, stdout, stderr } = await run(process.execPath, [join(copy, "dist/demo.js"), ...small]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      expect(stdout).toContain("✗ the generated files are current  run `tautline gen");
      expect(stdout).toMatch(/1 of \d+ expectations do not hold\.\n$/);
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    },
    demoTimeoutMs,
  );

  test(
    "exits with 1 when the server dies, and does not wait for another",
    async () => {
      const copy = await copyExample();
      await writeFile(join(copy, "dist/search.js"), "export function linesWith() { process.exit(7); }");
      const env = { ...process.env, TMPDIR: join(folder, "tmp") };
      await mkdir(env.TMPDIR);
      const { code, stdout } = await run(process.execPath, [join(copy, "dist/demo.js"), ...small], { env });
      expect(code).toBe(1);
      expect(stdout).toContain("✗ the server finishes and ends  exit code 7");
      expect(await readdir(env.TMPDIR)).toEqual([]);
    },
    demoTimeoutMs,
  );

  test("shows a progress bar on a terminal, and only there", () => {
    const shown = (isTTY: boolean): string => {
      const written: string[] = [];
      const screen = new Screen({ isTTY, write: (text) => written.push(text) });
      screen.stepBegan("upload");
      screen.progress(100)(50);
      screen.stepEnded({ name: "upload", calls: 1, bytes: 100, ms: 1, latency: undefined });
      return written.join("");
    };
    expect(shown(true)).toMatch(/█.*░.* 50 %.*\r\u001b\[2K/);
    expect(shown(false)).toBe("• upload               100 B in 1.00 ms\n");
  });
});

describe("storage", () => {
  let storage: Storage;
  let root: string;
  const outside = "not for the depot";

  beforeEach(async () => {
    root = join(folder, "root");
    await writeFile(join(folder, "secret"), outside);
    storage = await Storage.open(root, { maxFileBytes: 1000 });
    await storage.write("a/b.txt", chunksOf("one", "two"));
    await symlink(join(folder, "secret"), join(root, "a/link"));
    await symlink("..", join(root, "a/up"));
    await symlink("../..", join(root, "a/out"));
    await symlink("b.txt", join(root, "a/inner"));
    await symlink(join(root, ".incoming"), join(root, "a/hidden"));
    await symlink(join(folder, "not-there"), join(root, "a/dangling"));
    await symlink("loop", join(root, "a/loop"));
  });

  const paths = [
    "..",
    "../secret",
    "a/../../secret",
    "a/..",
    ".",
    "a/./b.txt",
    "a//b.txt",
    "a/",
    "/",
    "/etc/passwd",
    "a/b.txt\0",
    "\0",
    ".incoming",
    ".incoming/x",
    "x".repeat(256),
    "x/".repeat(2048) + "x",
    "a/link",
    "a/out",
    "a/out/secret",
    "a/hidden",
    "a/loop",
  ];

  test.each(paths)("the path %j is refused for reading", async (path) => {
    await expect(storage.stat(path)).rejects.toThrow(ForbiddenPathError);
    await expect(storage.list(path)).rejects.toThrow(ForbiddenPathError);
    await expect(textOf(storage.read(path))).rejects.toThrow(ForbiddenPathError);
    await expect(collect(storage.files(path))).rejects.toThrow(ForbiddenPathError);
    await expect(storage.sha256(path)).rejects.toThrow(ForbiddenPathError);
  });

  test.each(paths)("the path %j is refused for a change below it and of itself, and nothing changes", async (path) => {
    await expect(storage.remove(path)).rejects.toThrow(ForbiddenPathError);
    await expect(storage.touch(path)).rejects.toThrow(ForbiddenPathError);
    for (const each of [`${path}/new.txt`, `${path}/new/new.txt`]) {
      const refusal = path === "a/link" ? /WrongKind|leads out/ : ForbiddenPathError;
      await expect(storage.write(each, chunksOf("x"))).rejects.toThrow(refusal);
      await expect(storage.append(each, bytes("x"))).rejects.toThrow(refusal);
    }
    expect(await readdir(folder)).toEqual(["root", "secret"]);
    expect(await readFile(join(folder, "secret"), "utf8")).toBe(outside);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
  });

  test("an upload takes the place of a link, and does not follow it", async () => {
    await storage.write("a/link", chunksOf("mine"));
    await storage.write("a/dangling", chunksOf("mine too"));
    expect(await textOf(storage.read("a/link"))).toBe("mine");
    expect(await readFile(join(folder, "secret"), "utf8")).toBe(outside);
    expect(await readdir(folder)).toEqual(["root", "secret"]);
  });

  test("an addition does not follow a link", async () => {
    for (const path of ["a/link", "a/dangling", "a/inner"]) {
      await expect(storage.append(path, bytes("x"))).rejects.toThrow(ForbiddenPathError);
    }
    expect(await readFile(join(folder, "secret"), "utf8")).toBe(outside);
    expect(await readdir(folder)).toEqual(["root", "secret"]);
  });

  test("a link that stays inside is followed and not listed, and the folder of uploads is not either", async () => {
    expect(await textOf(storage.read("a/inner"))).toBe("onetwo");
    expect(await textOf(storage.read("a/up/a/b.txt"))).toBe("onetwo");
    expect((await storage.list("a")).map(({ path }) => path)).toEqual(["a/b.txt"]);
    expect((await storage.list("")).map(({ path, kind }) => [path, kind])).toEqual([["a", "folder"]]);
    expect((await collect(storage.files(""))).map(({ path }) => path)).toEqual(["a/b.txt"]);
  });

  test("a file is a file and a folder is a folder", async () => {
    await expect(storage.list("a/b.txt")).rejects.toThrow(WrongKindError);
    await expect(textOf(storage.read("a"))).rejects.toThrow(WrongKindError);
    await expect(storage.remove("a")).rejects.toThrow(WrongKindError);
    await expect(storage.write("a", chunksOf("x"))).rejects.toThrow(WrongKindError);
    await expect(storage.write("", chunksOf("x"))).rejects.toThrow(WrongKindError);
    await expect(storage.write("a/b.txt/c", chunksOf("x"))).rejects.toThrow(WrongKindError);
    await expect(storage.append("a", bytes("x"))).rejects.toThrow(WrongKindError);
    await expect(storage.stat("a/c.txt")).rejects.toThrow(NoSuchFileError);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
  });

  test("a file is replaced when the new one is whole, and kept when it does not become so", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes("three");
      expect(await readdir(join(root, ".incoming"))).toHaveLength(1);
      throw new Error("gone");
    }
    await expect(storage.write("a/b.txt", broken())).rejects.toThrow("gone");
    await expect(storage.write("new/folder/c.txt", broken())).rejects.toThrow("gone");
    expect(await textOf(storage.read("a/b.txt"))).toBe("onetwo");
    expect(await readdir(root)).toEqual([".incoming", "a"]);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
    expect(await storage.write("a/b.txt", chunksOf("three"))).toMatchObject({ bytes: 5, path: "a/b.txt" });
    expect(await textOf(storage.read("a/b.txt"))).toBe("three");
  });

  test("a file larger than the limit is refused as it grows beyond, and nothing of it is kept", async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled++;
        yield new Uint8Array(400);
      }
    }
    await expect(storage.write("large", endless())).rejects.toThrow(TooLargeError);
    expect(pulled).toBe(3);
    await storage.append("grown", new Uint8Array(1000));
    await expect(storage.append("grown", new Uint8Array(1))).rejects.toThrow(TooLargeError);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
    expect((await storage.stat("grown")).bytes).toBe(1000);
  });

  test("what a crash left of uploads is gone when the root is opened again, and files are not", async () => {
    await writeFile(join(root, ".incoming/left-over"), "half");
    const again = await Storage.open(root);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
    expect(await textOf(again.read("a/b.txt"))).toBe("onetwo");
  });
});

describe("changes", () => {
  test("a watcher that falls too far behind loses the watch, and growth of one file is one change", async () => {
    const changes = new Changes();
    using watch = changes.watch("a", []);
    for (let bytes = 0; bytes < 5000; bytes++) changes.publish({ kind: "grown", path: "a/b", bytes });
    for (let count = 0; count < 1023; count++) changes.publish({ kind: "touched", path: "a/b" });
    changes.publish({ kind: "touched", path: "ab" }); // in another folder
    changes.publish({ kind: "removed", path: "a/b" }); // one too many
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { kind } of watch) seen.push(kind);
    };
    await expect(reading()).rejects.toMatchObject({ code: "resource-exhausted" });
    expect(seen).toHaveLength(1024);
    expect(seen[0]).toBe("grown");
  });

  test("a watch ends when one of its signals aborts, also one that has aborted before", async () => {
    const changes = new Changes();
    const ended = new AbortController();
    using watch = changes.watch("", [ended.signal]);
    const reading = collect(watch);
    ended.abort();
    expect(await reading).toEqual([]);
    using late = changes.watch("", [ended.signal]);
    expect(await collect(late)).toEqual([]);
  });
});

describe("search", () => {
  test("a text is found in whatever pieces the file comes, with its line", async () => {
    const text = `first\nsecond ünd third\n${"x".repeat(70_000)}needle${"y".repeat(70_000)}\nneedle`;
    for (const size of [5, 1000, 64 * 1024, 1e6]) {
      const whole = bytes(text);
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
      }
      expect((await collect(linesWith("needle", pieces()))).map(({ line }) => line)).toEqual([3, 4]);
      expect(await collect(linesWith("ünd", pieces()))).toEqual([{ line: 2, text: "second ünd third" }]);
    }
  });

  test("a file with a NUL is no text", async () => {
    expect(await collect(linesWith("needle", chunksOf("\0needle")))).toEqual([]);
  });
});

describe("the service", () => {
  let certificates: string;
  let root: string;
  let server: Server;
  let channel: Channel;
  let depot: DepotClient;

  beforeAll(async () => {
    certificates = await mkdtemp(join(tmpdir(), "tautline-depot-certs-"));
    const names = { servers: ["depot"], clients: ["keeper", "reader"], spiffeDomain: "depot.example" };
    await makeDevelopmentCertificates({ out: certificates, ...names });
  });
  afterAll(() => rm(certificates, { recursive: true }));

  beforeEach(async () => {
    root = join(folder, "root");
    const tls = {
      ca: join(certificates, "ca.pem"),
      cert: join(certificates, "depot.pem"),
      key: join(certificates, "depot-key.pem"),
    };
    const service = depotService.handle(new DepotService(await Storage.open(root)));
    server = await serve({ host: "127.0.0.1", port: 0, tls, services: [service], logger: silentLogger });
    channel = connectAs("keeper");
    depot = new DepotClient(channel);
  });
  afterEach(async () => {
    await channel.close();
    await server.drain();
    expect({ connections: server.connections, calls: server.calls }).toEqual({ connections: 0, calls: 0 });
  });

  function connectAs(identity: string): Channel {
    return connectDepot({ port: server.address.port ?? 0, certificates, identity });
  }

  test("an upload that its caller cancels leaves no file, no folder and nothing unfinished", async () => {
    const cancellation = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count++) {
        if (count === 8) cancellation.abort();
        yield new Uint8Array(64 * 1024);
      }
    }
    for await (const change of depot.watch("")) {
      if (change.kind !== "watching") {
        expect(change).toEqual({ kind: "abandoned", path: "new/file" });
        break;
      }
      const upload = depot.upload("new/file", endless(), { signal: cancellation.signal });
      await expect(upload).rejects.toMatchObject({ code: "cancelled" });
    }
    expect(await readdir(root)).toEqual([".incoming"]);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
  });

  test("an upload whose connection is lost leaves nothing either", async () => {
    const other = connectAs("keeper");
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count++) {
        if (count === 8) void other.close();
        yield new Uint8Array(64 * 1024);
      }
    }
    for await (const { kind } of depot.watch("")) {
      if (kind === "abandoned") break;
      await expect(new DepotClient(other).upload("new/file", endless())).rejects.toThrow(RpcError);
    }
    expect(await readdir(root)).toEqual([".incoming"]);
    expect(await readdir(join(root, ".incoming"))).toEqual([]);
  });

  test("a reader reads, and changes nothing by any method", async () => {
    await depot.append("file", bytes("kept"));
    await utimes(join(root, "file"), 1, 1);
    const channel = connectAs("reader");
    const reader = new DepotClient(channel);
    expect(await textOf(reader.download("file"))).toBe("kept");
    const denied = { code: "permission-denied", executed: "no" };
    await expect(reader.append("file", bytes("!"))).rejects.toMatchObject(denied);
    await expect(reader.upload("file", chunksOf("!"))).rejects.toMatchObject(denied);
    await expect(reader.remove("file")).rejects.toMatchObject(denied);
    await reader.touch("file"); // one-way: nobody hears of the refusal
    expect((await reader.stat("file")).modified).toEqual(new Date(1000));
    await channel.close();
    expect(await readFile(join(root, "file"), "utf8")).toBe("kept");
  });

  test("a call that waits for a file gets it when it arrives, and at once where it is there", async () => {
    const arrival = depot.arrival("late/file");
    await depot.append("late/file", bytes("here"));
    expect(await arrival).toMatchObject({ path: "late/file", bytes: 4 });
    expect(await depot.arrival("late/file")).toMatchObject({ bytes: 4 });
  });

  test("a tail ends when its file is replaced", async () => {
    await depot.append("log", bytes("one"));
    let text = "";
    for await (const chunk of depot.tail("log")) {
      text += Buffer.from(chunk).toString();
      if (text === "one") await depot.append("log", bytes("two"));
      else await depot.upload("log", chunksOf("another"));
    }
    expect(text).toBe("onetwo");
  });

  test("claims get their verdicts, and what nobody claimed is told", async () => {
    const { sha256 } = await depot.upload("a/same", chunksOf("x"));
    await depot.upload("a/different", chunksOf("y"));
    await depot.upload("a/unclaimed", chunksOf("z"));
    async function* claims() {
      for (const name of ["same", "different", "missing"]) yield { path: `a/${name}`, sha256 };
    }
    expect((await collect(depot.verify("a", claims()))).map(({ kind, path }) => [kind, path])).toEqual([
      ["same", "a/same"],
      ["different", "a/different"],
      ["missing", "a/missing"],
      ["unclaimed", "a/unclaimed"],
    ]);
  });

  test("the demo's comparison fails for a file whose SHA-256 is another one", async () => {
    const source = join(folder, "source");
    await mkdir(source);
    for (const name of ["one.txt", "two.txt"]) await writeFile(join(source, name), name.repeat(1000));
    const tree = await assembleTree(source, join(folder, "tree"), { bytes: 1e6, files: 2 });
    const compare = async (sha256: string | undefined): Promise<string[]> => {
      const files = new Map(
        [...tree.files].map(([path, file], at) => [
          path,
          { ...file, ...(at === 0 && sha256 !== undefined && { sha256 }) },
        ]),
      );
      const screen = new Screen(undefined);
      const journal = new Journal(screen);
      const downloads = join(folder, "downloads");
      const port = server.address.port ?? 0;
      await moveTree({ depot, port, certificates, tree: { ...tree, files }, root, downloads, journal, screen });
      return journal.checks.filter(({ ok }) => !ok).map(({ name }) => name);
    };
    expect(await compare(undefined)).toEqual([]);
    expect(await compare("0".repeat(64))).toEqual([
      "the depot stored what was sent",
      "the depot agrees with every claim",
      "what arrived is what was sent",
      "every file on disk has its SHA-256",
    ]);
  });
});
