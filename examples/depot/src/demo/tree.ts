// A real directory tree to move about: files of the packages in node_modules, text and binaries, the same ones each time.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

export interface TreeFile {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

export interface Tree {
  readonly folder: string;
  /** By path, relative to the folder. */
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly bytes: number;
  /** How many of the files are no text. */
  readonly binaries: number;
}

/** How large the tree becomes: both at the least. */
export interface TreeSize {
  readonly bytes: number;
  readonly files: number;
}

/** Smaller files are left out: most of them are licences and re-exports, and the disk's work and not the network's. */
const leastBytes = 4096;

/**
 * Copies files from below `source` (links are not followed) into `folder` until it is large enough: first what looks like
 * binaries, up to two thirds of the bytes, then all else. The order comes from a hash of the path, so that every package
 * has a chance and the choice stays.
 */
export async function assembleTree(source: string, folder: string, size: TreeSize): Promise<Tree> {
  const paths: string[] = [];
  for await (const path of filesBelow(source)) paths.push(path);
  const order = new Map(paths.map((path) => [path, createHash("sha1").update(path).digest("hex")]));
  paths.sort((a, b) => ((order.get(a) ?? "") < (order.get(b) ?? "") ? -1 : 1));

  const files = new Map<string, TreeFile>();
  let [bytes, binaries] = [0, 0];
  const take = async (path: string, mostBytes: number): Promise<void> => {
    const from = join(source, path);
    const { size } = await stat(from);
    if (size < leastBytes || size > mostBytes) return;
    const to = join(folder, path);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
    const { sha256, isBinary } = await digest(to);
    files.set(path, { bytes: size, sha256 });
    bytes += size;
    if (isBinary) binaries++;
  };
  const looksBinary = /\.(node|wasm|png|jpg)$/;
  for (const path of paths) if (looksBinary.test(path)) await take(path, (size.bytes * 2) / 3 - bytes);
  for (const path of paths) {
    if (files.size >= size.files && bytes >= size.bytes) break;
    if (!looksBinary.test(path)) await take(path, size.bytes / 8);
  }
  return { folder, files, bytes, binaries };
}

/** SHA-256 of every file below a folder, in hex, by path. */
export async function hashTree(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for await (const path of filesBelow(folder)) hashes.set(path, (await digest(join(folder, path))).sha256);
  return hashes;
}

/** The regular files below a folder, in the order of their names. */
export async function* filesBelow(folder: string, top: string = folder): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path, top);
    else if (entry.isFile()) yield relative(top, path);
  }
}

/** Text has no NUL; what has one is binary. */
async function digest(path: string): Promise<{ readonly sha256: string; readonly isBinary: boolean }> {
  const hash = createHash("sha256");
  let isBinary = false;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    isBinary ||= chunk.includes(0);
  }
  return { sha256: hash.digest("hex"), isBinary };
}
