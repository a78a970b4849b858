// Reads a file that may be missing.
import { readFile } from "node:fs/promises";

/** The file's text (UTF-8), or undefined where there is none. @throws the system's error for anything else */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
