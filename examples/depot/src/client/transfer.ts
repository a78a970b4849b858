// Moves whole folders to a depot and back: several files at a time on one connection, each as a stream. Holds chunks,
// never files: who is slower, disk or network, sets the pace.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DepotClient } from "../depot.rpc.js";

export interface TransferOptions {
  /** The folder on this machine. */
  readonly folder: string;
  /** The folder in the depot. */
  readonly remote: string;
  /** The files, relative to both. */
  readonly paths: Iterable<string>;
  /** Files at a time. Default 8. */
  readonly concurrency?: number;
  /** Hears of each chunk, in bytes. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const chunkBytes = 64 * 1024;

/** Uploads files; resolves with what the depot says of each: SHA-256 in hex, by path. The first failure ends it. */
export async function uploadFiles(depot: DepotClient, options: TransferOptions): Promise<Map<string, string>> {
  const { folder, remote } = options;
  const hashes = new Map<string, string>();
  await forEach(options, async (path) => {
    const chunks = counted(createReadStream(join(folder, path), { highWaterMark: chunkBytes }), options.onBytes);
    const stored = await depot.upload(`${remote}/${path}`, chunks);
    hashes.set(path, stored.sha256);
  });
  return hashes;
}

/** Downloads files; resolves with the SHA-256 of what arrived, in hex, by path. The first failure ends it. */
export async function downloadFiles(depot: DepotClient, options: TransferOptions): Promise<Map<string, string>> {
  const { folder, remote } = options;
  const hashes = new Map<string, string>();
  await forEach(options, async (path) => {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash("sha256");
    const file = await open(target, "w");
    try {
      for await (const chunk of counted(depot.download(`${remote}/${path}`), options.onBytes)) {
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    hashes.set(path, hash.digest("hex"));
  });
  return hashes;
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: TransferOptions["onBytes"]) {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

/** Several at a time, all from one iterator: who is done takes the next. */
async function forEach({ paths, concurrency = 8 }: TransferOptions, work: (path: string) => Promise<void>) {
  const left = [...paths].values();
  const worker = async (): Promise<void> => {
    try {
      for (const path of left) await work(path);
    } finally {
      for (const _ of left); // after a failure there is nothing left for the others
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
