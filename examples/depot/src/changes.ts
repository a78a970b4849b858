// Tells those who watch what happens to files. Bounded for each of them: who does not keep up loses the watch, not the
// server its memory. Knows no disk and no connection.
import { RpcError } from "@tautline/rpc";
import { isWithin } from "./depot-path.js";
import type { Change } from "./depot.js";

/** Something that happened at one path. */
export type PathChange = Exclude<Change, { kind: "watching" }>;

/** How many changes wait for one watcher at most. */
const mostWaiting = 1024;

export class Changes {
  readonly #watches = new Set<Watch>();

  publish(change: PathChange): void {
    for (const watch of [...this.#watches]) watch.push(change);
  }

  /**
   * Watches a path and what is below it, from now on, also before the first `next()`. Ends without an error when one of
   * the signals aborts. The caller disposes of it.
   */
  watch(path: string, ends: readonly AbortSignal[]): Watch {
    const watch = new Watch(path, ends, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    for (const signal of ends) if (signal.aborted) watch.end();
    return watch;
  }
}

/** The changes of one path, in order. */
export class Watch implements AsyncIterable<PathChange> {
  readonly #path: string;
  readonly #ends: readonly AbortSignal[];
  readonly #forget: () => void;
  readonly #waiting: PathChange[] = [];
  #state: "open" | "ended" | "lagging" = "open";
  #wake: () => void = () => {};

  /** @internal Use `changes.watch`. */
  constructor(path: string, ends: readonly AbortSignal[], forget: () => void) {
    this.#path = path;
    this.#ends = ends;
    this.#forget = forget;
    for (const signal of ends) signal.addEventListener("abort", this.end);
  }

  push(change: PathChange): void {
    if (this.#state !== "open" || !isWithin(change.path, this.#path)) return;
    const last = this.#waiting.at(-1);
    // A file that grows and grows is one piece of news.
    if (change.kind === "grown" && last?.kind === "grown" && last.path === change.path) this.#waiting.pop();
    if (this.#waiting.length === mostWaiting) this.#state = "lagging";
    else this.#waiting.push(change);
    this.#wake();
  }

  readonly end = (): void => {
    if (this.#state === "open") this.#state = "ended";
    this.#wake();
  };

  async *[Symbol.asyncIterator](): AsyncGenerator<PathChange> {
    for (;;) {
      const change = this.#waiting.shift();
      if (change !== undefined) yield change;
      else if (this.#state === "open") await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (this.#state === "ended") return;
      else {
        const message = `this watcher fell ${mostWaiting} changes behind: list the folder, and watch it again`;
        throw new RpcError("resource-exhausted", message);
      }
    }
  }

  [Symbol.dispose](): void {
    for (const signal of this.#ends) signal.removeEventListener("abort", this.end);
    this.end();
    this.#forget();
  }
}
