// Sources that stay open between readings: which files a contract stands on, and what of them has changed.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { libraryAt, libraryFolder, ts } from "./compiler.js";
import { readUnit, type SourceUnit } from "./read-service.js";

/**
 * Sources that stay open: what is read again costs what changed. Each file is read with the options of `tsconfig`
 * (absolute), by default of the nearest above it. Only ECMAScript's own types are loaded beside what the sources import:
 * reading all of `@types` costs a second.
 */
export class OpenSources {
  readonly #tsconfig: string | undefined;
  readonly #projects = new Map<string, OpenProject>();

  constructor(tsconfig: string | undefined) {
    this.#tsconfig = tsconfig;
  }

  /** Reads `files`: absolute paths of files that exist. */
  read(files: readonly string[]): Map<string, SourceUnit> {
    const members = new Map<string, { readonly file: string; readonly looked: ReadonlySet<string> }[]>();
    for (const file of files) {
      const looked = new Set<string>();
      const exists = (path: string) => (looked.add(path), existsSync(path));
      const config = this.#tsconfig ?? ts.findConfigFile(dirname(file), exists) ?? "";
      members.set(config, [...(members.get(config) ?? []), { file, looked }]);
    }
    const units = new Map<string, SourceUnit>();
    for (const [config, found] of members) {
      const project = this.#projects.get(config) ?? new OpenProject(config);
      this.#projects.set(config, project);
      const read = project.read(found.map(({ file }) => file));
      for (const { file, looked } of found) {
        const unit = read.get(file);
        const inputs = () => [...new Set([...looked, ...(unit?.inputs() ?? [])])].sort();
        if (unit !== undefined) units.set(file, { ...unit, inputs });
      }
    }
    return units;
  }

  /** Takes in that the files at `paths` (absolute) changed, appeared or went. Others are not looked at again. */
  refresh(paths: Iterable<string>): void {
    for (const path of paths) {
      for (const [config, project] of this.#projects) if (!project.refresh(path)) this.#projects.delete(config);
    }
  }
}

/** All sources under one tsconfig.json. */
class OpenProject {
  readonly #options: ts.CompilerOptions;
  readonly #host: ts.CompilerHost;
  readonly #roots = new Set<string>();
  readonly #sources = new Map<string, ts.SourceFile>();
  /** What was looked for or read on the way to the sources, and is none of them. */
  readonly #probes = new Set<string>();
  #program: ts.Program | undefined;

  constructor(config: string) {
    const probe = (path: string) => {
      if (!path.startsWith(libraryFolder)) this.#probes.add(path);
    };
    this.#options = compilerOptions(config, probe);
    this.#host = {
      ...ts.createCompilerHost(this.#options),
      getDefaultLibLocation: () => libraryFolder,
      getDefaultLibFileName: (options) => `${libraryFolder}/${ts.getDefaultLibFileName(options)}`,
      fileExists: (path) => (probe(path), ts.sys.fileExists(path)),
      // A folder that is there tells nothing that its files do not.
      directoryExists: (path) => ts.sys.directoryExists(path) || (probe(path), false),
      readFile: (path) => (probe(path), ts.sys.readFile(path)),
      getSourceFile: (path) => (path.startsWith(libraryFolder) ? libraryAt(path) : this.#sourceAt(path)),
    };
  }

  read(files: readonly string[]): Map<string, SourceUnit> {
    for (const file of files) this.#roots.add(file);
    const program = ts.createProgram([...this.#roots], this.#options, this.#host, this.#program);
    this.#program = program;
    const sources = program.getSourceFiles().filter((each) => !program.isSourceFileDefaultLibrary(each));
    const own = new Set(sources.filter((each) => isFollowed(program, each)).map((each) => each.fileName));
    const names = new Set(sources.map((each) => each.fileName));
    const shared = [...names, ...this.#probes].filter((each) => !own.has(each));
    const units = new Map<string, SourceUnit>();
    for (const file of files) {
      const source = program.getSourceFile(file);
      if (source === undefined) continue;
      const unit = readUnit(program, source);
      units.set(file, { ...unit, inputs: () => [...shared, ...unit.inputs()] });
    }
    return units;
  }

  /** False where the path may change what the sources' imports mean: only opening the project again knows. */
  refresh(path: string): boolean {
    if (!this.#sources.has(path)) return !this.#probes.has(path);
    if (!existsSync(path)) return false;
    this.#sources.delete(path);
    return true;
  }

  /** The same object until it is refreshed: the next program takes over what this one found out about it. */
  #sourceAt(path: string): ts.SourceFile | undefined {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const text = ts.sys.readFile(path);
    if (text === undefined) return undefined;
    const source = ts.createSourceFile(path, text, parsing);
    this.#sources.set(path, source);
    return source;
  }
}

const parsing: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ESNext,
  // What comments say is asked of the text; only in JavaScript are they types.
  jsDocParsingMode: ts.JSDocParsingMode.ParseForTypeErrors,
};

/** Whether a source matters to those alone that import it. One that declares globals, or another package, is everybody's. */
function isFollowed(program: ts.Program, source: ts.SourceFile): boolean {
  if (source.isDeclarationFile || program.isSourceFileFromExternalLibrary(source)) return false;
  return ts.isExternalModule(source) && !/\bdeclare\s+(global|module)\b/.test(source.text);
}

function compilerOptions(config: string, probe: (path: string) => void): ts.CompilerOptions {
  // The files that a configuration includes are not wanted, and listing them can take long.
  const readFile = (path: string) => (probe(path), ts.sys.readFile(path));
  const fileExists = (path: string) => (probe(path), ts.sys.fileExists(path));
  const host = { ...ts.sys, readFile, fileExists, readDirectory: () => [] };
  const json: unknown = config === "" ? {} : ts.readConfigFile(config, readFile).config;
  const parsed = ts.parseJsonConfigFileContent(json ?? {}, host, config === "" ? process.cwd() : dirname(config));
  const user = config === "" ? { module: ts.ModuleKind.NodeNext } : parsed.options;
  return {
    ...user,
    types: [],
    lib: ["lib.es2025.d.ts"],
    target: ts.ScriptTarget.ESNext,
    strict: true,
    strictNullChecks: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
  };
}
