// Moves the tree to the depot and back, with small calls on the same connection meanwhile, and compares every file.
import { downloadFiles, uploadFiles } from "../client/transfer.js";
import type { Claim } from "../depot.js";
import { latencyDuring, latencyOf } from "./latency.js";
import type { Stage } from "./stage.js";
import { hashTree } from "./tree.js";

/** What the small calls ask for. */
const small = "welcome.txt";
const idleCalls = 1000;
const burstCalls = 4000;
const burstWidth = 32;

export async function moveTree(stage: Stage): Promise<void> {
  const { depot, tree, downloads, journal, screen } = stage;
  const paths = [...tree.files.keys()];
  const expected = new Map([...tree.files].map(([path, { sha256 }]) => [path, sha256]));

  await depot.append(small, new TextEncoder().encode("Everything here is kept.\n"));
  await latencyOf(depot, small, idleCalls / 2); // the first calls are the compiler's
  await journal.step("small calls, 1 by 1", async () => ({ latency: await latencyOf(depot, small, idleCalls) }));
  await journal.step(`small calls, by ${burstWidth}`, async () => {
    const each = burstCalls / burstWidth;
    await Promise.all(Array.from({ length: burstWidth }, () => latencyOf(depot, small, each)));
  });

  await journal.step("upload", async () => {
    const onBytes = screen.progress(tree.bytes);
    const work = uploadFiles(depot, { folder: tree.folder, remote: "tree", paths, onBytes });
    const { result, latency } = await latencyDuring(depot, small, work);
    journal.check("the depot stored what was sent", same(expected, result), counted(expected, result));
    return { bytes: tree.bytes, latency };
  });

  await journal.step("verify", async () => {
    const seen = { same: 0, different: 0, missing: 0, unclaimed: 0 };
    for await (const { kind } of depot.verify("tree", claimsOf(expected))) seen[kind]++;
    journal.check(
      "the depot agrees with every claim",
      seen.same === expected.size && total(seen) === seen.same,
      spell(seen),
    );
  });

  await journal.step("download", async () => {
    const onBytes = screen.progress(tree.bytes);
    const work = downloadFiles(depot, { folder: downloads, remote: "tree", paths, onBytes });
    const { result, latency } = await latencyDuring(depot, small, work);
    journal.check("what arrived is what was sent", same(expected, result), counted(expected, result));
    return { bytes: tree.bytes, latency };
  });

  const onDisk = await hashTree(downloads);
  journal.check("every file on disk has its SHA-256", same(expected, onDisk), counted(expected, onDisk));
}

async function* claimsOf(hashes: ReadonlyMap<string, string>): AsyncGenerator<Claim> {
  for (const [path, sha256] of hashes) yield { path: `tree/${path}`, sha256 };
}

function same(expected: ReadonlyMap<string, string>, seen: ReadonlyMap<string, string>): boolean {
  return expected.size === seen.size && matching(expected, seen) === expected.size;
}

function matching(expected: ReadonlyMap<string, string>, seen: ReadonlyMap<string, string>): number {
  return [...expected].filter(([path, sha256]) => seen.get(path) === sha256).length;
}

function counted(expected: ReadonlyMap<string, string>, seen: ReadonlyMap<string, string>): string {
  return `${matching(expected, seen)} of ${expected.size} files`;
}

function total(seen: Readonly<Record<string, number>>): number {
  return Object.values(seen).reduce((sum, count) => sum + count, 0);
}

function spell(seen: Readonly<Record<string, number>>): string {
  return Object.entries(seen)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
}
