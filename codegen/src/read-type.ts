// Reads types into the model: names, recursion, and what cannot be sent. Knows source.ts's view of a type, no compiler.
import { boundsOf, strayBounds } from "./bounds.js";
import { cannotSend, Diagnostics, say } from "./diagnostics.js";
import type { Bounds, NamedType, OpenModel, Position, PropertyModel, TypeModel } from "./model.js";
import type { SourceName, SourceObject, SourceOpen, SourceProperty, SourceType } from "./source.js";
import { pascal, spellInstance, spellOf } from "./spelling.js";
import type { Types } from "./types.js";
import { canonicalUnion, faultOf } from "./union.js";

/** Where a type stands in a contract: what a message calls the place, and the words that a name for it is made of. */
export class Place {
  readonly position: Position;
  readonly words: string;
  readonly depth: number;
  readonly #before: string;
  readonly #trail: string;
  readonly #after: string;

  /** The path reads `before trail after`: `Orders.place(`, `order.lines[]`, `)`. */
  constructor(position: Position, words: string, before: string, trail: string, after: string, depth = 0) {
    this.position = position;
    this.depth = depth;
    this.words = words;
    this.#before = before;
    this.#trail = trail;
    this.#after = after;
  }

  get path(): string {
    return this.#before + this.#trail + this.#after;
  }

  /** One step inside. `position` is where the part is declared, where it is declared at all. */
  step(text: string, words: string, position: Position | undefined = this.position): Place {
    return new Place(position, words, this.#before, this.#trail + text, this.#after, this.depth + 1);
  }
}

/** Stands in for a type that was refused; nothing is emitted once something was. */
const refusedType: TypeModel = { kind: "primitive", name: "undefined" };

/** A type that is still growing after so many steps never stops: `interface List<T> { next: List<T[]> }`. */
const maxDepth = 200;

/** Fields that would hide what every object has, `__proto__` among them. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Reads the types that one file's contracts reach. */
export class TypeReader {
  #diagnostics: Diagnostics;
  readonly #ids = new Map<SourceType, string>();
  readonly #types = new Map<string, NamedType>();
  /** Reported where they are met first. */
  readonly #refused = new Set<SourceType>();
  /** Those with an argument that cannot be sent. */
  readonly #unspelled = new Set<SourceType>();
  readonly #bounded: { readonly bounds: Bounds; readonly type: TypeModel; readonly place: Place }[] = [];
  readonly #unions: { readonly union: TypeModel; readonly place: Place }[] = [];

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  read(type: SourceType, place: Place): TypeModel {
    if (place.depth > maxDepth) {
      this.#diagnostics.report(place.position, say.endless(place.path));
      return refusedType;
    }
    return type.name === undefined ? this.#structure(type, place) : this.#named(type, type.name, place);
  }

  /** Everything named, once all contracts are read. Only then can the members of a union be told apart, or not. */
  finish(): Types {
    for (const { union, place } of this.#unions) {
      const fault = union.kind === "union" ? faultOf(union.members, this.#types, place.path) : undefined;
      if (fault !== undefined) this.#diagnostics.report(place.position, fault);
    }
    for (const { bounds, type, place } of this.#bounded) {
      for (const tag of strayBounds(bounds, type, this.#types)) {
        this.#diagnostics.report(place.position, say.boundFit(place.path, tag, spellOf(type)));
      }
    }
    return this.#types;
  }

  #named(type: SourceType, name: SourceName, place: Place): TypeModel {
    const known = this.#ids.get(type);
    if (known !== undefined) return { kind: "named", id: known };
    const view = type.view();
    // A refused type is reported where it is used: its declaration may be in another package.
    if (view.kind === "refused" || view.kind === "promise" || view.kind === "stream" || view.kind === "void") {
      return this.#structure(type, place);
    }
    // Structure can be written out where it is used; an enum or a brand is what its declaration says, and no other.
    const isNominal = name.isEnum || view.kind === "brand";
    if (name.from === undefined && isNominal) {
      if (!this.#refused.has(type)) this.#diagnostics.report(place.position, say.notExported(place.path, name.name));
      this.#refused.add(type);
      return refusedType;
    }
    const args = this.#argumentsOf(type, name, place);
    // An argument may have led back to this very type.
    const met = this.#ids.get(type);
    if (met !== undefined) return { kind: "named", id: met };
    if (args === undefined && isNominal) {
      this.#diagnostics.report(place.position, cannotSend(place.path, "nameless-brand", type.text()));
      return refusedType;
    }
    const spelled = spellInstance(name.name, args ?? [], (id) => id);
    const words = name.name + (args ?? []).map((each) => wordsOf(each)).join("");
    const named =
      name.from === undefined || args === undefined
        ? { name: words, arguments: [], from: undefined, isEnum: false }
        : { name: name.name, arguments: args, from: name.from, isEnum: name.isEnum };
    return this.#declare(type, spelled, named, () => this.#structure(type, place.step("", words)));
  }

  /**
   * Type arguments, which stand in the name alone: undefined where one cannot be sent, as a table's columns or a class
   * that marks a brand. What was read for them is forgotten then.
   */
  #argumentsOf(type: SourceType, { arguments: given }: SourceName, place: Place): TypeModel[] | undefined {
    if (this.#unspelled.has(type)) return undefined;
    const forget = [forgetting(this.#ids), forgetting(this.#types), forgetting(this.#refused)];
    const [bounded, unions] = [this.#bounded.length, this.#unions.length];
    const diagnostics = this.#diagnostics;
    this.#diagnostics = new Diagnostics();
    const args = given.map((each, index) => this.read(each, place.step(`<${index}>`, `${place.words}Argument`)));
    const isSound = this.#diagnostics.count === 0;
    this.#diagnostics = diagnostics;
    if (isSound) return args;
    for (const each of forget) each();
    this.#bounded.length = bounded;
    this.#unions.length = unions;
    this.#unspelled.add(type);
    return undefined;
  }

  #declare(type: SourceType, wanted: string, named: Omit<NamedType, "id" | "type">, read: () => TypeModel): TypeModel {
    let id = wanted;
    for (let number = 2; this.#types.has(id); number++) id = `${wanted}#${number}`;
    this.#ids.set(type, id);
    // Holds the place in the order, and the id, while its parts are read: they may name it again.
    this.#types.set(id, { id, ...named, type: refusedType });
    this.#types.set(id, { id, ...named, type: read() });
    return { kind: "named", id };
  }

  #structure(type: SourceType, place: Place): TypeModel {
    const view = type.view();
    switch (view.kind) {
      case "primitive":
      case "binary":
      case "bigint-literal":
      case "template":
        return view;
      case "brand":
        return { kind: "brand", of: this.read(view.of, place) };
      case "literal": {
        if (view.member === undefined) return { kind: "literal", value: view.value };
        const owner = this.read(view.member.enum, place);
        if (owner.kind !== "named") return { kind: "literal", value: view.value };
        return { kind: "literal", value: view.value, member: { id: owner.id, name: view.member.name } };
      }
      case "array":
        return {
          kind: "array",
          element: this.read(view.element, place.step("[]", `${place.words}Item`)),
          readonly: view.readonly,
        };
      case "set":
        return {
          kind: "set",
          element: this.read(view.element, place.step("[]", `${place.words}Item`)),
          readonly: view.readonly,
        };
      case "tuple": {
        const elements = view.elements.map((each, index) =>
          this.read(each, place.step(`[${index}]`, `${place.words}${index}`)),
        );
        const { required, readonly } = view;
        if (view.rest === undefined) return { kind: "tuple", elements, required, readonly };
        const rest = this.read(view.rest, place.step("[]", `${place.words}Rest`));
        return { kind: "tuple", elements, required, rest, readonly };
      }
      case "map": {
        const key = this.read(view.key, place.step(".keys()", `${place.words}Key`));
        const value = this.read(view.value, place.step(".values()", `${place.words}Value`));
        return { kind: "map", key, value, readonly: view.readonly };
      }
      case "record":
        return { kind: "record", ...this.#open(view, place) };
      case "union":
        return this.#union(view.members, place);
      case "object":
        return this.#object(type, view, place);
      default:
        this.#diagnostics.report(
          place.position,
          cannotSend(place.path, view.kind === "refused" ? view.why : view.kind, type.text()),
        );
        return refusedType;
    }
  }

  #union(members: readonly SourceType[], place: Place): TypeModel {
    const union = canonicalUnion(members.map((each) => this.read(each, place.step("", place.words + tagOf(each)))));
    if (union.kind === "union") this.#unions.push({ union, place });
    return union;
  }

  #open({ key, value }: SourceOpen, place: Place): OpenModel {
    const keys = this.read(key, place.step(".keys()", `${place.words}Key`));
    return { key: keys, value: this.read(value, place.step("[*]", `${place.words}Value`)) };
  }

  #object(type: SourceType, { properties, open }: SourceObject, place: Place): TypeModel {
    const read = (): TypeModel => ({
      kind: "object",
      properties: properties.map((each) => this.#property(each, place)),
      ...(open === undefined ? {} : { open: this.#open(open, place) }),
    });
    if (type.name !== undefined) return read();
    const known = this.#ids.get(type);
    if (known !== undefined) return { kind: "named", id: known };
    return this.#declare(type, place.words, { name: place.words, arguments: [], from: undefined, isEnum: false }, read);
  }

  #property(property: SourceProperty, place: Place): PropertyModel {
    const { name, doc, optional, readonly, undefinable } = property;
    const inside = place.step(`.${name}`, place.words + pascal(name), property.position);
    if (inherited.has(name)) this.#diagnostics.report(inside.position, say.inheritedField(inside.path));
    const type = this.read(property.type, inside);
    const bounds = this.bounds(doc, type, inside);
    return {
      name,
      ...(doc.length === 0 ? {} : { doc }),
      optional,
      readonly,
      undefinable,
      type,
      ...(bounds === undefined ? {} : { bounds }),
    };
  }

  /** What the tags of a comment ask of a value of this type; undefined where they ask nothing. */
  bounds(doc: readonly string[], type: TypeModel, place: Place): Bounds | undefined {
    const { bounds, faults } = boundsOf(doc);
    for (const fault of faults) this.#diagnostics.report(place.position, say.bound(place.path, fault));
    if (Object.keys(bounds).length === 0) return undefined;
    this.#bounded.push({ bounds, type, place });
    return bounds;
  }
}

/** Takes away what will have been added. */
function forgetting<Key>(from: Map<Key, unknown> | Set<Key>): () => void {
  const { size } = from;
  return () => {
    for (const key of [...from.keys()].slice(size)) from.delete(key);
  };
}

/** What names an object of a union that has no name: its first literal text, which is most often its tag. */
function tagOf(type: SourceType): string {
  const view = type.name === undefined ? type.view() : undefined;
  if (view?.kind !== "object") return "";
  for (const property of view.properties) {
    const inner = property.type.view();
    if (inner.kind === "literal" && typeof inner.value === "string") return pascal(inner.value);
  }
  return "";
}

/** A type argument as part of a name: `Page<Order[]>` is PageOrderList. */
function wordsOf(type: TypeModel): string {
  return pascal(spellOf(type).replaceAll("[]", " List"));
}
