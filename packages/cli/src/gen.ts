// Keeps generated files up to date with their contracts. The generator makes text; this decides what is written.
import { writeFile } from "node:fs/promises";
import type { Diagnostic } from "@tautline/codegen";
import { readIfThere } from "./read-if-there.js";

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
  readonly files: readonly GeneratedFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** How to generate. */
export interface GenOptions {
  /** Whether to write what changed; false only compares. Default true. */
  readonly write?: boolean;
  /** The tsconfig.json to resolve imports with. Default: the nearest one above each file. */
  readonly tsconfig?: string | undefined;
}

/**
 * Generates from each contract file, beside it, and writes the files whose text changed.
 *
 * @throws the system's error for a file that cannot be read or written
 */
export async function generateClients(
  contracts: readonly string[],
  { write = true, tsconfig }: GenOptions = {},
): Promise<GeneratedFiles> {
  // The compiler takes half a second to load: only those who generate pay for it.
  const { generate } = await import("@tautline/codegen");
  const { outputs, diagnostics } = generate(contracts, { tsconfig });
  const files: GeneratedFile[] = [];
  for (const { path, text } of outputs) {
    const oldText = await readIfThere(path);
    const stale = oldText !== text;
    if (stale && write) await writeFile(path, text);
    files.push({ path, text, oldText, outcome: !stale ? "unchanged" : write ? "written" : "stale" });
  }
  return { files, diagnostics };
}
