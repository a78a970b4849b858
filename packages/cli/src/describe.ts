// `gen --schema`: the services described for readers of no TypeScript. The generator makes the text.
import { writeFile } from "node:fs/promises";
import type { Diagnostic, GenerateOptions } from "@tautline/codegen";
import { readIfThere } from "./read-if-there.js";

/** Settings of {@link describeServices}. */
export interface DescribeOptions extends GenerateOptions {
  /** The file to write, if its text changed. Default: none, the description itself is returned. */
  readonly out?: string | undefined;
}

/**
 * Describes the services of all `contracts` in one text; nothing where any of them has a diagnostic.
 *
 * @returns the text for standard output: the description, or what became of its file
 * @throws the system's error for a file that cannot be read or written
 */
export async function describeServices(
  contracts: readonly string[],
  format: "json-schema" | "markdown",
  { out, ...options }: DescribeOptions = {},
): Promise<{ readonly text: string; readonly diagnostics: readonly Diagnostic[] }> {
  const { emitJsonSchema, emitMarkdown, generate } = await import("@tautline/codegen");
  const { outputs, diagnostics } = generate(contracts, options);
  if (diagnostics.length > 0) return { text: "", diagnostics };
  const models = outputs.map(({ model }) => model);
  const text = format === "markdown" ? emitMarkdown(models) : emitJsonSchema(models);
  if (out === undefined) return { text, diagnostics };
  const stale = (await readIfThere(out)) !== text;
  if (stale) await writeFile(out, text);
  return { text: `${stale ? "written  " : "unchanged"} ${out}\n`, diagnostics };
}
