// What a generated file defines for itself: each thing once, under a name of its own. Knows nothing of what it is.
import type { Layout } from "./layout.js";
import type { Names } from "./names.js";

/** Definitions of one kind, each written when it is first named. */
export class Definitions {
  readonly #names: Names;
  readonly #known = new Map<string, { readonly name: string; text: Layout }>();
  /** What the text of each names. */
  readonly #uses = new Map<string, Set<string>>();
  /** Whose text is being written, innermost last. */
  readonly #writing: string[] = [];

  constructor(names: Names) {
    this.#names = names;
  }

  /**
   * The name of what stands under `key`: `wanted` where that is free. What is new is written by `text`, which may name it
   * again.
   */
  define(key: string, wanted: string, text: (name: string) => Layout): string {
    this.#uses.get(this.#writing.at(-1) ?? "")?.add(key);
    const known = this.#known.get(key);
    if (known !== undefined) return known.name;
    const made = { name: this.#names.take(wanted), text: "" as Layout };
    this.#known.set(key, made);
    this.#uses.set(key, new Set());
    this.#writing.push(key);
    made.text = text(made.name);
    this.#writing.pop();
    return made.name;
  }

  /** Undefined where nothing stands under `key`. */
  nameOf(key: string): string | undefined {
    return this.#known.get(key)?.name;
  }

  /** Whether what stands under `key` is a part of itself, or leads to something that is. */
  canRecur(key: string): boolean {
    const above = new Set<string>();
    const done = new Set<string>();
    const recurs = (at: string): boolean => {
      if (above.has(at)) return true;
      if (done.has(at)) return false;
      above.add(at);
      const found = [...(this.#uses.get(at) ?? [])].some(recurs);
      above.delete(at);
      done.add(at);
      return found;
    };
    return recurs(key);
  }

  /** In the order in which they were first named. */
  texts(): Layout[] {
    return [...this.#known.values()].map(({ text }) => text);
  }
}
