// Tells what became of generated files: lines and differences for people, JSON for machines.
import type { GeneratedFile, GeneratedFiles } from "./gen.js";
import { shown } from "./shown-path.js";

/** One line per file; for a stale one the unified difference that `gen` would make. */
export async function genLines({ files }: GeneratedFiles): Promise<string> {
  const lines: string[] = [];
  for (const file of files) {
    lines.push(file.outcome === "stale" ? await difference(file) : `${file.outcome.padEnd(9)} ${shown(file.path)}\n`);
  }
  return lines.join("");
}

async function difference({ path, text, oldText }: GeneratedFile): Promise<string> {
  // Loaded only where there is a difference to show.
  const { FILE_HEADERS_ONLY, createTwoFilesPatch } = await import("diff");
  const name = shown(path);
  const oldName = oldText === undefined ? "/dev/null" : name;
  const options = { headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(oldName, name, oldText ?? "", text, undefined, undefined, options);
}

/** `file:line:column message`, one line each; empty if all is well. */
export function genProblems({ diagnostics }: Pick<GeneratedFiles, "diagnostics">): string {
  return diagnostics.map(({ file, line, column, message }) => `${shown(file)}:${line}:${column} ${message}\n`).join("");
}

/** One JSON object: each file with its outcome, each diagnostic. */
export function genJson({ files, diagnostics }: GeneratedFiles): string {
  const outcomes = files.map(({ path, outcome }) => ({ path, outcome }));
  return `${JSON.stringify({ files: outcomes, diagnostics }, null, 2)}\n`;
}
