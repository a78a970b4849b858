// Whether every value that one type allows also passes as another: what lies between two versions of a contract. Speaks
// of the form that values have on the wire, as generated code writes and checks it.
import { fittingBounds, limitValue } from "./bounds.js";
import type { Bounds, ObjectModel, OpenModel, Part, TupleModel, TypeModel } from "./model.js";
import { wireMembers } from "./schema.js";
import { spellOf } from "./spelling.js";
import { resolve, type Types, type Unnamed } from "./types.js";
import { discriminantOf, hasBoxedBigint, isBigint, ownKeysOf } from "./union.js";

/** Why a value of the one type may not pass as the other. */
export type WireDifference = "type" | "member" | "required" | "bound" | "form";

/** What passes, and is seen by code that is compiled against it. */
export type SourceDifference = "field" | "unused" | "mark" | "undefined";

/** One place where two types differ in a way that matters. */
export interface Difference {
  readonly kind: WireDifference | SourceDifference;
  /** The steps that lead there: `.lines[].qty`. */
  readonly path: string;
  /** How the two are spelled; `nothing` where there is none. */
  readonly from: string;
  readonly to: string;
}

/** Compares two types, each place once. */
export class TypeComparison {
  readonly differences: Difference[] = [];
  readonly #from: Types;
  readonly #to: Types;
  /** Whether the values are answers: code that reads what is no longer sent sees that, which a sender does not. */
  readonly #isRead: boolean;
  readonly #met = new Set<string>();

  constructor(from: Types, to: Types, isRead: boolean) {
    this.#from = from;
    this.#to = to;
    this.#isRead = isRead;
  }

  compare(from: TypeModel, to: TypeModel, path: string): void {
    const pair = `${spellOf(from)}\n${spellOf(to)}`;
    // A pair that is being compared holds unless a difference is found: recursion ends here.
    if (from.kind === "named" && to.kind === "named") {
      if (this.#met.has(pair)) return;
      this.#met.add(pair);
    }
    const fromMembers = membersOf(from, this.#from);
    const toMembers = membersOf(to, this.#to);
    const report = (kind: Difference["kind"]) => this.#report(kind, path, spellOf(from), spellOf(to));
    const isUnion = fromMembers.length > 1 || toMembers.length > 1;
    // A bigint beside numbers or text is written in another form than one alone.
    const hasBigint = (members: readonly TypeModel[]) => members.some(isBigint);
    if (
      hasBigint(fromMembers) &&
      hasBigint(toMembers) &&
      hasBoxedBigint(fromMembers, this.#from) !== hasBoxedBigint(toMembers, this.#to)
    ) {
      report("form");
      return;
    }
    const taken = new Set<TypeModel>();
    for (const member of fromMembers) {
      const target = this.#target(member, toMembers);
      if (target === undefined) {
        report(isUnion ? "member" : "type");
        return;
      }
      taken.add(target);
      this.#compareMember(member, target, path);
    }
    // Code that asks for a value that can no longer come does not compile.
    const gone = toMembers.filter((each) => !taken.has(each) && !isNothing(each));
    if (this.#isRead && gone.length > 0) report("unused");
    if (!isBranded(from, this.#from) && isBranded(to, this.#to)) report("mark");
  }

  /** What bounds of `to` a value of `from`, within its own, may not keep. */
  compareBounds({ type, bounds: from = {} }: Part, { bounds: to = {} }: Part, path: string): void {
    const atLeast = (key: "minimum" | "minLength") =>
      to[key] === undefined || limitValue(from[key] ?? -Infinity) >= limitValue(to[key]);
    const atMost = (key: "maximum" | "maxLength" | "maxItems") =>
      to[key] === undefined || limitValue(from[key] ?? Infinity) <= limitValue(to[key]);
    const same = (key: "integer" | "pattern" | "format") => to[key] === undefined || from[key] === to[key];
    const holds = {
      minimum: atLeast("minimum"),
      maximum: atMost("maximum"),
      minLength: atLeast("minLength"),
      maxLength: atMost("maxLength"),
      maxItems: atMost("maxItems"),
      integer: same("integer"),
      pattern: same("pattern"),
      format: same("format"),
    };
    const tell = (bounds: Bounds, key: keyof Bounds) =>
      bounds[key] === undefined ? `no @${key}` : `@${key}${bounds[key] === true ? "" : ` ${bounds[key]}`}`;
    const fitting = fittingBounds(type, this.#from);
    for (const key of [
      "minimum",
      "maximum",
      "minLength",
      "maxLength",
      "maxItems",
      "integer",
      "pattern",
      "format",
    ] as const)
      if (fitting.has(key) && !holds[key]) this.#report("bound", path, tell(from, key), tell(to, key));
  }

  /** Which member of a union a value is checked against: it is chosen by the value's form and not by trial. */
  #target(from: TypeModel, candidates: readonly TypeModel[]): TypeModel | undefined {
    const type = plain(from, this.#from);
    const among = (test: (each: TypeModel) => boolean) => candidates.find((each) => test(plain(each, this.#to)));
    const primitive = (name: string) => among((each) => each.kind === "primitive" && each.name === name);
    switch (type.kind) {
      case "primitive":
        return primitive(type.name);
      case "binary":
        return among((each) => each.kind === "binary" && each.name === type.name);
      case "literal":
        return among((each) => each.kind === "literal" && each.value === type.value) ?? primitive(typeof type.value);
      case "bigint-literal":
        return among((each) => each.kind === "bigint-literal" && each.digits === type.digits) ?? primitive("bigint");
      case "template":
        return among((each) => each.kind === "template" && each.text === type.text) ?? primitive("string");
      case "array":
      case "set":
      case "tuple":
      case "map":
        return among((each) => each.kind === type.kind);
      case "object":
      case "record":
        return this.#targetObject(
          type,
          candidates.filter((each) => ["object", "record"].includes(plain(each, this.#to).kind)),
        );
      case "brand":
      case "union":
        return undefined;
    }
  }

  #targetObject(from: TypeModel, candidates: readonly TypeModel[]): TypeModel | undefined {
    if (candidates.length < 2) return candidates[0];
    const { properties, open } = fieldsOf(from);
    const discriminant = discriminantOf(candidates, this.#to);
    if (discriminant !== undefined) {
      const property = properties.find(({ name }) => name === discriminant.property);
      if (property === undefined || property.optional || property.undefinable) return undefined;
      const values = membersOf(property.type, this.#from).map((each) => plain(each, this.#from));
      const cases = values.map((each) =>
        each.kind === "literal"
          ? discriminant.cases.find(({ values }) => values.includes(each.value))?.type
          : undefined,
      );
      return new Set(cases).size === 1 ? cases[0] : undefined;
    }
    for (const { property, type } of ownKeysOf(candidates, this.#to)?.cases ?? []) {
      const own = properties.find(({ name }) => name === property);
      if (own !== undefined && !own.optional && !own.undefinable) return type;
      if (own !== undefined || open !== undefined) return undefined;
    }
    return ownKeysOf(candidates, this.#to)?.last;
  }

  /** Both are of one form, and neither is a union. */
  #compareMember(fromName: TypeModel, toName: TypeModel, path: string): void {
    if (fromName.kind === "named" && toName.kind === "named") {
      const pair = `=${fromName.id}\n${toName.id}`;
      if (this.#met.has(pair)) return;
      this.#met.add(pair);
    }
    const from = plain(fromName, this.#from);
    const to = plain(toName, this.#to);
    if ("readonly" in from && "readonly" in to && from.readonly && !to.readonly)
      this.#report("mark", path, spellOf(fromName), spellOf(toName));
    if ((from.kind === "array" || from.kind === "set") && (to.kind === "array" || to.kind === "set")) {
      this.compare(from.element, to.element, `${path}[]`);
    } else if (from.kind === "map" && to.kind === "map") {
      this.compare(from.key, to.key, `${path}.keys()`);
      this.compare(from.value, to.value, `${path}.values()`);
    } else if (from.kind === "tuple" && to.kind === "tuple") {
      this.#compareTuples(from, to, path);
    } else if (from.kind === "object" || from.kind === "record") {
      this.#compareObjects(fieldsOf(from), fieldsOf(to), path);
    }
  }

  #compareTuples(from: TupleModel, to: TupleModel, path: string): void {
    const isEndless = from.rest !== undefined && to.rest === undefined;
    if (isEndless || from.required < to.required) {
      this.#report("type", path, spellOf(from), spellOf(to));
      return;
    }
    // Elements beyond the last are dropped, as undeclared fields are.
    const isLonger = from.elements.length > to.elements.length && to.rest === undefined;
    if (isLonger) this.#report(this.#isRead ? "mark" : "field", path, spellOf(from), spellOf(to));
    for (const [index, each] of from.elements.entries()) {
      const other = to.elements[index] ?? to.rest;
      if (other !== undefined) this.compare(each, other, `${path}[${index}]`);
    }
    if (from.rest === undefined) return;
    for (const [index, each] of to.elements.entries())
      if (index >= from.elements.length) this.compare(from.rest, each, `${path}[${index}]`);
    if (to.rest !== undefined) this.compare(from.rest, to.rest, `${path}[]`);
  }

  #compareObjects(from: Fields, to: Fields, path: string): void {
    for (const property of to.properties) {
      const inside = `${path}.${property.name}`;
      const mayLack = property.optional || property.undefinable;
      const other = from.properties.find(({ name }) => name === property.name);
      if (other === undefined) {
        if (!mayLack) this.#report("required", inside, "nothing", spellOf(property.type));
        else if (from.open !== undefined) this.compare(from.open.value, property.type, inside);
        else if (this.#isRead) this.#report("field", inside, "nothing", spellOf(property.type));
        if (!this.#isRead && property.undefinable && !property.optional)
          this.#report("undefined", inside, "nothing", spellOf(property.type));
        continue;
      }
      const isLoose = other.optional || other.undefinable;
      if (isLoose && !mayLack) {
        this.#report("required", inside, `${spellOf(other.type)} | undefined`, spellOf(property.type));
      } else if (!this.#isRead && other.optional && !property.optional) {
        this.#report("undefined", inside, `${spellOf(other.type)}, optional`, spellOf(property.type));
      }
      this.compare(other.type, property.type, inside);
      this.compareBounds(other, property, inside);
    }
    for (const property of from.properties) {
      if (to.properties.some(({ name }) => name === property.name)) continue;
      const inside = `${path}.${property.name}`;
      if (to.open !== undefined) {
        if (!isAnyKey(to.open)) this.#report("type", inside, spellOf(property.type), spellOpenKey(to.open));
        this.compare(property.type, to.open.value, inside);
      } else if (!this.#isRead) this.#report("field", inside, spellOf(property.type), "nothing");
    }
    if (from.open !== undefined && to.open !== undefined) {
      if (!isAnyKey(to.open) && spellOpenKey(from.open) !== spellOpenKey(to.open))
        this.#report("type", `${path}[*]`, spellOpenKey(from.open), spellOpenKey(to.open));
      this.compare(from.open.value, to.open.value, `${path}[*]`);
    } else if (from.open !== undefined || (to.open !== undefined && this.#isRead)) {
      const tell = ({ open }: Fields) => (open === undefined ? "nothing" : spellOf(open.value));
      this.#report("field", `${path}[*]`, tell(from), tell(to));
    }
  }

  #report(kind: Difference["kind"], path: string, from: string, to: string): void {
    this.differences.push({ kind, path, from, to });
  }
}

type Fields = Pick<ObjectModel, "properties" | "open">;

function fieldsOf(type: TypeModel): Fields {
  if (type.kind === "object") return type;
  return type.kind === "record" ? { properties: [], open: type } : { properties: [] };
}

function membersOf(type: TypeModel, types: Types): readonly TypeModel[] {
  const resolved = plain(type, types);
  // In the order in which whoever reads them asks for them.
  return resolved.kind === "union" ? wireMembers(resolved, types) : [type];
}

/** Without names and brands. */
function plain(type: TypeModel, types: Types): Unnamed {
  const resolved = resolve(type, types);
  return resolved.kind === "brand" ? plain(resolved.of, types) : resolved;
}

function isBranded(type: TypeModel, types: Types): boolean {
  return resolve(type, types).kind === "brand";
}

function isNothing(type: TypeModel): boolean {
  return type.kind === "primitive" && (type.name === "null" || type.name === "undefined");
}

function isAnyKey({ key }: OpenModel): boolean {
  return key.kind === "primitive" && key.name === "string";
}

function spellOpenKey({ key }: OpenModel): string {
  return `[key: ${spellOf(key)}]`;
}
