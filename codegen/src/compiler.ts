// The only file that imports ts-morph: the compiler that it brings, and the language's own declarations.

// Required, not imported: Node reads through all of its twelve megabytes before it imports them, for half a second.
// oxlint-disable-next-line typescript/no-require-imports
import morph = require("ts-morph");

export import ts = morph.ts;

/** Where the language's own declarations are: a folder in memory. */
export const libraryFolder = "/node_modules/typescript/lib";

const memory = new morph.Project({ useInMemoryFileSystem: true }).getModuleResolutionHost();
const libraries = new Map<string, ts.SourceFile | undefined>();

/**
 * A file of the language's own declarations, read once in a process: programs with different options may share it.
 * Undefined where there is none.
 */
export function libraryAt(path: string): ts.SourceFile | undefined {
  if (libraries.has(path)) return libraries.get(path);
  const text = memory.readFile(path);
  const library = text === undefined ? undefined : ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  libraries.set(path, library);
  return library;
}
