// Values of models' types, by numbers that are drawn.
import fc from "fast-check";
import type { NamedType, TypeModel } from "../dist/model.js";
import { isNumber } from "./models.js";

/** A type that has no small value. */
export class Endless extends Error {}

/** A number from 0 to `max`. */
export type Draw = (max: number) => number;

/** The same numbers for the same seed. */
export function drawFrom(seed: number): Draw {
  const [numbers] = fc.sample(fc.infiniteStream(fc.nat()), { numRuns: 1, seed });
  return (max) => Number(numbers?.next().value) % (max + 1);
}

/** A value of a type, by the numbers that `draw` gives. @throws Endless for a type that has no small value */
export function valueOf(type: TypeModel, types: ReadonlyMap<string, NamedType>, draw: Draw, depth = 0): unknown {
  if (depth > 8) throw new Endless();
  const of = (inner: TypeModel) => valueOf(inner, types, draw, depth + 1);
  const many = (inner: TypeModel) => (depth > 4 ? [] : Array.from({ length: draw(2) }, () => of(inner)));
  switch (type.kind) {
    case "primitive":
      return primitives[type.name][draw(2)];
    case "literal":
      return type.value;
    case "array":
      return many(type.element);
    case "set":
      return new Set(many(type.element));
    case "record":
      return Object.fromEntries(many(type.value).map((each, index) => [["tag", "x", "key"][index], each]));
    case "map":
      return new Map(many(type.key).map((each) => [each, of(type.value)]));
    case "tuple": {
      const length = type.required + draw(type.elements.length - type.required);
      const fixed = type.elements.slice(0, length).map(of);
      return type.rest === undefined || length < type.elements.length ? fixed : [...fixed, ...many(type.rest)];
    }
    case "object": {
      const fields = type.properties.flatMap(({ name, optional, undefinable, type, bounds }): [string, unknown][] => {
        if ((optional || undefinable) && (depth > 4 || draw(2) === 0)) return undefinable ? [[name, undefined]] : [];
        const { minimum = 0, maximum = 9 } = bounds ?? {};
        const isBounded = bounds !== undefined && isNumber(type);
        return [[name, isBounded ? [minimum, 5, maximum][draw(2)] : of(type)]];
      });
      return Object.fromEntries(fields);
    }
    case "union": {
      const member = type.members[draw(type.members.length - 1)];
      return member === undefined ? undefined : of(member);
    }
    case "named": {
      const named = types.get(type.id);
      if (named === undefined) throw new Error(`no type ${type.id}`);
      return of(named.type);
    }
    default:
      throw new Error(`no values of ${type.kind} here`);
  }
}

const primitives = {
  string: ["", "a", "héllo"],
  number: [0, -1.5, 2 ** 40],
  boolean: [true, false, true],
  bigint: [0n, -(2n ** 60n), 10n ** 30n],
  date: [new Date(0), new Date(-1), new Date(1_700_000_000_123)],
  bytes: [new Uint8Array(), Uint8Array.of(1), Uint8Array.of(1, 2)],
  null: [null, null, null],
  undefined: [undefined, undefined, undefined],
};
