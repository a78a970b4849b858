// Writes the functions that tell whether a value is of its type, one for each named type and one for each part that is not a
// single expression; and the schemas that offer them to programs.
import { Definitions } from "./definitions.js";
import type { ConstantEmitter } from "./emit-constants.js";
import type { FileScope } from "./file-scope.js";
import { joined, list, newline, type Layout } from "./layout.js";
import type { NamedType, ObjectModel, Part, TypeModel, UnionModel } from "./model.js";
import { block, fieldOf, guarded } from "./pieces.js";
import { camel, literal, pascal, quote, spellOf } from "./spelling.js";
import { namedType } from "./types.js";
import { discriminantOf, isFields, ownKeysOf } from "./union.js";

/** An expression that is true or false: one test, or several that all or of which one must hold. */
type Test = Layout | Joined;

interface Joined {
  readonly operator: "&&" | "||";
  readonly tests: readonly Test[];
}

/** Writes the checking functions of one file, each when it is first named, and keeps them until they are placed. */
export class CheckEmitter {
  readonly #file: FileScope;
  readonly #constants: ConstantEmitter;
  readonly #functions: Definitions;

  constructor(file: FileScope, constants: ConstantEmitter) {
    this.#file = file;
    this.#constants = constants;
    this.#functions = new Definitions(file.names);
  }

  /** The functions written so far, in the order in which they were first named. */
  functions(): Layout[] {
    return this.#functions.texts();
  }

  /** The constant that a program validates values of a named type with; `write` is the function that writes them. */
  schema(type: NamedType, write: string): Layout {
    const typeName = this.#file.typeName(type.id);
    // As the contract has it, whatever the file had to call its import.
    const called = type.arguments.length === 0 ? type.name : typeName;
    const name = this.#file.names.take(`${camel(called)}Schema`);
    const head = `export const ${name}: ${this.#file.runtime("Schema")}<${typeName}> = `;
    const is = this.#named(type.id);
    const args: Layout[] = [quote(called), is, write];
    if (this.#functions.canRecur(namedKey(type.id)))
      return list(`${head}${this.#file.runtime("recursiveSchemaOf")}(`, args, ");");
    const refusal = list(`${this.#file.runtime("refuse")}(`, [quote(called), "value", write], ")");
    const assert = this.#functions.define(`assert:${type.id}`, `assert${pascal(typeName)}`, (assertName) =>
      block(list(`function ${assertName}(`, ["value: unknown"], `): ${typeName} {`), {
        group: [`return ${is}(value)`, { indent: [{ line: " " }, "? value", { line: " " }, ": ", refusal] }, ";"],
      }),
    );
    return list(`${head}${this.#file.runtime("schemaOf")}(`, [...args, assert], ");");
  }

  #named(id: string): string {
    const { type } = namedType(id, this.#file.types);
    const words = pascal(this.#file.typeName(id));
    return this.#function(namedKey(id), { kind: "named", id }, words, () => this.#body({ type }, words));
  }

  /** The function that tells whether a value is of a type, within its bounds where there are any. */
  #of(part: Part, words: string): string {
    const { type, bounds } = part;
    if (bounds === undefined && type.kind === "named") return this.#named(type.id);
    if (bounds === undefined && type.kind === "primitive") return this.#file.runtime(`is${pascal(type.name)}`);
    const key = `${words}:${JSON.stringify(bounds)}:${spellOf(type)}`;
    return this.#function(key, type, words, () => this.#body(part, words));
  }

  #function(key: string, type: TypeModel, words: string, body: () => Layout): string {
    return this.#functions.define(key, `is${words}`, (name) => {
      const head = list(`function ${name}(`, ["value: unknown"], `): value is ${this.#file.spell(type)} {`);
      return block(head, body());
    });
  }

  #body(part: Part, words: string): Layout {
    const { type, bounds } = part;
    if (type.kind === "union" && bounds === undefined && this.#objectsOf(type).length > 1) {
      return this.#unionBody(type, words);
    }
    if (type.kind === "object") return this.#objectBody(type, words);
    return returned(this.#test(part, "value", words));
  }

  /**
   * What `isObject` asks first stands in each function, where the machine sees one kind of object: inside a function that
   * sees all of a program's kinds, it would take longer than all the fields. Without `?.`, behind which a compiler has
   * forgotten what it knew of the object, and asks for its kind again.
   */
  #objectBody(type: ObjectModel, words: string): Layout {
    const isPlain = any(["fields.constructor === Object", `${this.#file.runtime("isObject")}(fields)`]);
    const tests = all(["fields !== undefined", "fields !== null", isPlain, this.#fields(type, words)]);
    return [`const fields = value as ${this.#file.runtime("Given")};`, newline, returned(tests)];
  }

  #fields({ properties, open }: ObjectModel, words: string): Test {
    const tests = properties.map((each): Test => {
      const from = `fields[${quote(each.name)}]`;
      const test = this.#test(each, from, words + pascal(each.name));
      return each.optional || each.undefinable ? any([`${from} === undefined`, test]) : test;
    });
    if (open !== undefined) {
      const declared = this.#constants.keys(properties, words);
      const args = ["fields", declared, this.#of({ type: open.value }, `${words}Value`)];
      tests.push(list(`${this.#file.runtime("isOpen")}(`, [...args, ...this.#constants.keyForm(open)], ")"));
    }
    return all(tests);
  }

  /** Whether the value of `from` is of the type and within its bounds. */
  #test({ type, bounds }: Part, from: string, words: string): Test {
    if (bounds !== undefined) {
      const within = list(`${this.#file.runtime("isWithin")}(`, [from, this.#constants.bounds(bounds, words)], ")");
      return all([this.#test({ type }, from, words), within]);
    }
    const call = (name: string, ...more: Layout[]): Layout =>
      list(`${this.#file.runtime(name)}(`, [from, ...more], ")");
    const part = (inner: TypeModel, word: string) => this.#of({ type: inner }, words + word);
    switch (type.kind) {
      case "primitive":
        switch (type.name) {
          case "string":
          case "number":
            return `typeof ${from} === "${type.name}"`;
          case "boolean":
            return any([`${from} === true`, `${from} === false`]);
          case "null":
          case "undefined":
            return `${from} === ${type.name}`;
          default:
            return call(`is${pascal(type.name)}`);
        }
      case "literal":
        return `${from} === ${literal(type.value)}`;
      case "bigint-literal":
        return `${from} === ${type.digits}n`;
      case "binary":
        return `${from} instanceof ${type.name}`;
      case "template":
        return call("isTemplate", this.#constants.pattern(type.pattern));
      case "brand":
        return this.#test({ type: type.of }, from, words);
      case "array":
        return all([`Array.isArray(${from})`, this.#noneOf(from, type.element, `${words}Item`)]);
      case "set":
        return call("isSetOf", part(type.element, "Item"));
      case "map":
        return call("isMapOf", part(type.key, "Key"), part(type.value, "Value"));
      case "record":
        return call("isRecordOf", part(type.value, "Value"), ...this.#constants.keyForm(type));
      case "tuple": {
        const parts = type.elements.map((each, index) => part(each, String(index)));
        const rest = type.rest === undefined ? [] : [part(type.rest, "Rest")];
        return call("isTupleOf", String(type.required), list("[", parts, "]"), ...rest);
      }
      case "union": {
        if (this.#objectsOf(type).length > 1) break;
        return any(type.members.map((each) => this.#test({ type: each }, from, words)));
      }
      case "named":
      case "object":
        break;
    }
    return `${this.#of({ type }, words)}(${from})`;
  }

  /**
   * Where the function that checks the items is named, and not handed on, it becomes a part of this one. `every` would pass
   * over holes.
   */
  #noneOf(array: string, element: TypeModel, words: string): Layout {
    const isPlainText = element.kind === "primitive" && (element.name === "string" || element.name === "number");
    const isNot = isPlainText ? `typeof each !== "${element.name}"` : `!${this.#of({ type: element }, words)}(each)`;
    return `${array}.findIndex((each) => ${isNot}) === -1`;
  }

  #objectsOf({ members }: UnionModel): readonly TypeModel[] {
    return members.filter((each) => isFields(each, this.#file.types));
  }

  /** Objects are told apart as they are where they are written, so that both find the same member. */
  #unionBody(union: UnionModel, words: string): Layout {
    const objects = this.#objectsOf(union);
    const others = union.members.filter((each) => !objects.includes(each));
    const is = (type: TypeModel) => `return ${this.#of({ type }, words)}(value);`;
    const lines: Layout[] = [];
    if (others.length > 0) {
      lines.push(when(any(others.map((each) => this.#test({ type: each }, "value", words))), "return true;"));
    }
    lines.push(`if (!${this.#file.runtime("isObject")}(value)) return false;`);
    const discriminant = discriminantOf(objects, this.#file.types);
    if (discriminant !== undefined) {
      const arms = discriminant.cases.map((each): Layout => [
        each.values.map((value) => [newline, `case ${literal(value)}:`]),
        { indent: [newline, is(each.type)] },
      ]);
      const otherwise = [newline, "default:", { indent: [newline, "return false;"] }];
      return joined([
        ...lines,
        [`switch (${fieldOf(discriminant.property)}) {`, { indent: [arms, otherwise] }, newline, "}"],
      ]);
    }
    const keys = ownKeysOf(objects, this.#file.types);
    if (keys === undefined) throw new Error("a union of objects that look alike passed the reader");
    const cases = keys.cases.map(({ property, type }) => when(`${fieldOf(property)} !== undefined`, is(type)));
    return joined([...lines, ...cases, keys.last === undefined ? "return false;" : is(keys.last)]);
  }
}

function namedKey(id: string): string {
  return `named:${id}`;
}

function all(tests: readonly Test[]): Test {
  return joinedBy("&&", tests);
}

function any(tests: readonly Test[]): Test {
  return joinedBy("||", tests);
}

/** Flat: what is joined by the same operator needs no parentheses. */
function joinedBy(operator: "&&" | "||", tests: readonly Test[]): Test {
  const flat = tests.flatMap((each) => (isJoined(each) && each.operator === operator ? each.tests : [each]));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { operator, tests: flat };
}

function isJoined(test: Test): test is Joined {
  return typeof test === "object" && "operator" in test;
}

/** Its operands: those that are joined themselves in parentheses, which keep their first on the line. */
function operandsOf({ tests }: Joined): Layout[] {
  return tests.map((each): Layout => {
    if (!isJoined(each)) return each;
    const [first = "", ...others] = operandsOf(each);
    return { group: ["(", first, { indent: others.map((other) => [` ${each.operator}`, { line: " " }, other]) }, ")"] };
  });
}

/** On one line, or an operand to a line. */
function linesOf(test: Joined): Layout {
  return operandsOf(test).map((each, index) => (index === 0 ? each : [` ${test.operator}`, { line: " " }, each]));
}

/** Between parentheses that stand only where it needs lines of its own. */
function returned(test: Test): Layout {
  if (!isJoined(test)) return ["return ", test, ";"];
  const [open, close] = [{ broken: "(" }, { broken: ")" }];
  return { group: ["return ", open, { indent: [{ line: "" }, { group: linesOf(test) }] }, { line: "" }, close, ";"] };
}

/** One statement behind a condition. */
function when(test: Test, statement: string): Layout {
  const condition: Layout = isJoined(test)
    ? { group: ["if (", { indent: [{ line: "" }, linesOf(test)] }, { line: "" }, ")"] }
    : ["if (", test, ")"];
  return guarded(condition, statement);
}
