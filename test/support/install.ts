// Packs what is published and installs it outside the workspace, without a network. Knows nothing of what is tested there.
import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finished, packages, pnpm, root } from "./packages.js";

/** The part of a package.json that says what a package is and needs. */
export interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

export async function readManifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(path, "package.json"), "utf8")) as Manifest;
}

/** Packs every package into `folder`; gives the tarball of each, by its name. */
export async function packAll(folder: string): Promise<Map<string, string>> {
  const tarballs = new Map<string, string>();
  for (const { name, folder: source } of packages) {
    const packed = succeeded(await pnpm(["pack", "--json", "--pack-destination", folder], join(root, source)));
    tarballs.set(name, (JSON.parse(packed.stdout) as { filename: string }).filename);
  }
  return tarballs;
}

/**
 * Installs what the package.json in `project` asks for, ours from `tarballs`. What they depend on, and the tools of the
 * workspace's own root, are linked from where the workspace has them: so nothing is fetched, and what is not declared is
 * not found.
 */
export async function installOffline(project: string, tarballs: ReadonlyMap<string, string>): Promise<void> {
  const overrides: Record<string, string> = {};
  for (const [name, file] of tarballs) overrides[name] = `file:${file}`;
  for (const { folder: source } of packages) {
    for (const name of Object.keys((await readManifest(join(root, source))).dependencies ?? {})) {
      overrides[name] ??= `link:${await realpath(join(root, source, "node_modules", name))}`;
    }
  }
  for (const name of ["typescript", "@types/node"])
    overrides[name] = `link:${await realpath(join(root, "node_modules", name))}`;
  await writeFile(join(project, "pnpm-workspace.yaml"), JSON.stringify({ overrides }));
  const store = join(project, "node_modules/.store-of-this-test");
  succeeded(await pnpm(["install", "--offline", "--store-dir", store], project));
}

/** Gives what finished well; throws what it said where it did not. */
export function succeeded(finished: Finished): Finished {
  if (finished.code !== 0) throw new Error(`exit code ${finished.code}\n${finished.stdout}${finished.stderr}`);
  return finished;
}
