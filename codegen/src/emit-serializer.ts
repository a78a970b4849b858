// Writes the functions that write values and read them back, in whichever form the writer or reader that they are given has: one
// for each named type, and one for each part that is not a single expression. The order of fields and members is the
// canonical schema's. PROTOCOL.md §10.5.
import { Definitions } from "./definitions.js";
import type { ConstantEmitter } from "./emit-constants.js";
import type { MemberTests } from "./emit-member-test.js";
import { joined, list, newline, type Layout } from "./layout.js";
import type {
  NamedType,
  ObjectModel,
  PrimitiveName,
  PropertyModel,
  TupleModel,
  TypeModel,
  UnionModel,
} from "./model.js";
import type { Names } from "./names.js";
import { flatMembers, wireMembers } from "./schema.js";
import { isIdentifier, keyOf, literal, pascal, quote, spell } from "./spelling.js";
import { namedType, resolve, type Types } from "./types.js";
import { discriminantOf, hasBoxedBigint, isFields, ownKeysOf } from "./union.js";

type Direction = "write" | "read";
type Part = Pick<PropertyModel, "type" | "bounds">;
type Literal = TypeModel & { readonly kind: "literal" | "bigint-literal" };

/** A type beside null or undefined. */
interface Optional {
  readonly nothing: "null" | "undefined";
  readonly type: TypeModel;
  /** What it adds to the words that name its functions. */
  readonly words: string;
}

/** Text that writes a value: one statement, or a choice of several. */
interface Statement {
  readonly isOne: boolean;
  readonly text: Layout;
}

/** Writes these functions of one file, each when it is first named, and keeps them until they are placed. */
export class SerializerEmitter {
  readonly #types: Types;
  readonly #typeName: (id: string) => string;
  readonly #runtime: (name: string) => string;
  readonly #constants: ConstantEmitter;
  readonly #tests: MemberTests;
  readonly #functions: Definitions;

  constructor(
    types: Types,
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
    this.#tests = tests;
  }

  /** The functions written so far, in the order in which they were first named. */
  functions(): Layout[] {
    return this.#functions.texts();
  }

  /** The function that writes a named type, where one was needed. */
  writer(id: string): string | undefined {
    return this.#functions.nameOf(`write:named:${id}`);
  }

  /** The function that writes or reads a type, with its bounds where there are any. `words` name it, where nothing else does. */
  of(part: Part, direction: Direction, words: string): string {
    const { type, bounds } = part;
    if (bounds === undefined && type.kind === "named") return this.#named(type.id, direction);
    if (bounds === undefined && type.kind === "primitive") return this.#runtime(direction + pascal(type.name));
    const key = `${direction}:${words}:${JSON.stringify(bounds)}:${spell(type, (id) => id)}`;
    return this.#function(key, type, direction, words, () =>
      direction === "write" ? this.#writeBody(part, words) : this.#readBody(part, words, ""),
    );
  }

  #named(id: string, direction: Direction): string {
    const named = namedType(id, this.#types);
    const words = pascal(this.#typeName(id));
    const self: TypeModel = { kind: "named", id };
    return this.#function(`${direction}:named:${id}`, self, direction, words, () => {
      if (named.type.kind === "object") {
        return direction === "write"
          ? this.#writeObject(named.type, words)
          : this.#readObject(named, named.type, words);
      }
      if (direction === "write") return this.#writeBody({ type: named.type }, words);
      // A brand's text, or the one value of an enum, is not yet of the type.
      const isCast = named.type.kind === "brand" || (named.isEnum && named.type.kind === "literal");
      return this.#readBody({ type: named.type }, words, isCast ? ` as ${this.#typeName(id)}` : "");
    });
  }

  #function(key: string, type: TypeModel, direction: Direction, words: string, body: () => Layout): string {
    return this.#functions.define(key, direction + words, (name) => {
      const isWrite = direction === "write";
      const parameters = [
        isWrite ? `to: ${this.#runtime("MsgpackWriter")}` : `from: ${this.#runtime("MsgpackReader")}`,
        ...(isWrite ? ["value: unknown"] : []),
        `at: ${this.#runtime("At")}`,
      ];
      const result = isWrite ? "void" : this.#spell(type);
      return [list(`function ${name}(`, parameters, `): ${result} {`), { indent: [newline, body()] }, newline, "}"];
    });
  }

  // ——— writing: statements ———

  #writeBody(part: Part, words: string): Layout {
    const union = part.bounds === undefined ? this.#unionOf(part.type) : undefined;
    return union === undefined ? this.#write(part, "value", "at", words).text : this.#writeUnion(union, words);
  }

  /** Writes the value of `from`. */
  #write({ type, bounds }: Part, from: string, at: string, words: string): Statement {
    const optional = this.#optionalOf(type);
    if (optional !== undefined) {
      const inner = this.#write({ type: optional.type, ...(bounds && { bounds }) }, from, at, words + optional.words);
      return this.#unless(from, optional.nothing, inner);
    }
    const value: Layout =
      bounds === undefined
        ? from
        : list(`${this.#runtime("within")}(`, [from, at, this.#constants.bounds(bounds, words)], ")");
    return { isOne: true, text: this.#call("write", type, ["to", value, at], words, ";") };
  }

  #unless(from: string, nothing: "null" | "undefined", otherwise: Statement): Statement {
    const write = nothing === "null" ? "to.nil();" : "to.absent();";
    return { isOne: false, text: [guarded(`if (${from} === ${nothing})`, write), newline, orElse(otherwise)] };
  }

  #writeObject(type: ObjectModel, words: string): Layout {
    const { properties, open } = type;
    const { required, optional } = inOrder(properties);
    const wrong = `if (!${this.#runtime("isObject")}(value)) return ${this.#runtime("mismatch")}(value, at, "object");`;
    const all = properties.length + (open === undefined ? 0 : 1);
    const isFixed = optional.length === 0 || open !== undefined;
    const lengths = optional.map((each, index): Layout => [
      newline,
      guarded(`if (${read(each.name)} !== undefined)`, `length = ${required.length + index + 1};`),
    ]);
    const fields = this.#fields(type, words);
    const head: Layout = isFixed
      ? `to.object(${fields}, ${all});`
      : [`let length = ${required.length};`, lengths, newline, `to.object(${fields}, length);`];
    const plain = (each: PropertyModel): Statement =>
      this.#write(each, read(each.name), quote(each.name), words + pascal(each.name));
    const field = (each: PropertyModel): Statement =>
      each.optional || each.undefinable ? this.#unless(read(each.name), "undefined", plain(each)) : plain(each);
    const writes = [
      ...required.map((each): Layout => [newline, field(each).text]),
      ...optional.map((each, index): Layout => {
        if (isFixed) return [newline, field(each).text];
        // The last one is there wherever there is room for it.
        const write = index === optional.length - 1 ? plain(each) : field(each);
        const test = `if (length > ${required.length + index})`;
        return [
          newline,
          write.isOne ? guarded(test, write.text) : [`${test} {`, { indent: [newline, write.text] }, newline, "}"],
        ];
      }),
    ];
    if (open !== undefined) {
      const args = [
        "to",
        "value",
        this.#declared(properties, words),
        this.of({ type: open.value }, "write", `${words}Value`),
      ];
      writes.push([newline, list(`${this.#runtime("writeOpen")}(`, [...args, ...this.#constants.keyForm(open)], ");")]);
    }
    const before = `const before = ${this.#runtime("failures")}();`;
    if (all === 0) return [wrong, newline, head];
    return [wrong, newline, before, newline, head, writes, newline, `${this.#runtime("inside")}(to, before, at);`];
  }

  #writeUnion(union: UnionModel, words: string): Layout {
    const members = wireMembers(union, this.#types);
    const isBoxed = this.#boxedIn(members);
    const numberOf = (member: TypeModel) => members.indexOf(member);
    const write = (member: TypeModel): string => {
      const number = numberOf(member);
      if (this.#aloneOf(member) !== undefined)
        return `return ${this.#runtime("writeMemberAlone")}(to, ${number}, value);`;
      const writer = isBoxed(member)
        ? this.#runtime("writeBoxedBigint")
        : this.of({ type: member }, "write", words + memberWords(member));
      return `return ${this.#runtime("writeMember")}(to, ${number}, value, at, ${writer});`;
    };
    const objects = members.filter((each) => isFields(each, this.#types));
    const others = members.filter((each) => !objects.includes(each));
    const alone = others.filter((each) => this.#aloneOf(each) !== undefined);
    const rest = others.filter((each) => !alone.includes(each));
    // A form of text is asked for before any text.
    const ordered = [...rest.filter(isTemplate), ...rest.filter((each) => !isTemplate(each))];
    const lines: Layout[] = [];
    if (alone.length > 0) {
      const cases = alone.map((each): Layout => [
        newline,
        `case ${this.#aloneOf(each)}:`,
        { indent: [newline, write(each)] },
      ]);
      lines.push(["switch (value) {", { indent: cases }, newline, "}"]);
    }
    for (const member of ordered) {
      const test = this.#tests.testOf(member);
      if (test !== undefined) lines.push(guarded(`if (${test})`, write(member)));
    }
    const expected = this.#expected(members);
    const fail = list(`${this.#runtime("mismatch")}(`, ["value", "at", expected], ");");
    const isObject = `${this.#runtime("isObject")}(value)`;
    const [only] = objects;
    if (objects.length === 1 && only !== undefined) lines.push(guarded(`if (${isObject})`, write(only)));
    if (objects.length < 2) return joined([...lines, fail]);
    lines.push(guarded(`if (!${isObject})`, ["return ", fail]));
    return joined([...lines, this.#writeObjects(objects, write)]);
  }

  #writeObjects(objects: readonly TypeModel[], write: (member: TypeModel) => string): Layout {
    const discriminant = discriminantOf(objects, this.#types);
    if (discriminant !== undefined) {
      const field = read(discriminant.property);
      const values = discriminant.cases.flatMap((each) => each.values.map((value) => literal(value)));
      const arms = discriminant.cases.map((each): Layout => [
        each.values.map((value) => [newline, `case ${literal(value)}:`]),
        { indent: [newline, write(each.type)] },
      ]);
      const mismatch = list(
        `${this.#runtime("mismatch")}(`,
        [field, quote(discriminant.property), quote(values.join(" | "))],
        ")",
      );
      const fail = [
        `const before = ${this.#runtime("failures")}();`,
        newline,
        list(`${this.#runtime("inside")}(`, [mismatch, "before", "at"], ");"),
      ];
      return [
        `switch (${field}) {`,
        { indent: [arms, newline, "default: {", { indent: [newline, fail] }, newline, "}"] },
        newline,
        "}",
      ];
    }
    const keys = ownKeysOf(objects, this.#types);
    if (keys === undefined) throw new Error("a union of objects that look alike passed the reader");
    const cases = keys.cases.map(({ property, type }) => guarded(`if (${read(property)} !== undefined)`, write(type)));
    const expected = quote(`object with ${keys.cases.map(({ property }) => property).join(" or ")}`);
    const last =
      keys.last === undefined
        ? list(`${this.#runtime("mismatch")}(`, ["value", "at", expected], ");")
        : write(keys.last);
    return joined([...cases, last]);
  }

  // ——— reading: expressions ———

  #readBody(part: Part, words: string, cast: string): Layout {
    const union = part.bounds === undefined ? this.#unionOf(part.type) : undefined;
    return union === undefined ? ["return ", this.#read(part, "at", words), cast, ";"] : this.#readUnion(union, words);
  }

  #read({ type, bounds }: Part, at: string, words: string): Layout {
    const optional = this.#optionalOf(type);
    if (optional !== undefined) {
      const inner = this.#read({ type: optional.type, ...(bounds && { bounds }) }, at, words + optional.words);
      return orNothing(optional.nothing, inner);
    }
    const value = this.#call("read", type, ["from", at], words, "");
    if (bounds === undefined) return value;
    return list(`${this.#runtime("within")}(`, [value, at, this.#constants.bounds(bounds, words)], ")");
  }

  #readObject(named: NamedType, type: ObjectModel, words: string): Layout {
    const { properties, open } = type;
    const { required, optional } = inOrder(properties);
    const least = required.length;
    const most = properties.length + (open === undefined ? 0 : 1);
    const isFixed = optional.length === 0 || open !== undefined;
    const test = isFixed ? `length !== ${most}` : `length < ${least} || length > ${most}`;
    const field = (each: PropertyModel): Layout => this.#read(each, quote(each.name), words + pascal(each.name));
    const given = required.map((each): Layout => [
      newline,
      keyOf(each.name),
      ": ",
      each.undefinable ? orNothing("undefined", field(each)) : field(each),
      ",",
    ]);
    const object: Layout = given.length === 0 ? "{}" : ["{", { indent: given }, newline, "}"];
    const typeName = this.#typeName(named.id);
    const writable = optional.some((each) => each.readonly) ? `${this.#runtime("Writable")}<${typeName}>` : typeName;
    const later = optional.map((each, index): Layout => {
      const target = isIdentifier(each.name) ? `to.${each.name}` : `to[${quote(each.name)}]`;
      const there = isFixed ? "!from.absent()" : `length > ${least + index} && !from.absent()`;
      return [newline, guarded(`if (${there})`, [`${target} = `, field(each), ";"])];
    });
    if (open !== undefined) {
      const args = [
        "from",
        "to",
        this.#declared(properties, words),
        this.of({ type: open.value }, "read", `${words}Value`),
      ];
      later.push([newline, list(`${this.#runtime("readOpen")}(`, [...args, ...this.#constants.keyForm(open)], ");")]);
    }
    return [
      `const length = from.object(${this.#fields(type, words)});`,
      newline,
      guarded(`if (${test})`, `return ${this.#runtime("notFields")}(from, at, length);`),
      newline,
      `const before = ${this.#runtime("failures")}();`,
      newline,
      `const to: ${writable} = `,
      object,
      ";",
      later,
      newline,
      "from.leave();",
      newline,
      `return ${this.#runtime("inside")}(to, before, at);`,
    ];
  }

  #readUnion(union: UnionModel, words: string): Layout {
    const members = wireMembers(union, this.#types);
    const isBoxed = this.#boxedIn(members);
    const cases = members.map((member, index): Layout => {
      const value = isBoxed(member)
        ? `${this.#runtime("readBoxedBigint")}(from, at)`
        : this.#read({ type: member }, "at", words + memberWords(member));
      return [newline, `case ${index}:`, { indent: [newline, "return ", value, ";"] }];
    });
    const constant = this.#members(members, words);
    const fail = `return ${this.#runtime("notMember")}(from, at, index, ${constant});`;
    return [
      `const index = from.member(${constant});`,
      newline,
      "switch (index) {",
      { indent: [cases, newline, "default:", { indent: [newline, fail] }] },
      newline,
      "}",
    ];
  }

  // ——— both ———

  /** The call that writes or reads a type that is no union of several things. */
  #call(direction: Direction, type: TypeModel, args: readonly Layout[], words: string, end: string): Layout {
    const isRead = direction === "read";
    const call = (name: string, ...more: Layout[]): Layout =>
      list(`${this.#runtime(direction + name)}(`, [...args, ...more], `)${end}`);
    const part = (inner: TypeModel, word: string) => this.of({ type: inner }, direction, words + word);
    switch (type.kind) {
      case "primitive":
        return call(pascal(type.name));
      case "literal":
      case "bigint-literal":
        return call("Literal", this.#literal(type));
      case "binary":
        return type.name === "ArrayBuffer" ? call("Buffer") : call("TypedArray", type.name);
      case "template": {
        const text = call("Template", this.#constants.pattern(type.pattern), quote(type.text));
        return isRead ? [text, ` as ${type.text}`] : text;
      }
      case "brand":
        return this.#call(direction, type.of, args, words, end);
      case "array":
        return call("Array", part(type.element, "Item"));
      case "set":
        return call("Set", part(type.element, "Item"));
      case "map":
        return call("Map", part(type.key, "Key"), part(type.value, "Value"));
      case "record":
        return call("Record", part(type.value, "Value"), ...this.#constants.keyForm(type));
      case "tuple":
        return this.#tuple(direction, type, args, words, end);
      case "union": {
        const literals = this.#literalsOf(type);
        if (literals !== undefined) return call("Choice", this.#choices(literals, words));
        break;
      }
      case "named":
      case "object":
        break;
    }
    return list(`${this.of({ type }, direction, words)}(`, args, `)${end}`);
  }

  #tuple(direction: Direction, type: TupleModel, args: readonly Layout[], words: string, end: string): Layout {
    const parts = type.elements.map((each, index) => this.of({ type: each }, direction, `${words}${index}`));
    const rest = type.rest === undefined ? [] : [this.of({ type: type.rest }, direction, `${words}Rest`)];
    const all = [...args, String(type.required), list("[", parts, "]"), ...rest];
    const close = direction === "read" ? `) as ${this.#spell(type)}` : `)${end}`;
    return list(`${this.#runtime(`${direction}Tuple`)}(`, all, close);
  }

  /** A union that is written by the numbers of its members; undefined for all that has a shorter way. */
  #unionOf(type: TypeModel): UnionModel | undefined {
    if (type.kind !== "union" || this.#optionalOf(type) !== undefined) return undefined;
    return this.#literalsOf(type) === undefined ? type : undefined;
  }

  /** What a union is beside null or undefined: nil or extension 0 stand for these, unless nil says something already. */
  #optionalOf(type: TypeModel): Optional | undefined {
    if (type.kind !== "union") return undefined;
    const members = flatMembers(type, this.#types);
    const nothings = members.flatMap((each) =>
      each.kind === "primitive" && (each.name === "null" || each.name === "undefined") ? [each.name] : [],
    );
    const others = members.filter((each) => each.kind !== "primitive" || !isNullish(each.name));
    const [nothing] = nothings;
    const [only] = others;
    if (nothing === undefined || nothings.length > 1 || only === undefined) return undefined;
    if (others.length > 1) return { nothing, type: { kind: "union", members: others }, words: "Value" };
    return nothing === "null" && this.#aloneOf(only) !== undefined ? undefined : { nothing, type: only, words: "" };
  }

  /** The literals of a union of nothing else, in the wire's order. */
  #literalsOf(union: UnionModel): readonly Literal[] | undefined {
    const members = wireMembers(union, this.#types);
    const literals = members.flatMap((each) => literalOf(each, this.#types) ?? []);
    return literals.length === members.length ? literals : undefined;
  }

  #choices(literals: readonly Literal[], words: string): string {
    return this.#constants.choices(
      literals.map((each) => this.#literal(each)),
      words,
    );
  }

  /** The one value that a type has, as it is written in a program; undefined for a type of several. */
  #aloneOf(member: TypeModel): string | undefined {
    const type = resolve(member, this.#types);
    if (type.kind === "primitive" && isNullish(type.name)) return type.name;
    const of = literalOf(member, this.#types);
    return of === undefined ? undefined : of.kind === "literal" ? literal(of.value) : `${of.digits}n`;
  }

  #literal(type: Literal): string {
    if (type.kind === "bigint-literal") return `${type.digits}n`;
    const value = literal(type.value);
    return type.member === undefined ? value : `${value} as ${this.#spell(type)}`;
  }

  #expected(members: readonly TypeModel[]): string {
    const objects = members.filter((each) => isFields(each, this.#types));
    const others = members.filter((each) => !objects.includes(each)).map((each) => spell(each, this.#typeName));
    return quote([...others.sort(), ...(objects.length > 0 ? ["object"] : [])].join(" | "));
  }

  /** What tells a union's members apart where their numbers are not there. */
  #members(members: readonly TypeModel[], words: string): string {
    const isBoxed = this.#boxedIn(members);
    const objects = members.filter((each) => isFields(each, this.#types));
    const discriminant = objects.length > 1 ? discriminantOf(objects, this.#types) : undefined;
    const keys = objects.length > 1 && discriminant === undefined ? ownKeysOf(objects, this.#types) : undefined;
    const forms = members.map((member): string => {
      const ofCase = discriminant?.cases.find(({ type }) => type === member);
      if (discriminant !== undefined && ofCase !== undefined) {
        const values = ofCase.values.map((value) => literal(value)).join(", ");
        return `{ has: ${quote(discriminant.property)}, of: [${values}] }`;
      }
      const own = keys?.cases.find(({ type }) => type === member);
      if (own !== undefined) return `{ has: ${quote(own.property)} }`;
      const alone = this.#aloneOf(member);
      if (alone !== undefined) return `[${alone}]`;
      return isBoxed(member) ? quote("boxed bigint") : this.#formOf(member);
    });
    return this.#constants.members(this.#expected(members), forms, words);
  }

  #formOf(member: TypeModel): string {
    const type = resolve(member, this.#types);
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

  /** Whether a member is a bigint that stands beside numbers or text. */
  #boxedIn(members: readonly TypeModel[]): (member: TypeModel) => boolean {
    const isBoxed = hasBoxedBigint(members, this.#types);
    return (member) => isBoxed && member.kind === "primitive" && member.name === "bigint";
  }

  #fields({ properties, open }: ObjectModel, words: string): string {
    const { required, optional } = inOrder(properties);
    const names = [...required, ...optional].map(({ name }) => name);
    return this.#constants.fields(names, open !== undefined, words);
  }

  #declared(properties: readonly PropertyModel[], words: string): string {
    return this.#constants.keys(
      properties.map(({ name }) => name),
      words,
    );
  }

  #spell(type: TypeModel): string {
    return spell(type, this.#typeName);
  }
}

/** Fields in the order of the wire: those that are always there, then those that may be left out, each by name. */
function inOrder(properties: readonly PropertyModel[]): {
  readonly required: readonly PropertyModel[];
  readonly optional: readonly PropertyModel[];
} {
  const sorted = [...properties].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { required: sorted.filter((each) => !each.optional), optional: sorted.filter((each) => each.optional) };
}

function literalOf(member: TypeModel, types: Types): Literal | undefined {
  const type = resolve(member, types);
  return type.kind === "literal" || type.kind === "bigint-literal" ? type : undefined;
}

function isNullish(name: PrimitiveName): name is "null" | "undefined" {
  return name === "null" || name === "undefined";
}

/** A form of text: asked for before any text. */
function isTemplate(type: TypeModel): boolean {
  return type.kind === "template";
}

/** What the functions for a member of a union are named by, where the member has no name. */
function memberWords(member: TypeModel): string {
  return pascal(member.kind === "primitive" ? member.name : member.kind);
}

/** A declared field of `value`. */
function read(name: string): string {
  return `value[${quote(name)}]`;
}

/** One statement behind a condition. */
function guarded(condition: string, statement: Layout): Layout {
  return { group: [condition, { indent: [{ line: " " }, statement] }] };
}

/** Behind `else`, an `if` stands on the same line, whatever follows it. */
function orElse({ isOne, text }: Statement): Layout {
  return !isOne ? ["else ", text] : guarded("else", text);
}

/** The expression, unless what comes next stands for nothing. */
function orNothing(nothing: "null" | "undefined", expression: Layout): Layout {
  const test = nothing === "null" ? "from.nil()" : "from.absent()";
  return { group: [test, { indent: [{ line: " " }, `? ${nothing}`, { line: " " }, ": ", expression] }] };
}
