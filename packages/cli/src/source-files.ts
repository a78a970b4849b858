// The sources that a list of paths and patterns names. Looks at names alone.
import { readdirSync } from "node:fs";
import { resolve, sep } from "node:path";

/** What a list of paths and patterns came to. */
export interface SourceFiles {
  /** Absolute, sorted: those that a pattern found, and every path that is none, whether or not it is there. */
  readonly files: readonly string[];
  /** Those of them that a pattern found. */
  readonly found: ReadonlySet<string>;
  /** Every folder that was searched, absolute: where a new file may be found. */
  readonly folders: readonly string[];
}

/**
 * Finds the sources. A pattern finds TypeScript that is neither generated (`*.rpc.ts`) nor a declaration file, and enters
 * no `node_modules` and no folder whose name begins with a dot.
 *
 * @param folder what the patterns are relative to, absolute
 */
export function findSources(folder: string, patterns: readonly string[]): SourceFiles {
  const named = new Set<string>();
  const found = new Set<string>();
  const folders = new Set<string>();
  for (const pattern of patterns.filter((each) => !each.startsWith("!"))) {
    const path = forward(resolve(folder, pattern));
    if (!isPattern(pattern)) {
      named.add(path);
      continue;
    }
    const segments = path.split("/");
    const base = segments.slice(0, segments.findIndex(isPattern)).join("/");
    const matches = expressionOf(path);
    walk(base, pattern.includes("**") ? Infinity : segments.length - base.split("/").length - 1, folders, (file) => {
      if (matches.test(file)) found.add(file);
    });
  }
  const refused = patterns
    .filter((each) => each.startsWith("!"))
    .map((each) => expressionOf(forward(resolve(folder, each.slice(1)))));
  const files = [...new Set([...named, ...found])].filter((file) => !refused.some((each) => each.test(file)));
  return { files: files.sort(), found, folders: [...folders].sort() };
}

function walk(folder: string, depth: number, folders: Set<string>, visit: (file: string) => void): void {
  folders.add(folder);
  for (const entry of entriesOf(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth > 0 && entry.name !== "node_modules" && !entry.name.startsWith("."))
        walk(path, depth - 1, folders, visit);
    } else if (/\.[mc]?tsx?$/.test(entry.name) && !/\.(d|rpc)\.[mc]?tsx?$/.test(entry.name)) visit(path);
  }
}

/** Nothing for a folder that is not there: it may come. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

function isPattern(text: string): boolean {
  return /[*?{]/.test(text);
}

/** Matches whole paths with forward slashes. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?|\{[^{}]*\})/).map((part) => {
    if (part === "**/") return "(?:[^/]+/)*";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("{")) return `(?:${part.slice(1, -1).split(",").map(escape).join("|")})`;
    return escape(part);
  });
  return new RegExp(`^${parts.join("")}$`);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function forward(path: string): string {
  return path.split(sep).join("/");
}
