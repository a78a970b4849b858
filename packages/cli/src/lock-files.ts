// Which snapshot each contract belongs to, and what it says once the contracts are as they are now. Writes nothing.
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Output } from "@tautline/codegen";
import {
  lockName,
  mergeSnapshots,
  readSnapshot,
  type Snapshot,
  SnapshotError,
  snapshotOf,
} from "@tautline/codegen/lock";
import { CommandError } from "./command-error.js";
import { readIfThere } from "./read-if-there.js";

/** One snapshot of services. */
export interface LockFile {
  /** Absolute. */
  readonly path: string;
  /** What is there; undefined if there is no file. */
  readonly oldText: string | undefined;
  /** With the services of the given sources as they are now, and all others as they were. */
  readonly snapshot: Snapshot;
}

/**
 * The snapshots that `sources` belong to: `lock`, or else one beside the nearest package.json above each; none for a
 * source without a package.json.
 *
 * @param outputs what was generated; a source without an output has no services any more
 * @throws {CommandError} for a snapshot that cannot be read, and for two services of one name
 */
export async function lockFiles(
  sources: readonly string[],
  outputs: readonly Output[],
  lock: string | undefined,
): Promise<LockFile[]> {
  const models = new Map(outputs.map(({ source, model }) => [source, model]));
  const byLock = new Map<string, Map<string, Snapshot>>();
  for (const source of sources) {
    const path = lock ?? lockPathAbove(dirname(resolve(source)));
    if (path === undefined) continue;
    const name = relative(dirname(path), resolve(source)).split(sep).join("/");
    const model = models.get(source);
    const known = byLock.get(path) ?? new Map<string, Snapshot>();
    byLock.set(path, known.set(name, model === undefined ? { version: 1, services: {} } : snapshotOf(name, model)));
  }
  const locks = [...byLock].map(async ([path, now]) => {
    const oldText = await readIfThere(path);
    const before = oldText === undefined ? undefined : parseSnapshot(oldText, path);
    const isThere = (name: string) => existsSync(join(dirname(path), name));
    return { path, oldText, snapshot: told(() => mergeSnapshots(before, now, isThere)) };
  });
  return Promise.all(locks);
}

/** Where the snapshot of a folder's contracts is; undefined where no folder above has a package.json. */
export function lockPathAbove(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return join(folder, lockName);
    if (dirname(folder) === folder) return undefined;
  }
}

/** `where` is what an error calls the text. @throws {CommandError} */
export function parseSnapshot(text: string, where: string): Snapshot {
  return told(() => readSnapshot(text, where));
}

/** What `make` makes; what is wrong with a snapshot is told as what is wrong with the command. */
function told(make: () => Snapshot): Snapshot {
  try {
    return make();
  } catch (error) {
    throw error instanceof SnapshotError ? new CommandError(error.message, { cause: error }) : error;
  }
}
