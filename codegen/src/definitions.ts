// What a generated file defines for itself: each thing once, under a name of its own. Knows nothing of what it is.
import type { Layout } from "./layout.js";
import type { Names } from "./names.js";

/** Definitions of one kind, each written when it is first named. */
export class Definitions {
  readonly #names: Names;
  readonly #known = new Map<string, { readonly name: string; text: Layout }>();

  constructor(names: Names) {
    this.#names = names;
  }

  /**
   * The name of what stands under `key`: `wanted` where that is free. What is new is written by `text`, which may name it
   * again.
   */
  define(key: string, wanted: string, text: (name: string) => Layout): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known.name;
    const made = { name: this.#names.take(wanted), text: "" as Layout };
    this.#known.set(key, made);
    made.text = text(made.name);
    return made.name;
  }

  /** Undefined where nothing stands under `key`. */
  nameOf(key: string): string | undefined {
    return this.#known.get(key)?.name;
  }

  /** In the order in which they were first named. */
  texts(): Layout[] {
    return [...this.#known.values()].map(({ text }) => text);
  }
}
