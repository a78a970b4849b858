// `gen --watch`: generates again what an edit concerns, from sources that stay open. What is printed is not decided here.
import { statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Diagnostic, Generator, type Output } from "@tautline/codegen";
import { stampOf } from "@tautline/codegen/inputs";
import { FolderWatch } from "./folder-watch.js";
import type { GenPlan } from "./gen-plan.js";
import { type GeneratedFile, isSound, settle, snapshots } from "./gen.js";

/** What happened after a change, or at the start. */
export interface WatchEvent {
  /** Absolute, what was changed and is of concern; none at the start and for snapshots, which are written in a pause. */
  readonly changed: readonly string[];
  /** What was generated again: only what the change concerns. */
  readonly files: readonly GeneratedFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Why nothing could be done: a configuration that is wrong, a file that cannot be written. The watch goes on. */
  readonly error: Error | undefined;
  /** From when the change was noticed until everything was written. */
  readonly elapsedMs: number;
}

/** How to watch. */
export interface WatchOptions {
  /** Asked at the start, and when files or the configuration come, change or go. */
  readonly plan: () => Promise<GenPlan>;
  /** Called after each round, once the next change will be noticed. */
  readonly tell: (event: WatchEvent) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** How long the events of one edit may take to come together: an editor that saves makes several. */
const settleMs = 8;

/** How long nothing may happen before the snapshots are written. */
const pauseMs = 300;

/** How far a file's time may lie behind the clock. */
const clockSlackMs = 10;

/**
 * Generates everything once, then what changes concern, until `signal` aborts. Packages in a node_modules are not watched.
 *
 * @throws what the first plan throws
 */
export async function watchContracts({ plan, tell, signal }: WatchOptions): Promise<void> {
  const watch = new ContractWatch(plan, await plan());
  signal.addEventListener("abort", () => watch.end(), { once: true });
  const tellNews = (event: WatchEvent) => {
    if (event.files.length > 0 || event.diagnostics.length > 0 || event.error !== undefined) tell(event);
  };
  try {
    tell(await watch.round());
    for (let next = await watch.next(); next !== "ended"; next = await watch.next()) {
      if (next === "paused") tellNews(await watch.keepSnapshots());
      else {
        await delay(settleMs);
        tellNews(await watch.round());
      }
    }
    tellNews(await watch.keepSnapshots());
  } finally {
    watch.end();
  }
}

class ContractWatch {
  readonly #ask: () => Promise<GenPlan>;
  readonly #folders: FolderWatch;
  #plan: GenPlan;
  #generator: Generator;
  readonly #mayLackContract = new Set<string>();
  /** Of each source that was generated, every input. */
  readonly #inputs = new Map<string, readonly string[]>();
  /** As last seen; an input that was never touched has none. */
  readonly #stamps = new Map<string, string>();
  readonly #touched = new Set<string>();
  /** What the snapshots do not say yet: writing one takes longer than generating, so it waits for a pause. */
  readonly #unkept = new Map<string, Output | undefined>();
  /** What could not be kept: the next edit may put it right. */
  #refused: ReadonlyMap<string, Output | undefined> = new Map();
  #wake: () => void = () => undefined;
  #ended = false;

  constructor(ask: () => Promise<GenPlan>, plan: GenPlan) {
    this.#ask = ask;
    this.#plan = plan;
    for (const source of plan.mayLackContract) this.#mayLackContract.add(source);
    this.#generator = this.#open(plan);
    this.#folders = new FolderWatch((path) => {
      this.#touched.add(path);
      this.#wake();
    });
  }

  /** Settles at the next touch, at the end, or, while there is something to write into a snapshot, once nothing happens. */
  async next(): Promise<"touched" | "paused" | "ended"> {
    while (this.#touched.size === 0 && !this.#ended) {
      const paused = await new Promise<boolean>((resolve) => {
        const pause = this.#unkept.size === 0 ? undefined : setTimeout(() => resolve(true), pauseMs);
        this.#wake = () => {
          clearTimeout(pause);
          resolve(false);
        };
      });
      if (paused) return "paused";
    }
    return this.#ended ? "ended" : "touched";
  }

  end(): void {
    this.#ended = true;
    this.#folders.close();
    this.#wake();
  }

  /** Generates what the touched paths concern. Never rejects: what goes wrong is told, and mended by another edit. */
  async round(): Promise<WatchEvent> {
    const startedAt = Date.now();
    const changed = this.#takeChanged();
    const done = await this.#try(async () => {
      const generated = await this.#generate(changed);
      this.#watch(startedAt);
      return generated;
    });
    const known = new Set([this.#plan.configPath, ...[...this.#inputs.values()].flat()]);
    return { ...done, changed: [...changed].filter((path) => known.has(path)) };
  }

  /** Writes into the snapshots what was generated since. Tells of those that changed; never rejects. */
  async keepSnapshots(): Promise<WatchEvent> {
    const unkept = new Map([...this.#refused, ...this.#unkept]);
    const outputs = [...unkept.values()].filter((each) => each !== undefined);
    this.#unkept.clear();
    this.#refused = unkept;
    return this.#try(async () => {
      const files = await settle(await snapshots([...unkept.keys()], outputs, this.#plan.lock), true);
      this.#refused = new Map();
      return { files: files.filter(({ outcome }) => outcome === "written"), diagnostics: [] };
    });
  }

  async #try(work: () => Promise<Pick<WatchEvent, "files" | "diagnostics">>): Promise<WatchEvent> {
    const noticedAt = performance.now();
    let done: Pick<WatchEvent, "files" | "diagnostics" | "error">;
    try {
      done = { ...(await work()), error: undefined };
    } catch (error) {
      // What the generator knew cannot be relied on: the next touch begins anew.
      this.#generator = this.#open(this.#plan);
      done = {
        files: [],
        diagnostics: [],
        error: error instanceof Error ? error : new Error("failed", { cause: error }),
      };
    }
    return { changed: [], ...done, elapsedMs: performance.now() - noticedAt };
  }

  #open(plan: GenPlan): Generator {
    this.#inputs.clear();
    return new Generator({ tsconfig: plan.tsconfig, mayLackContract: this.#mayLackContract });
  }

  /** Those touched paths that are not what they were when they were last touched; they are seen before they are read. */
  #takeChanged(): Set<string> {
    const paths = new Set([...this.#touched].flatMap((path) => [path, `${dirname(path)}/`]));
    // In a folder that has come, the files that were waited for may be there already.
    for (const [path, stamp] of this.#stamps) if (stamp === "none" && paths.has(dirname(path))) paths.add(path);
    this.#touched.clear();
    return new Set([...paths].filter((path) => this.#isChanged(path)));
  }

  #isChanged(path: string): boolean {
    const [stamp, before] = [stampOf(path), this.#stamps.get(path)];
    this.#stamps.set(path, stamp);
    return stamp !== before;
  }

  async #generate(changed: ReadonlySet<string>): Promise<Pick<WatchEvent, "files" | "diagnostics">> {
    const known = new Set([...this.#inputs.values()].flat());
    const isNews = (path: string) => !known.has(path) || this.#stamps.get(path) === "none";
    if ([...changed].some((path) => path === this.#plan.configPath || isNews(path))) await this.#planAgain();
    this.#generator.refresh([...changed].filter((path) => !path.endsWith("/")));
    const sources = this.#plan.files.filter((source) => {
      const inputs = this.#inputs.get(source);
      return inputs === undefined || inputs.some((path) => changed.has(path));
    });
    if (sources.length === 0) return { files: [], diagnostics: [] };
    for (const path of sources.map(absolute)) if (!this.#stamps.has(path)) this.#stamps.set(path, stampOf(path));
    const { outputs, diagnostics, inputs } = this.#generator.generate(sources);
    for (const source of sources) this.#inputs.set(source, inputs.get(source) ?? [absolute(source)]);
    const made = new Map(outputs.map((each) => [each.source, each]));
    const sound = sources.filter((each) => isSound(each, made.get(each), diagnostics, this.#mayLackContract));
    for (const source of sound) this.#unkept.set(source, made.get(source));
    return { files: await settle(outputs, true), diagnostics };
  }

  async #planAgain(): Promise<void> {
    const { tsconfig } = this.#plan;
    this.#plan = await this.#ask();
    if (this.#plan.tsconfig !== tsconfig) this.#generator = this.#open(this.#plan);
    this.#mayLackContract.clear();
    for (const source of this.#plan.mayLackContract) this.#mayLackContract.add(source);
    for (const source of this.#inputs.keys()) if (!this.#plan.files.includes(source)) this.#inputs.delete(source);
  }

  #watch(startedAt: number): void {
    const inputs = new Set([...this.#inputs.values()].flat());
    const { configPath, folders } = this.#plan;
    if (configPath !== undefined) inputs.add(configPath);
    // What is missing is waited for inside the project alone: above it are folders that others write to all the time.
    const roots = [absolute("."), ...(configPath === undefined ? [] : [dirname(configPath)])];
    const watched = new Set(folders);
    for (const path of inputs) {
      if (path.endsWith("/") && !this.#stamps.has(path)) this.#stamps.set(path, stampOf(path));
      if (path.includes("/node_modules") || path.endsWith("/")) continue;
      const found = statSync(path, { throwIfNoEntry: false });
      if (found?.isFile() === true) {
        watched.add(dirname(path));
        // Whoever edited between the reading and the watching is not missed.
        if (found.mtimeMs >= startedAt - clockSlackMs) this.#touched.add(path);
      } else if (found === undefined && roots.some((root) => path.startsWith(`${root}/`))) {
        watched.add(dirname(path));
        if (!this.#stamps.has(path)) this.#stamps.set(path, "none");
      }
    }
    this.#folders.watch(watched);
  }
}

function absolute(path: string): string {
  return resolve(path).split(sep).join("/");
}
