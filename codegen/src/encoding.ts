// How a type is encoded where its kind alone does not say it: the order of an object's fields, and what stands for the
// members of a union. PROTOCOL.md §10.5. Knows nothing of the text that is written from it.
import type { PrimitiveName, PropertyModel, TypeModel, UnionModel } from "./model.js";
import { compareText } from "./order.js";
import { flatMembers, wireMembers } from "./schema.js";
import { literal } from "./spelling.js";
import { resolve, type Types } from "./types.js";

export type Literal = TypeModel & { readonly kind: "literal" | "bigint-literal" };

export type Nothing = "null" | "undefined";

/** How a union's value is encoded. */
export type UnionEncoding =
  /** As a type of its own, with nil or extension 0 for what is not there. */
  | { readonly kind: "optional"; readonly nothing: Nothing; readonly type: TypeModel }
  /** By the number of a literal. */
  | { readonly kind: "choice"; readonly literals: readonly Literal[] }
  /** By the number of its member, and what that holds. */
  | { readonly kind: "numbered"; readonly members: readonly TypeModel[] };

/** Undefined for what is no union. */
export function unionEncoding(type: TypeModel, types: Types): UnionEncoding | undefined {
  if (type.kind !== "union") return undefined;
  const optional = optionalOf(type, types);
  if (optional !== undefined) return optional;
  const members = wireMembers(type, types);
  const literals = members.flatMap((each) => literalOf(each, types) ?? []);
  return literals.length === members.length ? { kind: "choice", literals } : { kind: "numbered", members };
}

/** Nil and extension 0 stand for null and undefined, unless there are both, or nil says something already. */
function optionalOf(union: UnionModel, types: Types): UnionEncoding | undefined {
  const members = flatMembers(union, types);
  const nothings = members.flatMap((each) => (each.kind === "primitive" && isNothing(each.name) ? [each.name] : []));
  const others = members.filter((each) => each.kind !== "primitive" || !isNothing(each.name));
  const [nothing] = nothings;
  const [only] = others;
  if (nothing === undefined || nothings.length > 1 || only === undefined) return undefined;
  if (others.length > 1) return { kind: "optional", nothing, type: { kind: "union", members: others } };
  if (nothing === "null" && onlyValueOf(only, types) !== undefined) return undefined;
  return { kind: "optional", nothing, type: only };
}

/** The one value that a type has, as it is written in a program; undefined for a type of several. */
export function onlyValueOf(type: TypeModel, types: Types): string | undefined {
  const resolved = resolve(type, types);
  if (resolved.kind === "primitive") return isNothing(resolved.name) ? resolved.name : undefined;
  if (resolved.kind === "bigint-literal") return `${resolved.digits}n`;
  return resolved.kind === "literal" ? literal(resolved.value) : undefined;
}

/** Fields in the order of the wire: those that are always there, then those that may be left out, each by name. */
export function fieldsInOrder(properties: readonly PropertyModel[]): {
  readonly required: readonly PropertyModel[];
  readonly optional: readonly PropertyModel[];
} {
  const sorted = [...properties].sort((a, b) => compareText(a.name, b.name));
  return { required: sorted.filter((each) => !each.optional), optional: sorted.filter((each) => each.optional) };
}

function literalOf(type: TypeModel, types: Types): Literal | undefined {
  const resolved = resolve(type, types);
  return resolved.kind === "literal" || resolved.kind === "bigint-literal" ? resolved : undefined;
}

function isNothing(name: PrimitiveName): name is Nothing {
  return name === "null" || name === "undefined";
}
