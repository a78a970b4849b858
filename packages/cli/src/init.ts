// Sets up a new project. What its files say is in project-template.ts.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "./command-error.js";
import { projectFiles } from "./project-template.js";

/** A project that was set up. */
export interface NewProject {
  /** Absolute. */
  readonly folder: string;
  /** Paths from the folder. */
  readonly files: readonly string[];
}

/**
 * Sets up a project with a contract, a server and a client in `folder`, which is made if it is missing. Nothing is
 * installed and nothing that is there is touched.
 *
 * @param version of tautline, for the project to depend on
 * @throws {CommandError} where any of the files is there already; nothing is written then
 */
export async function initProject(folder: string, version: string): Promise<NewProject> {
  const root = resolve(folder);
  const files = projectFiles(packageName(basename(root)), version);
  const there: string[] = [];
  for (const path of files.keys()) if (await exists(join(root, path))) there.push(path);
  if (there.length > 0) {
    throw new CommandError(
      `${root}: ${there.join(", ")} would be overwritten: init sets up a new project; name another folder (tautline init my-service)`,
    );
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    // "wx": whoever made the file in this very moment keeps it.
    await writeFile(join(root, path), text, { flag: "wx" });
  }
  return { folder: root, files: [...files.keys()] };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

/** A folder's name as npm takes it. */
function packageName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "");
  return plain === "" ? "service" : plain;
}
