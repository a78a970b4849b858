// A project that `tautline init` made builds and runs as it is, outside the workspace, from what is published.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installOffline, packAll, readManifest, succeeded } from "./support/install.js";
import { root, run } from "./support/packages.js";

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tautline-new-")));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test("a new project makes certificates, builds, passes its own check, serves and calls", async () => {
  const project = join(folder, "my-service");
  const command = join(root, "packages/cli/dist/main.js");
  succeeded(await run(process.execPath, [command, "init", "my-service"], { cwd: folder }));
  await installOffline(project, await packAll(folder));

  const npm = async (script: string, port?: string) => {
    const env = { ...process.env, ...(port !== undefined && { PORT: port }) };
    return succeeded(await run("npm", ["run", "--silent", script], { cwd: project, env })).stdout;
  };
  await npm("certs");
  expect(await npm("build")).toContain("written   src/greeter.rpc.ts");
  expect(await npm("check")).toContain("unchanged src/greeter.rpc.ts");

  // npm passes on no signal in time, so the server is started as its script says.
  const [program = "", ...args] = ((await readManifest(project)).scripts?.["start"] ?? "").split(" ");
  expect(program).toBe("node");
  const env = { ...process.env, PORT: "0" };
  const server = spawn(process.execPath, args, { cwd: project, env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => server.once("exit", (code, signal) => resolve({ code, signal })));
  for await (const line of createInterface({ input: server.stdout })) {
    const [, port] = /^serving on port (\d+)$/.exec(line) ?? [];
    if (port === undefined) continue;
    expect(await npm("call", port)).toBe("Hello, Ada!\nCome in, Grace.\nCome in, Edsger.\nMallory stays outside\n");
    server.kill("SIGTERM");
  }
  expect(await exited).toEqual({ code: 0, signal: null });
  expect(await readFile(join(project, ".gitignore"), "utf8")).toContain(".certs/");
}, 180_000);
