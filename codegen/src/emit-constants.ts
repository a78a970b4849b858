// Writes what generated functions share and make once, when their module is loaded: bounds, patterns, declared keys.
import { Definitions } from "./definitions.js";
import { fieldsInOrder } from "./encoding.js";
import type { FileScope } from "./file-scope.js";
import { joined, list, type Layout } from "./layout.js";
import type { Bounds, ObjectModel, OpenModel, PropertyModel } from "./model.js";
import { literal, quote } from "./spelling.js";

/** Writes the constants of one file, each when it is first named, and keeps them until they are placed. */
export class ConstantEmitter {
  readonly #file: FileScope;
  readonly #constants: Definitions;

  constructor(file: FileScope) {
    this.#file = file;
    this.#constants = new Definitions(file.names);
  }

  /** One part of the file, with the constants in the order in which they were first named; none without any. */
  texts(): Layout[] {
    const texts = this.#constants.texts();
    return texts.length === 0 ? [] : [joined(texts)];
  }

  /** The bounds of one place; equal ones of places with equal names are one constant. */
  bounds(bounds: Bounds, words: string): string {
    const fields = Object.entries(bounds).map(([name, value]) => {
      // Only a limit is text of digits where a number is meant.
      const isLimit = name === "minimum" || name === "maximum";
      return `${name}: ${isLimit && typeof value === "string" ? `${value}n` : literal(value as string | number | true)}`;
    });
    return this.#constants.define(`bounds ${words} ${fields.join()}`, `bounds${words}`, (name) =>
      list(`const ${name} = ${this.#file.runtime("boundsOf")}({`, fields, "});", " "),
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
    return key.kind === "primitive" && key.name === "number" ? [this.#file.runtime("numberKeys")] : [];
  }

  /** The names of an object's fields, in the order of the wire. */
  fields({ properties, open }: ObjectModel, words: string): string {
    const { required, optional } = fieldsInOrder(properties);
    const names = [...required, ...optional].map(({ name }) => name);
    const isOpen = open !== undefined;
    const define = isOpen ? "openFieldsOf" : "fieldsOf";
    return this.#constants.define(`fields ${words} ${isOpen} ${JSON.stringify(names)}`, `fields${words}`, (name) =>
      list(
        `const ${name} = ${this.#file.runtime(define)}(`,
        names.map((each) => quote(each)),
        ");",
      ),
    );
  }

  /** How a value tells which member of a union it is. */
  members(expected: string, forms: readonly string[], words: string): string {
    return this.#constants.define(`members ${words} ${forms.join()}`, `members${words}`, (name) =>
      list(`const ${name} = ${this.#file.runtime("membersOf")}(`, [expected, ...forms], ");"),
    );
  }

  /** The names of an object's declared fields. */
  keys(properties: readonly PropertyModel[], words: string): string {
    const names = properties.map(({ name }) => name);
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
      list(`const ${name} = ${this.#file.runtime("choicesOf")}([`, literals, "]);"),
    );
  }
}
