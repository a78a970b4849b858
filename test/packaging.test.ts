// What ships is what a stranger gets: each package is packed, judged, installed outside the workspace without a network
// from nothing but its tarball, compiled against, and run.
import { cp, mkdtemp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installOffline, packAll, readManifest } from "./support/install.js";
import { packages, root, run, tool } from "./support/packages.js";

/** The programs of `fixtures/outside`, one per package, and what each prints. A new door of a package belongs there. */
const programs = [
  { program: "core", prints: "taut\nclosed\n" },
  { program: "rpc", prints: "2 of tea\nTLSv1.3\n" },
  { program: "codegen", prints: "orders.rpc.ts 0\n" },
  { program: "tautline", prints: "orders made\n" },
];

/** What a project may ask of its compiler. `types` is what any project on Node sets. */
const settings = [
  { setting: "TypeScript's defaults", options: { types: ["node"], skipLibCheck: false } },
  {
    setting: "the strictest options",
    options: {
      types: ["node"],
      target: "es2022",
      module: "nodenext",
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      noImplicitOverride: true,
      noImplicitReturns: true,
      noFallthroughCasesInSwitch: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
    },
  },
];

/** Each step starts several programs of others, on a machine that may be busy. */
const toolTimeoutMs = 120_000;

let folder: string;
/** The tarball of each package, by its name. */
let tarballs: ReadonlyMap<string, string>;
/** A project that has installed all of them. */
let project: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "tautline-packaging-")));
  tarballs = await packAll(folder);
  project = await installOutside();
}, toolTimeoutMs);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Installs the tarballs into a project of their own. */
async function installOutside(): Promise<string> {
  const path = join(folder, "project");
  await cp(join(root, "test/fixtures/outside"), path, { recursive: true });
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  await writeFile(
    join(path, "package.json"),
    JSON.stringify({ name: "outside", private: true, type: "module", dependencies }),
  );
  await installOffline(path, tarballs);
  await mkdir(join(path, "node_modules/@types"));
  await symlink(await realpath(join(root, "node_modules/@types/node")), join(path, "node_modules/@types/node"));
  return path;
}

test.each(packages)(
  "$name satisfies publint and attw",
  async ({ name }) => {
    const tarball = tarballs.get(name) ?? "";
    const publint = await tool("publint", ["run", "--strict", tarball]);
    expect(publint.code, publint.stdout + publint.stderr).toBe(0);
    const attw = await tool("attw", ["--profile", "esm-only", "--no-color", tarball]);
    expect(attw.code, attw.stdout + attw.stderr).toBe(0);
  },
  toolTimeoutMs,
);

test.each(packages)("$name ships its build and its source, and no test or build state", async ({ name }) => {
  const files = await readdir(join(project, "node_modules", name), { recursive: true });
  expect(files).toEqual(expect.arrayContaining(["package.json", "LICENSE", "dist/index.d.ts", "src/index.ts"]));
  expect(files.filter((file) => /(^|\/)test(\/|$)|\.tsbuildinfo$|\.test\.|\.env|\.pem$/.test(file))).toEqual([]);
});

test.each([
  { name: "@tautline/core", code: ["lib/index.js", "lib/shared.js", "lib/tls-probe.js"] },
  { name: "@tautline/rpc", code: ["lib/generated.js", "lib/index.js", "lib/shared.js"] },
])("$name is loaded from few files, whose maps lead to the source that it ships", async ({ name, code }) => {
  const home = join(project, "node_modules", name);
  const files = await readdir(home, { recursive: true });
  expect(files.filter((file) => /\.[cm]?js$/.test(file)).toSorted()).toEqual(code);
  for (const file of code) {
    const map = JSON.parse(await readFile(join(home, `${file}.map`), "utf8")) as { readonly sources: string[] };
    expect(map.sources).not.toEqual([]);
    for (const source of map.sources) expect(files).toContain(join("lib", source));
  }
});

test.each(packages)("$name depends on its siblings by version, not by workspace", async ({ name }) => {
  const { version, dependencies = {} } = await readManifest(join(project, "node_modules", name));
  for (const [dependency, range] of Object.entries(dependencies)) {
    expect(range).not.toContain("workspace:");
    if (dependency.startsWith("@tautline/")) expect(range).toBe(`^${version}`);
  }
});

test.each(settings)(
  "a program outside the workspace compiles under $setting and runs",
  async ({ setting, options }) => {
    const built = `built-${settings.findIndex((each) => each.setting === setting)}`;
    const config = { compilerOptions: { ...options, outDir: built, rootDir: "." }, include: ["*.ts"] };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
    const compiled = await tool("tsc", ["-p", "tsconfig.json"], project);
    expect(compiled).toEqual({ code: 0, stdout: "", stderr: "" });
    for (const { program, prints } of programs) {
      await rm(join(project, "certs"), { recursive: true, force: true });
      const ran = await run(process.execPath, [join(built, `${program}.js`)], { cwd: project });
      expect(ran).toEqual({ code: 0, stdout: prints, stderr: "" });
    }
  },
);

test("the installed command runs", async () => {
  const { version } = await readManifest(join(root, "packages/cli"));
  expect(await run(join(project, "node_modules/.bin/tautline"), ["--version"])).toEqual({
    code: 0,
    stdout: `${version}\n`,
    stderr: "",
  });
});
