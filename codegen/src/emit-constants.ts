// Writes what generated functions share and make once, when their module is loaded: bounds, patterns, declared keys.
import { Definitions } from "./definitions.js";
import { joined, list, type Layout } from "./layout.js";
import type { Bounds, OpenModel } from "./model.js";
import type { Names } from "./names.js";
import { literal, quote } from "./spelling.js";

/** Writes the constants of one file, each when it is first named, and keeps them until they are placed. */
export class ConstantEmitter {
  readonly #runtime: (name: string) => string;
  readonly #constants: Definitions;

  constructor(names: Names, runtime: (name: string) => string) {
    this.#constants = new Definitions(names);
    this.#runtime = runtime;
  }

  /** One part of the file, with the constants in the order in which they were first named; none without any. */
  texts(): Layout[] {
    const texts = this.#constants.texts();
    return texts.length === 0 ? [] : [joined(texts)];
  }

  /** The bounds of one place; equal ones of places with equal names are one constant. */
  bounds(bounds: Bounds, words: string): string {
    const fields = Object.entries(bounds).map(
      ([name, value]) => `${name}: ${literal(value as string | number | true).replace(/^(-?[\d.]+e)\+/, "$1")}`,
    );
    return this.#constants.define(`bounds ${words} ${fields.join()}`, `bounds${words}`, (name) =>
      list(`const ${name} = ${this.#runtime("boundsOf")}({`, fields, "});", " "),
    );
  }

  /** The regular expression of a template literal type. */
  pattern(source: string): string {
    return this.#constants.define(`pattern ${source}`, "pattern", (name) =>
      list(`const ${name} = new RegExp(`, [quote(source), '"u"'], ");"),
    );
  }

  /** What the keys of an open object must match, as an argument; none where every text will do. */
  keyForm({ key }: OpenModel): string[] {
    if (key.kind === "template") return [this.pattern(key.pattern)];
    return key.kind === "primitive" && key.name === "number" ? [this.#runtime("numberKeys")] : [];
  }

  /** The names of an object's fields, in the order of the wire. */
  fields(names: readonly string[], isOpen: boolean, words: string): string {
    const define = isOpen ? "openFieldsOf" : "fieldsOf";
    return this.#constants.define(`fields ${words} ${isOpen} ${JSON.stringify(names)}`, `fields${words}`, (name) =>
      list(
        `const ${name} = ${this.#runtime(define)}(`,
        names.map((each) => quote(each)),
        ");",
      ),
    );
  }

  /** How a value tells which member of a union it is. */
  members(expected: string, forms: readonly string[], words: string): string {
    return this.#constants.define(`members ${words} ${forms.join()}`, `members${words}`, (name) =>
      list(`const ${name} = ${this.#runtime("membersOf")}(`, [expected, ...forms], ");"),
    );
  }

  /** The names of an object's declared fields. */
  keys(names: readonly string[], words: string): string {
    return this.#constants.define(`keys ${words} ${JSON.stringify(names)}`, `keys${words}`, (name) =>
      list(
        `const ${name}: ReadonlySet<string> = new Set([`,
        names.map((each) => quote(each)),
        "]);",
      ),
    );
  }

  /** The literals that a type may be, by their numbers on the wire. */
  choices(literals: readonly string[], words: string): string {
    return this.#constants.define(`choices ${words} ${literals.join()}`, `choices${words}`, (name) =>
      list(`const ${name} = ${this.#runtime("choicesOf")}([`, literals, "]);"),
    );
  }
}
