// The door of the package: a contract's source in, diagnostics and generated text out. Writes no file.
import { statSync } from "node:fs";
import { basename, resolve, sep } from "node:path";
import { Diagnostics, say, type Diagnostic } from "./diagnostics.js";
import { emit } from "./emit.js";
import type { ServiceFile } from "./model.js";
import { readContracts } from "./read-contract.js";
import { readSources, type SourceUnit } from "./read-service.js";
import { TypeReader } from "./read-type.js";

export type { Diagnostic } from "./diagnostics.js";

/** A generated file that has yet to be written. */
export interface Output {
  /** `orders.rpc.ts` beside `orders.ts`, absolute or relative as the source was given. */
  readonly path: string;
  readonly text: string;
}

/** Settings of {@link generate}. */
export interface GenerateOptions {
  /** Path of the tsconfig.json to resolve imports with; default is the nearest one above each file. */
  readonly tsconfig?: string | undefined;
}

/** What {@link generate} found and made. */
export interface Generated {
  /** In the order of `files`; none for a file with diagnostics. */
  readonly outputs: readonly Output[];
  /** All that is wrong, by file, line and column; empty where every file was generated. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Generates the client, the service and the payload functions of every contract in `files`: each exported interface whose
 * members are all calls. The text depends on the sources alone: not on the order of `files`, the working directory or the
 * machine. Nothing is written, and nothing is thrown for what a source says.
 */
export function generate(files: readonly string[], options: GenerateOptions = {}): Generated {
  const diagnostics = new Diagnostics();
  const sources = new Map<string, string>();
  for (const file of files) {
    const fault = faultOf(file);
    if (fault === undefined) sources.set(resolve(file).split(sep).join("/"), file);
    else diagnostics.report({ file, line: 1, column: 1 }, fault);
  }
  const tsconfig = options.tsconfig === undefined ? undefined : resolve(options.tsconfig);
  const outputs: Output[] = [];
  const units = readSources([...sources.keys()], tsconfig);
  for (const [path, given] of sources) {
    const unit = units.get(path);
    const model = unit === undefined ? undefined : read(unit, basename(path), diagnostics);
    if (model !== undefined) outputs.push({ path: given.replace(/(\.[mc]?)tsx?$/, ".rpc$1ts"), text: emit(model) });
  }
  return { outputs, diagnostics: diagnostics.sorted() };
}

function faultOf(file: string): string | undefined {
  if (!/\.[mc]?tsx?$/.test(file) || /\.d\.[mc]?ts$/.test(file)) return say.noSource();
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? undefined : say.noFile();
}

/** Undefined where anything was wrong. */
function read(unit: SourceUnit, source: string, diagnostics: Diagnostics): ServiceFile | undefined {
  const before = diagnostics.count;
  const reader = new TypeReader(diagnostics);
  const contracts = readContracts(unit.interfaces, reader, diagnostics);
  const types = reader.finish();
  if (contracts.length === 0 && diagnostics.count === before) diagnostics.report(unit.start, say.noContract());
  return diagnostics.count === before ? { source, contracts, types: [...types.values()] } : undefined;
}
