// Tells what became of generated files: lines and differences for people, JSON for machines.
import { FILE_HEADERS_ONLY, createTwoFilesPatch } from "diff";
import type { GeneratedFiles } from "./gen.js";
import { shown } from "./shown-path.js";

/** One line per file; for a stale one the unified difference that `gen` would make. */
export function genLines({ files }: GeneratedFiles): string {
  return files
    .map(({ path, text, oldText, outcome }) => {
      const name = shown(path);
      if (outcome !== "stale") return `${outcome.padEnd(9)} ${name}\n`;
      const oldName = oldText === undefined ? "/dev/null" : name;
      const options = { headerOptions: FILE_HEADERS_ONLY };
      return createTwoFilesPatch(oldName, name, oldText ?? "", text, undefined, undefined, options);
    })
    .join("");
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
