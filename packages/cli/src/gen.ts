// Keeps generated files up to date with their contracts. The generator makes text; this decides what is written.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Diagnostic, Generated, Output } from "@tautline/codegen";
import { writeSnapshot } from "@tautline/codegen/lock";
import { GenCache } from "./gen-cache.js";
import { lockFiles } from "./lock-files.js";
import { readIfThere } from "./read-if-there.js";
import { shown } from "./shown-path.js";

/** One generated file, and what became of it. */
export interface GeneratedFile {
  readonly path: string;
  /** What the contract asks for. */
  readonly text: string;
  /** What was there before; undefined if there was no file. */
  readonly oldText: string | undefined;
  /** `stale`: it differs and, as asked, was not written. */
  readonly outcome: "written" | "unchanged" | "stale";
}

/** All that a run found. A contract with a diagnostic has no file here: nothing is written for it. */
export interface GeneratedFiles {
  /** In the order of the contracts. */
  readonly files: readonly GeneratedFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** How many sources were read; the others had not changed since the last run. */
  readonly sourcesRead: number;
}

/** How to generate. */
export interface GenOptions {
  /** Whether to write what changed; false only compares. Default true. */
  readonly write?: boolean;
  /** The tsconfig.json to resolve imports with. Default: the nearest one above each file. */
  readonly tsconfig?: string | undefined;
  /** Those of the contracts that need not be any. Default: none. */
  readonly mayLackContract?: ReadonlySet<string> | undefined;
  /** Generates even what has not changed since the last run. Default false. */
  readonly force?: boolean | undefined;
  /** The snapshot of the contracts, absolute. Default: `tautline.lock.json` beside the nearest package.json above each. */
  readonly lock?: string | undefined;
}

/**
 * Generates from each contract file, beside it, and the snapshot of them all; writes the files whose text changed. What
 * has not changed since the last run is remembered in the nearest node_modules/.cache, where there is a node_modules.
 *
 * @throws the system's error for a file that cannot be read or written
 */
export async function generateClients(
  contracts: readonly string[],
  { write = true, tsconfig, mayLackContract, force = false, lock }: GenOptions = {},
): Promise<GeneratedFiles> {
  const cache = await GenCache.open(process.cwd(), tsconfig === undefined ? "" : resolve(tsconfig));
  const recalled = new Map<string, Output>();
  const changed: string[] = [];
  for (const source of contracts) {
    const output = force ? undefined : await cache?.recall(source);
    if (output === undefined || (output === null && mayLackContract?.has(source) !== true)) changed.push(source);
    else if (output !== null) recalled.set(source, output);
  }
  const startedAt = Date.now();
  const { outputs, diagnostics, inputs } = await generateSome(changed, { tsconfig, mayLackContract });
  const made = new Map(outputs.map((each) => [each.source, each]));
  const sound = new Set(contracts.filter((source) => !changed.includes(source)));
  for (const source of changed) {
    const output = made.get(source);
    if (!isSound(source, output, diagnostics, mayLackContract)) {
      cache?.forget(source);
      continue;
    }
    sound.add(source);
    cache?.remember(source, output, inputs.get(source) ?? [], startedAt);
  }
  const all = contracts.flatMap((source) => recalled.get(source) ?? made.get(source) ?? []);
  const files = await settle([...all, ...(await snapshots([...sound], all, lock))], write);
  if (changed.length > 0) await cache?.save();
  return { files, diagnostics, sourcesRead: changed.length };
}

async function generateSome(
  files: readonly string[],
  options: Pick<GenOptions, "tsconfig" | "mayLackContract">,
): Promise<Generated> {
  if (files.length === 0) return { outputs: [], diagnostics: [], inputs: new Map() };
  // The compiler takes half a second to load: only those who generate pay for it.
  const { generate } = await import("@tautline/codegen");
  return generate(files, options);
}

/** Whether it is known what a source says: without an output it either lacks a contract, or something is wrong with it. */
export function isSound(
  source: string,
  output: Output | undefined,
  diagnostics: readonly Diagnostic[],
  mayLackContract: ReadonlySet<string> | undefined,
): boolean {
  return output !== undefined || (diagnostics.length === 0 && mayLackContract?.has(source) === true);
}

/** The snapshots that `sources` belong to, as they ought to be; what is wrong is not among `sources`, and stays as it was. */
export async function snapshots(
  sources: readonly string[],
  outputs: readonly Output[],
  lock: string | undefined,
): Promise<Pick<Output, "path" | "text">[]> {
  const locks = await lockFiles(sources, outputs, lock);
  return locks.map(({ path, snapshot }) => ({ path: shown(path), text: writeSnapshot(snapshot) }));
}

/** Compares each output with its file, and writes it where that is wanted. */
export async function settle(
  outputs: readonly Pick<Output, "path" | "text">[],
  write: boolean,
): Promise<GeneratedFile[]> {
  const files: GeneratedFile[] = [];
  for (const { path, text } of outputs) {
    const oldText = await readIfThere(path);
    const stale = oldText !== text;
    if (stale && write) await writeFile(path, text);
    files.push({ path, text, oldText, outcome: !stale ? "unchanged" : write ? "written" : "stale" });
  }
  return files;
}
