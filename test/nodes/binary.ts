// The Node.js releases that the suite runs on, and where their binaries are: in a cache of the user's, since each takes 200 MB
// that no dependency should.
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../support/packages.js";

/** The lines that are supported, and the release of each that is tested. */
export const releases = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" } as const;
export type Line = keyof typeof releases;
export const lines: readonly Line[] = [20, 22, 24, 26];

/** This system's binaries, one package for each release. */
const packageName = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/**
 * The path of a Node.js of `line`: this process's own where it is one, else that of {@link releases}, which comes from npm the
 * first time.
 *
 * @throws Error where npm cannot give it
 */
export async function nodeOf(line: Line): Promise<string> {
  if (Number.parseInt(process.versions.node, 10) === line) return process.execPath;
  const release = releases[line];
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(caches, "tautline-nodes", release);
  const binary = join(folder, "node_modules", packageName, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(binary)) await install(`${packageName}@${release}`, folder);
  const { stdout } = await run(binary, ["--version"]);
  if (stdout.trim() !== `v${release}`)
    throw new Error(`${binary} is ${stdout.trim()}, not ${release}: remove ${folder}`);
  return binary;
}

/** Whole or not at all: an installation that is cut off leaves nothing at `folder`. */
async function install(specifier: string, folder: string): Promise<void> {
  const parent = join(folder, "..");
  await mkdir(parent, { recursive: true });
  const unfinished = await mkdtemp(join(parent, "unfinished-"));
  try {
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts"];
    const { code, stderr } = await run("npm", ["install", "--prefix", unfinished, ...flags, specifier]);
    if (code !== 0) throw new Error(`npm cannot install ${specifier}: ${stderr}`);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
