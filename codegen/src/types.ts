// The named types of one file, found by their ids.
import type { NamedType, TypeModel } from "./model.js";

/** Named types by id. */
export type Types = ReadonlyMap<string, NamedType>;

/** A type that is not only the name of another. */
export type Unnamed = Exclude<TypeModel, { readonly kind: "named" }>;

/** The types by their ids. */
export function byId(types: readonly NamedType[]): Types {
  return new Map(types.map((each) => [each.id, each]));
}

/** @throws Error where no type has this id: whatever reads a contract keeps all that it names */
export function namedType(id: string, types: Types): NamedType {
  const named = types.get(id);
  if (named === undefined) throw new Error(`the model names ${id} and does not hold it`);
  return named;
}

/** An id without the number that tells two types of one name apart. */
export function declaredName(id: string): string {
  return id.replace(/#\d+$/, "");
}

/** A type without the names in front of it. @throws Error as {@link namedType} does */
export function resolve(type: TypeModel, types: Types): Unnamed {
  // It ends: only through an array or an object can a type name itself.
  return type.kind === "named" ? resolve(namedType(type.id, types).type, types) : type;
}
