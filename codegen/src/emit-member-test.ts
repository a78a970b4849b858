// How the member of a union that a value is of is recognised, before the value is copied. Knows nothing of what is done with
// it then.
import type { NamedType, TemplateModel, TypeModel } from "./model.js";
import { literal } from "./spelling.js";
import { hasBoxedBigint, resolve } from "./union.js";

/** Onto the wire or back. A type that crosses as it is has one function for both, called `copy`. */
export type Direction = "lower" | "lift";

/** Writes the tests of one file: expressions over `value`. */
export class MemberTests {
  readonly #types: ReadonlyMap<string, NamedType>;
  readonly #runtime: (name: string) => string;
  readonly #pattern: (template: TemplateModel) => string;

  /** `pattern` gives the constant that a template's text matches. */
  constructor(
    types: ReadonlyMap<string, NamedType>,
    runtime: (name: string) => string,
    pattern: (template: TemplateModel) => string,
  ) {
    this.#types = types;
    this.#runtime = runtime;
    this.#pattern = pattern;
  }

  /** How a value of one member of a union is recognised before it is copied; undefined for literals, which need no copy. */
  testOf(member: TypeModel, direction: Direction, boxed = false): string | undefined {
    const type = resolve(member, this.#types);
    const isLower = direction === "lower";
    switch (type?.kind) {
      case "primitive":
        switch (type.name) {
          case "null":
          case "undefined":
            return `value === ${type.name}`;
          case "date":
            return "value instanceof Date";
          case "bytes":
            return "value instanceof Uint8Array";
          case "bigint":
            if (boxed && !isLower) return "Array.isArray(value)";
            return isLower ? 'typeof value === "bigint"' : '["bigint", "number", "string"].includes(typeof value)';
          case "string":
          case "number":
          case "boolean":
            return `typeof value === "${type.name}"`;
        }
        break;
      case "bigint-literal":
        return this.testOf({ kind: "primitive", name: "bigint" }, direction);
      case "binary":
        return `value instanceof ${isLower ? type.name : "Uint8Array"}`;
      case "template":
        return `typeof value === "string" && ${this.#pattern(type)}.test(value)`;
      case "brand":
        return this.testOf(type.of, direction);
      case "array":
      case "tuple":
        return "Array.isArray(value)";
      case "map":
        return isLower ? "value instanceof Map" : "Array.isArray(value)";
      case "set":
        return isLower ? "value instanceof Set" : "Array.isArray(value)";
      case "record":
        return `${this.#runtime("isObject")}(value)`;
      case "union": {
        const inner = hasBoxedBigint(type.members, this.#types);
        const tests = type.members.map((each) => this.testOf(each, direction, inner) ?? this.#literalTest(each));
        return tests.map((each) => (each.includes("&&") ? `(${each})` : each)).join(" || ");
      }
      case undefined:
      case "literal":
      case "named":
      case "object":
        return undefined;
    }
  }

  #literalTest(member: TypeModel): string {
    return member.kind === "literal" ? `value === ${literal(member.value)}` : `${this.#runtime("isObject")}(value)`;
  }
}
