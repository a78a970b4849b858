// The README's tour is examples/greeter, word for word, and does what it says.
import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, run } from "./support/packages.js";

const greeter = join(root, "examples/greeter");
const tautline = join(root, "packages/cli/dist/main.js");
let readme = "";
let folder = "";

beforeAll(async () => {
  readme = await readFile(join(root, "README.md"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "tautline-readme-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(["greeter.ts", "server.ts", "client.ts"])("the tour's %s is the example's", async (name) => {
  const [, shown] = readme.split(`**${name}**\n\n\`\`\`ts\n`);
  expect(shown?.split("```")[0]).toBe(await readFile(join(greeter, "src", name), "utf8"));
});

test("`tautline gen` on the tour's contract writes the example's generated file", async () => {
  await cp(join(greeter, "src/greeter.ts"), join(folder, "greeter.ts"));
  const generated = await run(process.execPath, [tautline, "gen", "greeter.ts"], { cwd: folder });
  expect(generated).toMatchObject({ code: 0, stderr: "" });
  expect(await readFile(join(folder, "greeter.rpc.ts"), "utf8")).toBe(
    await readFile(join(greeter, "src/greeter.rpc.ts"), "utf8"),
  );
});

test("with `tautline certs` the tour's client prints what the tour says", async () => {
  expect(await run(process.execPath, [tautline, "certs"], { cwd: folder })).toMatchObject({ code: 0, stderr: "" });
  const server = spawn(process.execPath, [join(greeter, "dist/server.js")], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await serving(server);
    const expected = readme.split("await channel.close();\n```\n\n```\n")[1]?.split("```")[0];
    expect(await run(process.execPath, [join(greeter, "dist/client.js")], { cwd: folder })).toEqual({
      code: 0,
      stdout: expected,
      stderr: "",
    });
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await ended;
  }
});

/** Resolves when the server's log says that it serves. */
function serving(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("serving")) resolve();
    });
    server.once("exit", () => reject(new Error(`the server ended: ${log}`)));
  });
}
