// Remembers what was generated from what, so that it is not generated again. In doubt it remembers nothing.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Output } from "@tautline/codegen";
import { generatorStamp, stampOf } from "@tautline/codegen/inputs";
import { readIfThere } from "./read-if-there.js";

/** What is remembered of one source. */
interface Entry {
  /** Each input with its stamp. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Beside the source; undefined where that has no contract. */
  readonly output: { readonly name: string; readonly hash: string; readonly model: Output["model"] } | undefined;
}

/** How far a file's time may lie behind the clock. */
const clockSlackMs = 20;

/** The memory of a project's outputs, in its node_modules. */
export class GenCache {
  readonly #root: string;
  readonly #path: string;
  readonly #generator: string;
  readonly #entries: Map<string, Entry>;
  readonly #stamps = new Map<string, string>();

  private constructor(root: string, path: string, generator: string, entries: Map<string, Entry>) {
    this.#root = root;
    this.#path = path;
    this.#generator = generator;
    this.#entries = entries;
  }

  /**
   * Opens the memory of the nearest folder above `from` that has a node_modules; undefined where none has.
   *
   * @param options what else outputs depend on: another text finds nothing of what was remembered under this one
   */
  static async open(from: string, options: string): Promise<GenCache | undefined> {
    let folder = resolve(from);
    while (!existsSync(join(folder, "node_modules"))) {
      if (dirname(folder) === folder) return undefined;
      folder = dirname(folder);
    }
    const path = join(folder, "node_modules/.cache/tautline", `gen-${hashOf(options).slice(0, 16)}.json`);
    const generator = generatorStamp();
    return new GenCache(folder, path, generator, entriesOf(await readIfThere(path), generator));
  }

  /**
   * The output of `source` with the text that it has, if nothing that it stands on has changed, its file included; null
   * where the source is known to have no contract; undefined where it must be generated.
   */
  async recall(source: string): Promise<Output | null | undefined> {
    const entry = this.#entries.get(resolve(source));
    if (entry === undefined) return undefined;
    if (Object.entries(entry.inputs).some(([path, stamp]) => this.#stamp(path) !== stamp)) return undefined;
    if (entry.output === undefined) return null;
    const path = source.slice(0, source.length - basename(source).length) + entry.output.name;
    const text = await readIfThere(path);
    if (text === undefined || hashOf(text) !== entry.output.hash) return undefined;
    return { path, text, source, model: entry.output.model };
  }

  /**
   * Remembers an output, undefined for none. `startedAt` (of the clock, in ms) is when its inputs began to be read: what
   * changed since then may not be what was read, and is forgotten.
   */
  remember(source: string, output: Output | undefined, inputs: readonly string[], startedAt: number): void {
    if (inputs.some((path) => timeOf(path, this.#root) >= startedAt - clockSlackMs)) {
      this.#entries.delete(resolve(source));
      return;
    }
    this.#entries.set(resolve(source), {
      inputs: Object.fromEntries(inputs.map((path) => [path, this.#stamp(path)])),
      output: output && { name: basename(output.path), hash: hashOf(output.text), model: output.model },
    });
  }

  forget(source: string): void {
    this.#entries.delete(resolve(source));
  }

  /** A memory that cannot be written is none: the next run generates again. */
  async save(): Promise<void> {
    const entries = Object.fromEntries([...this.#entries].filter(([source]) => existsSync(source)));
    const temporary = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(temporary, JSON.stringify({ generator: this.#generator, entries }));
      await rename(temporary, this.#path);
    } catch (error) {
      if (!(error instanceof Error && "syscall" in error)) throw error;
    }
  }

  #stamp(path: string): string {
    const known = this.#stamps.get(path);
    if (known !== undefined) return known;
    const stamp = stampOf(path);
    this.#stamps.set(path, stamp);
    return stamp;
  }
}

/** When a file last changed, in ms; for one that is missing inside `root`, the time of the folder that it may have left. */
function timeOf(path: string, root: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found.isFile() ? found.mtimeMs : 0;
  const folder = dirname(path);
  return folder.startsWith(root) ? (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) : 0;
}

/** Nothing, where the text is not what this generator wrote. */
function entriesOf(text: string | undefined, generator: string): Map<string, Entry> {
  try {
    const saved = JSON.parse(text ?? "{}") as { generator?: string; entries?: Record<string, Entry> };
    return new Map(saved.generator === generator ? Object.entries(saved.entries ?? {}) : []);
  } catch {
    return new Map(); // half a file, or somebody else's: it is made anew
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
