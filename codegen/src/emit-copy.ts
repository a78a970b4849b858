// Writes the functions that copy values onto the wire and back: one for each named type, and one for each part that is
// not a single expression. Where both directions do the same, one function serves both.
import { Definitions } from "./definitions.js";
import type { ConstantEmitter } from "./emit-constants.js";
import type { Direction, MemberTests } from "./emit-member-test.js";
import { UnionEmitter } from "./emit-union.js";
import { list, newline, type Layout } from "./layout.js";
import type { NamedType, ObjectModel, OpenModel, PropertyModel, TupleModel, TypeModel } from "./model.js";
import type { Names } from "./names.js";
import { isIdentifier, keyOf, literal, pascal, quote, spell } from "./spelling.js";
import { resolve } from "./union.js";

/** Writes the copying functions of one file, each when it is first named, and keeps them until they are placed. */
export class CopyEmitter {
  readonly #types: ReadonlyMap<string, NamedType>;
  readonly #typeName: (id: string) => string;
  readonly #runtime: (name: string) => string;
  readonly #unions: UnionEmitter;
  readonly #constants: ConstantEmitter;
  readonly #functions: Definitions;

  /** `runtime` gives a function of the payload runtime, and has it imported. */
  constructor(
    types: ReadonlyMap<string, NamedType>,
    typeName: (id: string) => string,
    names: Names,
    runtime: (name: string) => string,
    constants: ConstantEmitter,
    tests: MemberTests,
  ) {
    this.#types = types;
    this.#typeName = typeName;
    this.#functions = new Definitions(names);
    this.#runtime = runtime;
    this.#constants = constants;
    this.#unions = new UnionEmitter(
      types,
      typeName,
      runtime,
      (type, direction, words) => this.expression(type, "value", "at", direction, words),
      tests,
    );
  }

  /** The functions written so far, in the order in which they were first named. */
  functions(): Layout[] {
    return this.#functions.texts();
  }

  /** An expression that copies a field or a parameter, and checks what its tags ask of it. */
  bounded(
    { type, bounds }: Pick<PropertyModel, "type" | "bounds">,
    from: string,
    at: string,
    direction: Direction,
    words: string,
  ): Layout {
    if (bounds === undefined) return this.expression(type, from, at, direction, words);
    const check = (value: Layout): Layout =>
      list(`${this.#runtime("within")}(`, [value, at, this.#constants.bounds(bounds, words)], ")");
    // Size is checked before anything is copied; only a bigint has another form on the wire than the one that is bounded.
    const given = check(from);
    if (direction === "lower" || !this.#hasBigint(type))
      return this.expression(type, from, at, direction, words, given);
    return check(this.expression(type, from, at, direction, words, bounds.maxItems === undefined ? from : given));
  }

  #hasBigint(type: TypeModel): boolean {
    const found = resolve(type, this.#types);
    if (found?.kind === "union") return found.members.some((each) => this.#hasBigint(each));
    if (found?.kind === "brand") return this.#hasBigint(found.of);
    return found?.kind === "bigint-literal" || (found?.kind === "primitive" && found.name === "bigint");
  }

  /** Whether a type's two directions differ anywhere inside it. */
  isTwoWay(type: TypeModel, seen: Set<string> = new Set()): boolean {
    switch (type.kind) {
      case "primitive":
        return type.name === "bigint";
      case "literal":
      case "template":
        return false;
      case "brand":
        return this.isTwoWay(type.of, seen);
      case "bigint-literal":
      case "binary":
      case "map":
      case "set":
        return true;
      case "named": {
        if (seen.has(type.id)) return false;
        seen.add(type.id);
        const named = this.#types.get(type.id);
        return named !== undefined && this.isTwoWay(named.type, seen);
      }
      case "object":
        // `T | undefined` is absent on the wire and there in the value.
        return (
          type.properties.some((each) => (each.undefinable && !each.optional) || this.isTwoWay(each.type, seen)) ||
          (type.open !== undefined && this.isTwoWay(type.open.value, seen))
        );
      case "array":
        return this.isTwoWay(type.element, seen);
      case "tuple":
        return [...type.elements, ...(type.rest === undefined ? [] : [type.rest])].some((each) =>
          this.isTwoWay(each, seen),
        );
      case "record":
        return this.isTwoWay(type.value, seen);
      case "union":
        return type.members.some((each) => this.isTwoWay(each, seen));
    }
  }

  /** The function that copies a type. `words` name it, where it has no name of its own. */
  copier(type: TypeModel, direction: Direction, words: string): string {
    if (type.kind === "named") return this.#named(type.id, direction);
    if (type.kind === "primitive") return this.#runtime(primitiveCopier(type.name, direction));
    const key = `${direction}:${words}:${spell(type, (id) => id)}`;
    return this.#function(key, type, direction, words, () => this.#anonymousBody(type, direction, words));
  }

  /**
   * An expression that copies the value of `from`; `at` is the step that leads there, as an expression. `checked` is the
   * same value, seen through a check that has yet to run.
   */
  expression(
    type: TypeModel,
    from: string,
    at: string,
    direction: Direction,
    words: string,
    checked: Layout = from,
  ): Layout {
    const call = (name: string, ...more: string[]): Layout =>
      list(`${this.#runtime(name)}(`, [checked, at, ...more], ")");
    const byDirection = (name: string) => (direction === "lower" ? "lower" : "lift") + name;
    const part = (inner: TypeModel, word: string) => this.copier(inner, direction, words + word);
    switch (type.kind) {
      case "primitive":
      case "named":
        return list(`${this.copier(type, direction, words)}(`, [checked, at], ")");
      case "literal":
        return call("asLiteral", this.#literal(type));
      case "bigint-literal":
        return call(byDirection("BigintOf"), `${type.digits}n`);
      case "binary":
        if (type.name === "ArrayBuffer") return call(byDirection("Buffer"));
        return call(byDirection("TypedArray"), type.name);
      case "template":
        return [call("asTemplate", this.#constants.pattern(type.pattern), quote(type.text)), ` as ${type.text}`];
      case "brand":
        return this.expression(type.of, from, at, direction, words, checked);
      case "array":
        return call("arrayOf", part(type.element, "Item"));
      case "set":
        return call(direction === "lower" ? "lowerSet" : "liftSet", part(type.element, "Item"));
      case "map":
        return call(direction === "lower" ? "lowerMap" : "liftMap", part(type.key, "Key"), part(type.value, "Value"));
      case "record":
        return call("recordOf", part(type.value, "Value"), ...this.#constants.keyForm(type));
      case "union": {
        const nullish = type.members.filter(isNullish);
        const others = type.members.filter((each) => !isNullish(each));
        const [only] = others;
        if (only === undefined || others.length > 1 || nullish.length > 1) break;
        const nothing = nullish[0]?.kind === "primitive" ? nullish[0].name : "undefined";
        return ifNothing(from, nothing, this.expression(only, from, at, direction, words, checked));
      }
      case "tuple":
      case "object":
        break;
    }
    return list(`${this.copier(type, direction, words)}(`, [checked, at], ")");
  }

  #named(id: string, direction: Direction): string {
    const named = this.#types.get(id);
    if (named === undefined) throw new Error(`the model names ${id} and does not hold it`);
    const words = pascal(this.#typeName(id));
    const self: TypeModel = { kind: "named", id };
    return this.#function(`${direction}:named:${id}`, self, direction, words, () =>
      this.#namedBody(named, direction, words),
    );
  }

  #function(key: string, type: TypeModel, direction: Direction, words: string, body: () => Layout): string {
    const isTwoWay = this.isTwoWay(type);
    const shared = isTwoWay ? key : key.replace(/^(lower|lift):/, "copy:");
    return this.#functions.define(shared, (isTwoWay ? direction : "copy") + words, (name) => {
      const result = isTwoWay && direction === "lower" ? "unknown" : this.#spell(type);
      const parameters = ["value: unknown", `at: ${this.#runtime("At")}`];
      return [list(`function ${name}(`, parameters, `): ${result} {`), { indent: [newline, body()] }, newline, "}"];
    });
  }

  #namedBody(named: NamedType, direction: Direction, words: string): Layout {
    if (named.type.kind === "object") return this.#objectBody(named, named.type, direction, words);
    if (named.type.kind === "tuple") return this.#tupleBody(named.type, direction, words);
    if (named.type.kind === "brand") {
      const copied = this.expression(named.type.of, "value", "at", direction, words);
      const isText = direction === "lower" && this.isTwoWay(named.type);
      return ["return ", copied, isText ? ";" : ` as ${this.#typeName(named.id)};`];
    }
    const members = named.type.kind === "union" ? named.type.members : named.isEnum ? [named.type] : undefined;
    if (members !== undefined) {
      const enumName = named.isEnum ? this.#typeName(named.id) : undefined;
      return this.#unions.body({ members, direction, words, enumName });
    }
    return ["return ", this.expression(named.type, "value", "at", direction, words), ";"];
  }

  #anonymousBody(type: TypeModel, direction: Direction, words: string): Layout {
    if (type.kind === "tuple") return this.#tupleBody(type, direction, words);
    if (type.kind === "union" && !isOptionalOf(type.members)) {
      return this.#unions.body({ members: type.members, direction, words, enumName: undefined });
    }
    return ["return ", this.expression(type, "value", "at", direction, words), ";"];
  }

  #objectBody(named: NamedType, { properties, open }: ObjectModel, direction: Direction, words: string): Layout {
    const isLower = direction === "lower" && this.isTwoWay({ kind: "named", id: named.id });
    const later = properties.filter((each) => each.optional || (isLower && each.undefinable));
    const now = properties.filter((each) => !later.includes(each));
    const fields = now.map((each): Layout => {
      const copied = this.#field(each, direction, words);
      return [keyOf(each.name), ": ", each.undefinable ? ifNothing(read(each.name), "undefined", copied) : copied, ","];
    });
    const literal: Layout =
      fields.length === 0 ? "{}" : ["{", { indent: fields.map((each) => [newline, each]) }, newline, "}"];
    const typeName = this.#typeName(named.id);
    const writable = later.some((each) => each.readonly) ? `${this.#runtime("Writable")}<${typeName}>` : typeName;
    const noObject = `if (!${this.#runtime("isObject")}(value)) return ${this.#runtime("mismatch")}(value, at, "object");`;
    if (properties.length === 0 && open === undefined) return [noObject, newline, "return {};"];
    const body: Layout = [
      `const to: ${isLower ? "Record<string, unknown>" : writable} = `,
      literal,
      ";",
      later.map((each): Layout => {
        const target = isLower || !isIdentifier(each.name) ? `to[${quote(each.name)}]` : `to.${each.name}`;
        const test = `if (${read(each.name)} !== undefined)`;
        const field = this.#field(each, direction, words);
        // A conditional that is too long stands on a line of its own.
        const isChoice = each.type.kind === "union" && isOptionalOf(each.type.members);
        const content: Layout = isChoice ? { group: { indent: [{ line: " " }, field] } } : [" ", field];
        return [newline, { group: [test, { indent: [{ line: " " }, target, " =", content, ";"] }] }];
      }),
      open === undefined ? "" : [newline, this.#openFields(properties, open, direction, words)],
    ];
    return [noObject, newline, this.#leading(body)];
  }

  #field(property: PropertyModel, direction: Direction, words: string): Layout {
    const at = quote(property.name);
    return this.bounded(property, read(property.name), at, direction, words + pascal(property.name));
  }

  #openFields(properties: readonly PropertyModel[], open: OpenModel, direction: Direction, words: string): Layout {
    const declared = this.#constants.keys(
      properties.map(({ name }) => name),
      words,
    );
    const copy = this.copier(open.value, direction, `${words}Value`);
    return list(
      `${this.#runtime("copyOpen")}(`,
      ["value", "to", declared, copy, ...this.#constants.keyForm(open)],
      ");",
    );
  }

  #tupleBody(tuple: TupleModel, direction: Direction, words: string): Layout {
    const { elements, required, rest } = tuple;
    if (required < elements.length || rest !== undefined) {
      const parts = elements.map((each, index) => this.copier(each, direction, `${words}${index}`));
      const more = rest === undefined ? [] : [this.copier(rest, direction, `${words}Rest`)];
      const args = ["value", "at", String(required), list("[", parts, "]"), ...more];
      const isLowered = direction === "lower" && this.isTwoWay(tuple);
      const end = isLowered ? ");" : `) as ${this.#spell(tuple)};`;
      return list(`return ${this.#runtime("tupleOf")}(`, args, end);
    }
    const copied = elements.map((each, index) =>
      this.expression(each, `value[${index}]`, String(index), direction, `${words}${index}`),
    );
    const isLowered = direction === "lower" && this.isTwoWay(tuple);
    const declared = isLowered ? "const to = [" : `const to: ${this.#spell(tuple)} = [`;
    const noArray = `if (!${this.#runtime("isArray")}(value)) return ${this.#runtime("mismatch")}(value, at, "array");`;
    return [noArray, newline, this.#leading(list(declared, copied, "];"))];
  }

  /** What is wrong inside `to`, which `body` declares, is one step further in for the caller. */
  #leading(body: Layout): Layout {
    const before = `const before = ${this.#runtime("failures")}();`;
    return [before, newline, body, newline, `return ${this.#runtime("inside")}(to, before, at);`];
  }

  #literal(type: TypeModel & { readonly kind: "literal" }): string {
    const value = literal(type.value);
    return type.member === undefined ? value : `${value} as ${this.#spell(type)}`;
  }

  #spell(type: TypeModel): string {
    return spell(type, this.#typeName);
  }
}

/** Reads a declared field of `value`. */
function read(name: string): string {
  return `value[${quote(name)}]`;
}

function ifNothing(from: string, nothing: string, copied: Layout): Layout {
  return {
    group: [`${from} === ${nothing}`, { indent: [{ line: " " }, `? ${nothing}`, { line: " " }, ": ", copied] }],
  };
}

function isNullish(type: TypeModel): boolean {
  return type.kind === "primitive" && (type.name === "null" || type.name === "undefined");
}

/** One type, or null, or undefined (one of the two): a conditional expression says that. */
function isOptionalOf(members: readonly TypeModel[]): boolean {
  return members.length === 2 && members.filter(isNullish).length === 1;
}

function primitiveCopier(name: (TypeModel & { kind: "primitive" })["name"], direction: Direction): string {
  switch (name) {
    case "string":
      return "asString";
    case "number":
      return "asNumber";
    case "boolean":
      return "asBoolean";
    case "bigint":
      return direction === "lower" ? "lowerBigint" : "liftBigint";
    case "date":
      return "asDate";
    case "bytes":
      return "asBytes";
    case "null":
      return "asNull";
    case "undefined":
      return "asUndefined";
  }
}
