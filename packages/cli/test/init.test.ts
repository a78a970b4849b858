// A new project is complete and takes nobody's place; that it builds and runs is shown in test/init.test.ts of the whole.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommandLine } from "../dist/command-line.js";
import { initProject } from "../dist/init.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tautline-init-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function init(path: string) {
  let [stdout, stderr] = ["", ""];
  const code = await runCommandLine(["init", path], {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  });
  return { code, stdout, stderr };
}

test("init makes every file, tells each, and what comes next", async () => {
  const project = join(folder, "my-service");
  const { code, stdout, stderr } = await init(project);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { files } = await initProject(join(folder, "twin"), "1.0.0");
  for (const file of files) {
    expect(stdout).toContain(`made ${join(project, file)}\n`);
    expect(existsSync(join(project, file))).toBe(true);
  }
  expect(stdout).toContain("npm install");
});

test.each([
  ["my-service", "my-service"],
  ["My Service!", "my-service"],
  [".hidden", "hidden"],
  ["---", "service"],
])("the folder %s gives the package the name %s", async (name, expected) => {
  await initProject(join(folder, name), "1.2.3");
  const manifest = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as object;
  expect(manifest).toMatchObject({ name: expected, dependencies: { "@tautline/rpc": "^1.2.3" } });
});

test("a folder that has one of the files is refused by its name, and nothing is written", async () => {
  writeFileSync(join(folder, "tsconfig.json"), "mine");
  const { code, stdout, stderr } = await init(folder);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("tsconfig.json would be overwritten");
  expect(readdirSync(folder)).toEqual(["tsconfig.json"]);
  expect(readFileSync(join(folder, "tsconfig.json"), "utf8")).toBe("mine");
});

test("what else is in the folder stays", async () => {
  writeFileSync(join(folder, "notes.md"), "mine");
  expect((await init(folder)).code).toBe(0);
  expect(readFileSync(join(folder, "notes.md"), "utf8")).toBe("mine");
});
