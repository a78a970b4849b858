// How a user's sources end their relative imports (".js", ".ts" or nothing), so that generated files do the same.
// Works on text alone.
import { posix } from "node:path";

const relativeImport = /^\s*(?:import|export)\b[^"';]*?["'](\.{1,2}\/[^"']+)["']/gm;

/** The ending of the first relative import of a source: ".js", ".ts", or "" for none; undefined where it has no import. */
export function extensionOf(text: string): ".js" | ".ts" | "" | undefined {
  for (const [, specifier = ""] of text.matchAll(relativeImport)) {
    if (/\.[mc]?js$/.test(specifier)) return ".js";
    if (/\.[mc]?ts$/.test(specifier)) return ".ts";
    // Data has its own ending everywhere: it says nothing of how modules are named.
    if (!/\.(json|css|node|wasm)$/.test(specifier)) return "";
  }
  return undefined;
}

/** What the other sources of a folder do, in the order of their names; generated files are not asked. */
export function neighbourExtension(
  names: readonly string[],
  read: (name: string) => string,
): ".js" | ".ts" | "" | undefined {
  const sources = names.filter((name) => /\.[mc]?ts$/.test(name) && !/\.(d|rpc)\.[mc]?ts$/.test(name)).sort();
  for (const name of sources.slice(0, 20)) {
    const found = extensionOf(read(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a file beside `from` writes to import the module `to`. Both are absolute paths with forward slashes. */
export function relativeSpecifier(from: string, to: string, style: string): string {
  const path = posix.relative(posix.dirname(from), to);
  const dotted = path.startsWith(".") ? path : `./${path}`;
  return dotted.replace(/\.([mc]?)tsx?$/, (whole, kind: string) =>
    style === "" ? "" : style === ".ts" ? whole : `.${kind}js`,
  );
}
