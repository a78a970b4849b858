// What a union needs to cross the wire: an order that does not vary, and members that can be told apart when they arrive.
import { say } from "./diagnostics.js";
import type { NamedType, PropertyModel, TypeModel } from "./model.js";
import { spell } from "./spelling.js";

type Types = ReadonlyMap<string, NamedType>;
type Literal = string | number | boolean;

/** What a value is on the wire, in the order in which a union's members are written. */
const wireKinds = ["text", "number", "boolean", "date", "bytes", "array", "map", "nil", "undefined"] as const;
type WireKind = (typeof wireKinds)[number];

/** How the objects of a union are told apart: a property, and the values that each of them has there. */
export interface Discriminant {
  readonly property: string;
  readonly cases: readonly { readonly values: readonly Literal[]; readonly type: TypeModel }[];
}

/** A union of the members, flat, without repetitions, in canonical order; one member alone is that member. */
export function canonicalUnion(members: readonly TypeModel[]): TypeModel {
  const flat = new Map<string, TypeModel>();
  for (const member of members.flatMap((each) => (each.kind === "union" ? each.members : [each]))) {
    flat.set(
      spell(member, (id) => id),
      member,
    );
  }
  // The compiler sees boolean as true | false.
  if (flat.has("true") && flat.has("false")) {
    flat.delete("true");
    flat.delete("false");
    flat.set("boolean", { kind: "primitive", name: "boolean" });
  }
  const sorted = [...flat]
    .sort(([a, typeA], [b, typeB]) => rank(typeA) - rank(typeB) || inOrder(a, typeA, b, typeB))
    .map(([, type]) => type);
  const [only] = sorted;
  return sorted.length === 1 && only !== undefined ? only : { kind: "union", members: sorted };
}

function rank(type: TypeModel): number {
  if (type.kind === "literal") return 0;
  if (type.kind !== "primitive") return 2;
  return type.name === "null" ? 3 : type.name === "undefined" ? 4 : 1;
}

function inOrder(a: string, typeA: TypeModel, b: string, typeB: TypeModel): number {
  if (
    typeA.kind === "literal" &&
    typeB.kind === "literal" &&
    typeof typeA.value === "number" &&
    typeof typeB.value === "number"
  ) {
    return typeA.value - typeB.value;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is wrong with a union's members, as a message about `path`; undefined where they can be told apart. */
export function faultOf(members: readonly TypeModel[], types: Types, path: string): string | undefined {
  const text = (type: TypeModel) => spell(type, (id) => id);
  const objects = members.filter((each) => isFields(each, types));
  if (objects.length > 1 && discriminantOf(objects, types) === undefined) {
    return say.unionObjects(path, objects.map(text).join(", "));
  }
  const taken = new Map<WireKind, TypeModel>();
  for (const member of members) {
    for (const kind of wireKindsOf(member, types)) {
      const other = taken.get(kind);
      // Literals are told apart by value, objects by their discriminant.
      const apart =
        other === undefined ||
        (isLiteral(other, types) && isLiteral(member, types)) ||
        (isFields(other, types) && isFields(member, types));
      if (!apart) return say.unionKinds(path, text(other), text(member), kind);
      taken.set(kind, member);
    }
  }
  return undefined;
}

/** The first property, in the order of the first object, that every object has with literals of its own. */
export function discriminantOf(objects: readonly TypeModel[], types: Types): Discriminant | undefined {
  const candidates = propertiesOf(objects[0], types);
  for (const { name } of candidates) {
    const cases = objects.flatMap((type) => {
      const property = propertiesOf(type, types).find((each) => each.name === name);
      const isFirm = property !== undefined && !property.optional && !property.undefinable;
      const values = isFirm ? literalsOf(property.type, types) : undefined;
      return values === undefined ? [] : [{ values, type }];
    });
    const all = cases.flatMap(({ values }) => values);
    if (cases.length === objects.length && new Set(all).size === all.length) return { property: name, cases };
  }
  return undefined;
}

/** Whether a member is an object with declared fields. */
export function isFields(type: TypeModel, types: Types): boolean {
  return resolve(type, types)?.kind === "object";
}

/** A type without the names in front of it. */
export function resolve(type: TypeModel | undefined, types: Types): TypeModel | undefined {
  return type?.kind === "named" ? resolve(types.get(type.id)?.type, types) : type;
}

function propertiesOf(type: TypeModel | undefined, types: Types): readonly PropertyModel[] {
  const resolved = resolve(type, types);
  return resolved?.kind === "object" ? resolved.properties : [];
}

function literalsOf(type: TypeModel, types: Types): readonly Literal[] | undefined {
  const resolved = resolve(type, types);
  if (resolved?.kind === "literal") return [resolved.value];
  if (resolved?.kind !== "union") return undefined;
  const parts = resolved.members.map((each) => literalsOf(each, types));
  return parts.some((each) => each === undefined) ? undefined : parts.flatMap((each) => each ?? []);
}

function isLiteral(type: TypeModel, types: Types): boolean {
  return literalsOf(type, types) !== undefined;
}

function wireKindsOf(type: TypeModel, types: Types): readonly WireKind[] {
  const resolved = resolve(type, types);
  switch (resolved?.kind) {
    case undefined:
    case "named":
      return [];
    case "literal":
      return [typeof resolved.value === "string" ? "text" : typeof resolved.value === "number" ? "number" : "boolean"];
    case "object":
    case "record":
      return ["map"];
    case "array":
    case "tuple":
    case "map":
    case "set":
      return ["array"];
    case "union":
      return [...new Set(resolved.members.flatMap((each) => wireKindsOf(each, types)))];
    case "primitive":
      switch (resolved.name) {
        case "string":
          return ["text"];
        case "number":
        case "boolean":
        case "date":
        case "bytes":
        case "undefined":
          return [resolved.name];
        case "null":
          return ["nil"];
        // A small one arrives as a number, a large one as decimal text.
        case "bigint":
          return ["number", "text"];
      }
  }
}
