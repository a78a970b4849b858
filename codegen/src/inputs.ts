// Whether what was read is still so: a stamp for each path that an output stands on. Loads no compiler, so that asking
// is quick.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { neighbourExtension } from "./import-style.js";

/**
 * What an input is at this moment: equal stamps mean that nothing changed that an output stands on.
 *
 * @param input one of the paths of {@link Generated.inputs}
 * @returns for a file a hash of its content; with a slash at the end, how the sources of that folder end their imports;
 *   else "none" where nothing is there, or "folder"
 * @throws the system's error for what is there and cannot be read
 */
export function stampOf(input: string): string {
  try {
    if (!input.endsWith("/")) return createHash("sha256").update(readFileSync(input)).digest("hex").slice(0, 32);
    return `imports ${neighbourExtension(readdirSync(input), (name) => readFileSync(join(input, name), "utf8"))}`;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return "none";
    if (error.code === "EISDIR") return "folder";
    throw error;
  }
}

/** What the generator itself is: its own code, and the compiler that it reads with. Another stamp, other outputs. */
export function generatorStamp(): string {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const hash = createHash("sha256");
  for (const name of readdirSync(here).sort()) if (name.endsWith(".js")) hash.update(readFileSync(join(here, name)));
  const compiler = new URL("../package.json", import.meta.resolve("ts-morph"));
  return hash.update(readFileSync(compiler)).digest("hex").slice(0, 32);
}
