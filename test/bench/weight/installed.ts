// What a project takes on disk that depends on one system and nothing else: installed from the registry, as npm does it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedVersion } from "../harness/machine.js";
import type { Figures } from "../harness/pair.js";
import { ownPackages } from "./programs.js";

const home = new URL("../../", import.meta.url);
const repository = new URL("../../", home);

/** Packs ours into `folder`; gives the tarball of each. */
export function packOwn(folder: string): ReadonlyMap<string, string> {
  return new Map(
    Array.from(ownPackages, ([name, source]) => {
      const args = ["-y", "pnpm@12", "pack", "--json", "--pack-destination", folder];
      const cwd = fileURLToPath(new URL(source, repository));
      const { filename } = JSON.parse(execFileSync("npx", args, { cwd, encoding: "utf8" })) as { filename: string };
      return [name, `file:${filename}`];
    }),
  );
}

/** Installs them without running what their authors would run, in a project that is gone afterwards. */
export function measureInstalled(names: readonly string[], own: ReadonlyMap<string, string>): Figures {
  const project = mkdtempSync(join(tmpdir(), "tautline-bench-"));
  try {
    const dependencies = Object.fromEntries(
      names.map((name) => [name, own.get(name) ?? installedVersion(name, home.href)]),
    );
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, dependencies }));
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"];
    execFileSync("npm", args, { cwd: project, stdio: ["ignore", 2, 2] });
    const installed = readdirSync(join(project, "node_modules"), { recursive: true, withFileTypes: true });
    const files = installed.filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    const lock = JSON.parse(readFileSync(join(project, "node_modules/.package-lock.json"), "utf8")) as {
      packages: Readonly<Record<string, unknown>>;
    };
    return { installedKib: bytes / 1024, files: files.length, packages: Object.keys(lock.packages).length };
  } finally {
    rmSync(project, { recursive: true });
  }
}
