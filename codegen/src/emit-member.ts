// How the member of a union that a value is of is recognised: in the value, before it is written, and by what stands on the
// wire, where its number does not. Knows nothing of what is done with it then.
import type { ConstantEmitter } from "./emit-constants.js";
import { onlyValueOf } from "./encoding.js";
import type { FileScope } from "./file-scope.js";
import type { TypeModel } from "./model.js";
import { literal, pascal, quote } from "./spelling.js";
import { resolve } from "./types.js";
import { boxedAmong, discriminantOf, isFields, ownKeysOf } from "./union.js";

/** Writes what recognises the members of one file's unions. */
export class MemberEmitter {
  readonly #file: FileScope;
  readonly #constants: ConstantEmitter;

  constructor(file: FileScope, constants: ConstantEmitter) {
    this.#file = file;
    this.#constants = constants;
  }

  /** An expression over `value`; undefined for a type of one value, and for objects with fields, which it cannot tell apart. */
  testOf(member: TypeModel): string | undefined {
    const type = resolve(member, this.#file.types);
    switch (type.kind) {
      case "primitive":
        switch (type.name) {
          case "date":
            return "value instanceof Date";
          case "bytes":
            return "value instanceof Uint8Array";
          case "bigint":
          case "string":
          case "number":
          case "boolean":
            return `typeof value === "${type.name}"`;
          case "null":
          case "undefined":
            return undefined;
        }
        break;
      case "binary":
        return `value instanceof ${type.name}`;
      case "template":
        return `typeof value === "string" && ${this.#constants.pattern(type.pattern)}.test(value)`;
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
        return `${this.#file.runtime("isObject")}(value)`;
      case "literal":
      case "bigint-literal":
      case "object":
      case "union":
        return undefined;
    }
  }

  /** The constant that tells the members apart where their numbers are not there. */
  constant(members: readonly TypeModel[], words: string): string {
    const { types } = this.#file;
    const isBoxed = boxedAmong(members, types);
    const objects = members.filter((each) => isFields(each, types));
    const discriminant = objects.length > 1 ? discriminantOf(objects, types) : undefined;
    const keys = objects.length > 1 && discriminant === undefined ? ownKeysOf(objects, types) : undefined;
    const forms = members.map((member): string => {
      const ofCase = discriminant?.cases.find(({ type }) => type === member);
      if (discriminant !== undefined && ofCase !== undefined) {
        const values = ofCase.values.map((value) => literal(value)).join(", ");
        return `{ has: ${quote(discriminant.property)}, of: [${values}] }`;
      }
      const own = keys?.cases.find(({ type }) => type === member);
      if (own !== undefined) return `{ has: ${quote(own.property)} }`;
      const only = onlyValueOf(member, types);
      if (only !== undefined) return `[${only}]`;
      return isBoxed(member) ? quote("boxed bigint") : this.#formOf(member);
    });
    return this.#constants.members(this.expected(members), forms, words);
  }

  /** What a value should have been, where it is of none of them. */
  expected(members: readonly TypeModel[]): string {
    const objects = members.filter((each) => isFields(each, this.#file.types));
    const others = members.filter((each) => !objects.includes(each)).map((each) => this.#file.spell(each));
    return quote([...others.sort(), ...(objects.length > 0 ? ["object"] : [])].join(" | "));
  }

  #formOf(member: TypeModel): string {
    const type = resolve(member, this.#file.types);
    switch (type.kind) {
      case "primitive":
        return quote(type.name === "date" ? "Date" : type.name);
      case "template":
        return this.#constants.pattern(type.pattern);
      case "binary":
        return quote("bytes");
      case "brand":
        return this.#formOf(type.of);
      case "object":
      case "record":
        return quote("object");
      default:
        return quote("array");
    }
  }
}

/** What the functions for a member are named by, where it has no name. */
export function memberWords(member: TypeModel): string {
  return pascal(member.kind === "primitive" ? member.name : member.kind);
}

/** The same for what stands beside null or undefined. */
export function otherWords({ type }: { readonly type: TypeModel }): string {
  return type.kind === "union" ? "Value" : "";
}
