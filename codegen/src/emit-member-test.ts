// How the member of a union that a value is of is recognised, before the value is written. Knows nothing of what is done with
// it then.
import type { TemplateModel, TypeModel } from "./model.js";
import { literal } from "./spelling.js";
import { resolve, type Types } from "./types.js";

/** Writes the tests of one file: expressions over `value`. */
export class MemberTests {
  readonly #types: Types;
  readonly #runtime: (name: string) => string;
  readonly #pattern: (template: TemplateModel) => string;

  /** `pattern` gives the constant that a template's text matches. */
  constructor(types: Types, runtime: (name: string) => string, pattern: (template: TemplateModel) => string) {
    this.#types = types;
    this.#runtime = runtime;
    this.#pattern = pattern;
  }

  /** How a value of one member of a union is recognised; undefined for literals, and for objects with fields. */
  testOf(member: TypeModel): string | undefined {
    const type = resolve(member, this.#types);
    switch (type.kind) {
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
          case "string":
          case "number":
          case "boolean":
            return `typeof value === "${type.name}"`;
        }
        break;
      case "bigint-literal":
        return 'typeof value === "bigint"';
      case "binary":
        return `value instanceof ${type.name}`;
      case "template":
        return `typeof value === "string" && ${this.#pattern(type)}.test(value)`;
      case "brand":
        return this.testOf(type.of);
      case "array":
      case "tuple":
        return "Array.isArray(value)";
      case "map":
        return "value instanceof Map";
      case "set":
        return "value instanceof Set";
      case "record":
        return `${this.#runtime("isObject")}(value)`;
      case "union": {
        const tests = type.members.map((each) => this.testOf(each) ?? this.#literalTest(each));
        return tests.map((each) => (each.includes("&&") ? `(${each})` : each)).join(" || ");
      }
      case "literal":
      case "object":
        return undefined;
    }
  }

  #literalTest(member: TypeModel): string {
    return member.kind === "literal" ? `value === ${literal(member.value)}` : `${this.#runtime("isObject")}(value)`;
  }
}
