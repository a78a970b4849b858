// A certificate and its key as two files of one folder. Knows nothing of what makes a certificate good.
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pair } from "./certificate.js";
import { readIfThere } from "./read-if-there.js";

/** The paths of `<name>.pem` and `<name>-key.pem` in `folder`. */
export function pairPaths(folder: string, name: string): { certificatePath: string; keyPath: string } {
  return { certificatePath: join(folder, `${name}.pem`), keyPath: join(folder, `${name}-key.pem`) };
}

/** What is there of a pair; a file that is missing is undefined. */
export async function readPair(folder: string, name: string): Promise<Partial<Pair>> {
  const { certificatePath, keyPath } = pairPaths(folder, name);
  const [certificate, key] = [await readIfThere(certificatePath), await readIfThere(keyPath)];
  return { ...(certificate !== undefined && { certificate }), ...(key !== undefined && { key }) };
}

/**
 * Writes both files, each whole or not at all, the key readable by its owner only. The certificate goes first: after a
 * crash in between, it says whose the pair is, and that the pair does not match.
 */
export async function writePair(folder: string, name: string, pair: Pair): Promise<void> {
  const { certificatePath, keyPath } = pairPaths(folder, name);
  await writeWhole(certificatePath, pair.certificate.trimEnd() + "\n", 0o644);
  await writeWhole(keyPath, pair.key, 0o600);
}

/** Makes the folder if it is missing: for its owner only, and kept out of git. One that exists is left as it is. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (created !== undefined) await writeWhole(join(folder, ".gitignore"), "*\n", 0o644);
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  // Created with its mode, never loosened for a moment; "wx" follows no link that somebody else put there.
  const file = await open(temporary, "wx", mode);
  try {
    await file.writeFile(text);
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}
