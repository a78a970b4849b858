// Names the functions that write values and read them back, in whichever form the writer or reader that they are given has:
// one for each named type, and one for each part that is not a single expression. What stands in them is left to
// emit-write.ts and emit-read.ts.
import { Definitions } from "./definitions.js";
import type { ConstantEmitter } from "./emit-constants.js";
import { MemberEmitter } from "./emit-member.js";
import { ReadEmitter } from "./emit-read.js";
import { WriteEmitter } from "./emit-write.js";
import { unionEncoding, type Literal } from "./encoding.js";
import type { FileScope } from "./file-scope.js";
import { list, type Layout } from "./layout.js";
import type { Part, TupleModel, TypeModel } from "./model.js";
import type { Parts } from "./parts.js";
import { block } from "./pieces.js";
import { literal, pascal, quote, spellElements, spellOf } from "./spelling.js";
import { namedType } from "./types.js";

type Direction = "write" | "read";

/** Writes these functions of one file, each when it is first named, and keeps them until they are placed. */
export class SerializerEmitter {
  readonly #file: FileScope;
  readonly #constants: ConstantEmitter;
  readonly #functions: Definitions;
  readonly #bodies: { readonly write: WriteEmitter; readonly read: ReadEmitter };

  constructor(file: FileScope, constants: ConstantEmitter) {
    this.#file = file;
    this.#constants = constants;
    this.#functions = new Definitions(file.names);
    const members = new MemberEmitter(file, constants);
    this.#bodies = {
      write: new WriteEmitter(file, constants, members, this.#parts("write")),
      read: new ReadEmitter(file, constants, members, this.#parts("read")),
    };
  }

  /** The functions written so far, in the order in which they were first named. */
  functions(): Layout[] {
    return this.#functions.texts();
  }

  /** The function that writes a named type, where one was needed. */
  writer(id: string): string | undefined {
    return this.#functions.nameOf(`write:named:${id}`);
  }

  /**
   * The functions that write and read a type, with its bounds where there are any. `words` name them, where nothing else
   * does.
   */
  pairOf(part: Part, words: string): [write: string, read: string] {
    return [this.#of(part, "write", words), this.#of(part, "read", words)];
  }

  #parts(direction: Direction): Parts {
    return {
      of: (part, words) => this.#of(part, direction, words),
      call: (type, args, words) => this.#call(direction, type, args, words),
    };
  }

  #of(part: Part, direction: Direction, words: string): string {
    const { type, bounds } = part;
    if (bounds === undefined && type.kind === "named") return this.#named(type.id, direction);
    if (bounds === undefined && type.kind === "primitive") return this.#file.runtime(direction + pascal(type.name));
    const key = `${direction}:${words}:${JSON.stringify(bounds)}:${spellOf(type)}`;
    return this.#function(key, type, direction, words, () => this.#bodies[direction].body(part, words));
  }

  #named(id: string, direction: Direction): string {
    const words = pascal(this.#file.typeName(id));
    const type: TypeModel = { kind: "named", id };
    return this.#function(`${direction}:named:${id}`, type, direction, words, () =>
      this.#bodies[direction].named(namedType(id, this.#file.types), words),
    );
  }

  #function(key: string, type: TypeModel, direction: Direction, words: string, body: () => Layout): string {
    return this.#functions.define(key, direction + words, (name) => {
      const isWrite = direction === "write";
      const parameters = [
        isWrite ? `to: ${this.#file.runtime("MsgpackWriter")}` : `from: ${this.#file.runtime("MsgpackReader")}`,
        ...(isWrite ? ["value: unknown"] : []),
        `at: ${this.#file.runtime("At")}`,
      ];
      const result = isWrite ? "void" : this.#file.spell(type);
      return block(list(`function ${name}(`, parameters, `): ${result} {`), body());
    });
  }

  #call(direction: Direction, type: TypeModel, args: readonly Layout[], words: string): Layout {
    const end = direction === "write" ? ";" : "";
    const call = (name: string, ...more: Layout[]): Layout =>
      list(`${this.#file.runtime(direction + name)}(`, [...args, ...more], `)${end}`);
    const part = (inner: TypeModel, word: string) => this.#of({ type: inner }, direction, words + word);
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
        return direction === "read" ? [text, ` as ${type.text}`] : text;
      }
      case "brand":
        return this.#call(direction, type.of, args, words);
      case "array":
        return call("Array", part(type.element, "Item"));
      case "set":
        return call("Set", part(type.element, "Item"));
      case "map":
        return call("Map", part(type.key, "Key"), part(type.value, "Value"));
      case "record":
        return call("Record", part(type.value, "Value"), ...this.#constants.keyForm(type));
      case "tuple":
        return this.#tuple(direction, type, args, words);
      case "union": {
        const encoding = unionEncoding(type, this.#file.types);
        if (encoding?.kind !== "choice") break;
        const literals = encoding.literals.map((each) => this.#literal(each));
        return call("Choice", this.#constants.choices(literals, words));
      }
      case "named":
      case "object":
        break;
    }
    return list(`${this.#of({ type }, direction, words)}(`, args, `)${end}`);
  }

  #tuple(direction: Direction, type: TupleModel, args: readonly Layout[], words: string): Layout {
    const parts = type.elements.map((each, index) => this.#of({ type: each }, direction, `${words}${index}`));
    const rest = type.rest === undefined ? [] : [this.#of({ type: type.rest }, direction, `${words}Rest`)];
    const all = [...args, String(type.required), list("[", parts, "]"), ...rest];
    const open = `${this.#file.runtime(`${direction}Tuple`)}(`;
    if (direction === "write") return list(open, all, ");");
    const elements = spellElements(type, this.#file.typeName);
    return [list(open, all, ")"), " as ", list(type.readonly ? "readonly [" : "[", elements, "]")];
  }

  #literal(type: Literal): string {
    if (type.kind === "bigint-literal") return `${type.digits}n`;
    const value = literal(type.value);
    return type.member === undefined ? value : `${value} as ${this.#file.spell(type)}`;
  }
}
