// What a union needs to cross the wire: an order that does not vary, and members that can be told apart when they arrive.
import { say } from "./diagnostics.js";
import type { PropertyModel, TypeModel } from "./model.js";
import { compareText } from "./order.js";
import { spell, spellOf } from "./spelling.js";
import { resolve, type Types } from "./types.js";

type LiteralValue = string | number | boolean;

/** What a value is on the wire, in the order in which a union's members are written. */
const wireKinds = ["text", "number", "boolean", "date", "bytes", "array", "map", "nil", "undefined"] as const;
type WireKind = (typeof wireKinds)[number];

/** How the objects of a union are told apart: a property, and the values that each of them has there. */
export interface Discriminant {
  readonly property: string;
  readonly cases: readonly { readonly values: readonly LiteralValue[]; readonly type: TypeModel }[];
}

/** A property that one object of a union has and no other declares. */
export interface OwnKey {
  readonly property: string;
  readonly type: TypeModel;
}

/** How objects without a discriminant are told apart: one of them at most has no such property, and comes last. */
export interface OwnKeys {
  readonly cases: readonly OwnKey[];
  readonly last: TypeModel | undefined;
}

/** A union of the members, flat, without repetitions, in canonical order; one member alone is that member. */
export function canonicalUnion(members: readonly TypeModel[]): TypeModel {
  const flat = new Map<string, TypeModel>();
  for (const member of members.flatMap((each) => (each.kind === "union" ? each.members : [each]))) {
    flat.set(spellOf(member), member);
  }
  // The compiler sees boolean as true | false.
  if (flat.has("true") && flat.has("false")) {
    flat.delete("true");
    flat.delete("false");
    flat.set("boolean", { kind: "primitive", name: "boolean" });
  }
  const sorted = [...flat]
    .sort(([a, typeA], [b, typeB]) => rank(typeA) - rank(typeB) || compareMembers(a, typeA, b, typeB))
    .map(([, type]) => type);
  const [only] = sorted;
  return sorted.length === 1 && only !== undefined ? only : { kind: "union", members: sorted };
}

function rank(type: TypeModel): number {
  if (type.kind === "literal" || type.kind === "bigint-literal") return 0;
  if (type.kind !== "primitive") return 2;
  return type.name === "null" ? 3 : type.name === "undefined" ? 4 : 1;
}

/** Of one rank. */
function compareMembers(a: string, typeA: TypeModel, b: string, typeB: TypeModel): number {
  if (
    typeA.kind === "literal" &&
    typeB.kind === "literal" &&
    typeof typeA.value === "number" &&
    typeof typeB.value === "number"
  ) {
    return typeA.value - typeB.value;
  }
  return compareText(a, b);
}

/** What is wrong with a union's members, as a message about `path`; undefined where they can be told apart. */
export function faultOf(members: readonly TypeModel[], types: Types, path: string): string | undefined {
  // What was written in place has no name that the user knows.
  const nameOf = (id: string): string => {
    const named = types.get(id);
    return named === undefined || named.from !== undefined ? id : spell(named.type, (inner) => inner);
  };
  const text = (type: TypeModel) => spell(type, nameOf);
  const objects = members.filter((each) => isFields(each, types));
  if (objects.length > 1 && discriminantOf(objects, types) === undefined && ownKeysOf(objects, types) === undefined) {
    const [a, b] = alikeOf(objects, types);
    return say.unionObjects(path, text(a), text(b));
  }
  const isBoxed = boxedAmong(members, types);
  const taken = new Map<WireKind, TypeModel>();
  for (const member of members) {
    for (const kind of isBoxed(member) ? (["array"] as const) : wireKindsOf(member, types)) {
      const other = taken.get(kind);
      // What crosses as it is needs not be told apart, bigint literals differ in value, and objects were compared above.
      const apart =
        other === undefined ||
        (crossesAsIs(other, types) && crossesAsIs(member, types)) ||
        (other.kind === "bigint-literal" && member.kind === "bigint-literal") ||
        (isFields(other, types) && isFields(member, types));
      if (!apart) return say.unionKinds(path, text(other), text(member), kind);
      taken.set(kind, member);
    }
  }
  return undefined;
}

/** The first property, in the order of the first object, that every object has with literals of its own. */
export function discriminantOf(objects: readonly TypeModel[], types: Types): Discriminant | undefined {
  const [first] = objects;
  if (first === undefined) return undefined;
  for (const { name } of propertiesOf(first, types)) {
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

/**
 * The first property of each object that none of the others declares: required, so that it is always there. Undefined where
 * more than one object has none, or one has open keys, which could be anything.
 */
export function ownKeysOf(objects: readonly TypeModel[], types: Types): OwnKeys | undefined {
  const cases: OwnKey[] = [];
  const rest: TypeModel[] = [];
  for (const type of objects) {
    const resolved = resolve(type, types);
    if (resolved.kind === "object" && resolved.open !== undefined) return undefined;
    const property = ownKeyOf(
      type,
      objects.filter((each) => each !== type),
      types,
    );
    if (property === undefined) rest.push(type);
    else cases.push({ property, type });
  }
  return rest.length > 1 ? undefined : { cases, last: rest[0] };
}

function ownKeyOf(type: TypeModel, others: readonly TypeModel[], types: Types): string | undefined {
  const taken = new Set(others.flatMap((each) => propertiesOf(each, types).map(({ name }) => name)));
  const holdsNothing = ({ type }: PropertyModel) => type.kind === "primitive" && type.name === "undefined";
  return propertiesOf(type, types).find(
    (each) => !each.optional && !each.undefinable && !taken.has(each.name) && !holdsNothing(each),
  )?.name;
}

/** Two objects that cannot be told apart: those without a property of their own, or else any two. */
function alikeOf(objects: readonly TypeModel[], types: Types): readonly [TypeModel, TypeModel] {
  for (const [index, a] of objects.entries()) {
    for (const b of objects.slice(index + 1)) {
      if (discriminantOf([a, b], types) === undefined && ownKeysOf([a, b], types) === undefined) return [a, b];
    }
  }
  const alone = objects.filter(
    (each) =>
      ownKeyOf(
        each,
        objects.filter((other) => other !== each),
        types,
      ) === undefined,
  );
  const [a, b] = alone.length > 1 ? alone : objects;
  if (a === undefined || b === undefined) throw new Error("fewer than two objects are never alike");
  return [a, b];
}

/**
 * Whether a union's bigints travel in an array of one decimal text: beside numbers or text they would arrive as one of
 * these.
 */
export function hasBoxedBigint(members: readonly TypeModel[], types: Types): boolean {
  return (
    members.some(isBigint) &&
    members.some(
      (each) => !isBigint(each) && wireKindsOf(each, types).some((kind) => kind === "number" || kind === "text"),
    )
  );
}

/** The same for each member: whether it is one of those bigints. */
export function boxedAmong(members: readonly TypeModel[], types: Types): (member: TypeModel) => boolean {
  const isBoxed = hasBoxedBigint(members, types);
  return (member) => isBoxed && isBigint(member);
}

export function isBigint(type: TypeModel): boolean {
  return type.kind === "primitive" && type.name === "bigint";
}

/** Whether a value crosses as itself, so that nothing hangs on which member it was. */
function crossesAsIs(type: TypeModel, types: Types): boolean {
  const resolved = resolve(type, types);
  switch (resolved.kind) {
    case "literal":
    case "template":
      return true;
    case "brand":
      return crossesAsIs(resolved.of, types);
    case "primitive":
      return ["string", "number", "boolean"].includes(resolved.name);
    case "union":
      return resolved.members.every((each) => crossesAsIs(each, types));
    default:
      return false;
  }
}

/** Whether a member is an object with declared fields. */
export function isFields(type: TypeModel, types: Types): boolean {
  return resolve(type, types).kind === "object";
}

function propertiesOf(type: TypeModel, types: Types): readonly PropertyModel[] {
  const resolved = resolve(type, types);
  return resolved.kind === "object" ? resolved.properties : [];
}

function literalsOf(type: TypeModel, types: Types): readonly LiteralValue[] | undefined {
  const resolved = resolve(type, types);
  if (resolved.kind === "literal") return [resolved.value];
  if (resolved.kind !== "union") return undefined;
  const parts = resolved.members.map((each) => literalsOf(each, types));
  return parts.some((each) => each === undefined) ? undefined : parts.flatMap((each) => each ?? []);
}

function wireKindsOf(type: TypeModel, types: Types): readonly WireKind[] {
  const resolved = resolve(type, types);
  switch (resolved.kind) {
    case "literal":
      return [typeof resolved.value === "string" ? "text" : typeof resolved.value === "number" ? "number" : "boolean"];
    case "template":
      return ["text"];
    case "binary":
      return ["bytes"];
    case "bigint-literal":
      return ["number", "text"];
    case "brand":
      return wireKindsOf(resolved.of, types);
    case "object":
    case "record":
      return ["map"];
    case "array":
    case "tuple":
    case "map":
    case "set":
      return ["array"];
    case "union": {
      const isBoxed = boxedAmong(resolved.members, types);
      const kinds = resolved.members.flatMap((each) =>
        isBoxed(each) ? (["array"] as const) : wireKindsOf(each, types),
      );
      return [...new Set(kinds)];
    }
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
