// The door of the package: a contract's source in, diagnostics and generated text out. Writes no file.
import { statSync } from "node:fs";
import { basename, resolve, sep } from "node:path";
import { Diagnostics, say, type Diagnostic } from "./diagnostics.js";
import { emit } from "./emit.js";
import type { ServiceFile } from "./model.js";
import { OpenSources } from "./open-sources.js";
import { readContracts } from "./read-contract.js";
import type { SourceUnit } from "./read-service.js";
import { TypeReader } from "./read-type.js";

export type { Diagnostic } from "./diagnostics.js";
export { emitJsonSchema } from "./emit-json-schema.js";
export { emitMarkdown } from "./emit-markdown.js";

/** A generated file that has yet to be written. */
export interface Output {
  /** `orders.rpc.ts` beside `orders.ts`, absolute or relative as the source was given. */
  readonly path: string;
  readonly text: string;
  /** The source as it was given. */
  readonly source: string;
  /** What the text says, as data that survives JSON. */
  readonly model: ServiceFile;
}

/** Settings of {@link generate}. */
export interface GenerateOptions {
  /** Path of the tsconfig.json to resolve imports with; default is the nearest one above each file. */
  readonly tsconfig?: string | undefined;
  /** Those of the files (as given) that need not have a contract, such as what a pattern found. Default: none. */
  readonly mayLackContract?: ReadonlySet<string> | undefined;
}

/** What {@link generate} found and made. */
export interface Generated {
  /** In the order of `files`; none for a file with diagnostics. */
  readonly outputs: readonly Output[];
  /** All that is wrong, by file, line and column; empty where every file was generated. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * For each file (as given) that is there, every path that its output stands on, absolute: a file that was read, or was
   * looked for and is missing; with a slash at its end, how the sources of a folder end their imports. While these stay
   * as they are, which `stampOf` of `@tautline/codegen/inputs` tells, the output does.
   */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
}

/**
 * Generates the client, the service and the payload functions of every contract in `files`: each exported interface whose
 * members are all calls. The text depends on the sources alone: not on the order of `files`, the working directory or the
 * machine. Nothing is written, and nothing is thrown for what a source says.
 */
export function generate(files: readonly string[], options: GenerateOptions = {}): Generated {
  return new Generator(options).generate(files);
}

/** A generator that keeps its sources open: generating again costs what changed. It holds memory and nothing else. */
export class Generator {
  readonly #sources: OpenSources;
  readonly #mayLackContract: ReadonlySet<string>;

  constructor({ tsconfig, mayLackContract = new Set() }: GenerateOptions = {}) {
    this.#sources = new OpenSources(tsconfig === undefined ? undefined : resolve(tsconfig));
    this.#mayLackContract = mayLackContract;
  }

  /** As {@link generate}, from the sources as they were when they were first read, or last refreshed. */
  generate(files: readonly string[]): Generated {
    const diagnostics = new Diagnostics();
    const sources = new Map<string, string>();
    for (const file of files) {
      const fault = faultOf(file);
      if (fault === undefined) sources.set(resolve(file).split(sep).join("/"), file);
      else diagnostics.report({ file, line: 1, column: 1 }, fault);
    }
    const outputs: Output[] = [];
    const inputs = new Map<string, readonly string[]>();
    const units = this.#sources.read([...sources.keys()]);
    for (const [path, source] of sources) {
      const unit = units.get(path);
      if (unit === undefined) continue;
      const model = read(unit, basename(path), diagnostics);
      inputs.set(source, unit.inputs());
      if (model === undefined) continue;
      if (model.contracts.length > 0) {
        outputs.push({ path: source.replace(/(\.[mc]?)tsx?$/, ".rpc$1ts"), text: emit(model), source, model });
      } else if (!this.#mayLackContract.has(source)) diagnostics.report(unit.start, say.noContract());
    }
    return { outputs, diagnostics: diagnostics.sorted(), inputs };
  }

  /** Takes in that the files at `paths` changed, appeared or went; nothing else is looked at again. */
  refresh(paths: Iterable<string>): void {
    this.#sources.refresh([...paths].map((each) => resolve(each).split(sep).join("/")));
  }
}

function faultOf(file: string): string | undefined {
  if (!/\.[mc]?tsx?$/.test(file) || /\.d\.[mc]?ts$/.test(file)) return say.noSource();
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? undefined : say.noFile();
}

/** Undefined where anything was wrong. */
function read(unit: SourceUnit, source: string, diagnostics: Diagnostics): ServiceFile | undefined {
  const before = diagnostics.count;
  for (const { position, message } of unit.faults) diagnostics.report(position, say.syntax(message));
  if (unit.faults.length > 0) return undefined;
  const reader = new TypeReader(diagnostics);
  const contracts = readContracts(unit.interfaces, reader, diagnostics);
  const types = reader.finish();
  return diagnostics.count === before ? { source, contracts, types: [...types.values()] } : undefined;
}
