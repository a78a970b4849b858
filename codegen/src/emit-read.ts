// Writes the bodies of the functions that read values. The order of fields and members is the canonical schema's.
// PROTOCOL.md §10.5.
import type { ConstantEmitter } from "./emit-constants.js";
import { memberWords, otherWords, type MemberEmitter } from "./emit-member.js";
import { fieldsInOrder, unionEncoding, type Nothing } from "./encoding.js";
import type { FileScope } from "./file-scope.js";
import { list, newline, type Layout } from "./layout.js";
import type { NamedType, ObjectModel, Part, PropertyModel, TypeModel } from "./model.js";
import type { Parts } from "./parts.js";
import { guarded } from "./pieces.js";
import { isIdentifier, keyOf, pascal, quote } from "./spelling.js";
import { boxedAmong } from "./union.js";

/** Writes expressions that take a value from the reader `from`; what is wrong with it stands in `at`. */
export class ReadEmitter {
  readonly #file: FileScope;
  readonly #constants: ConstantEmitter;
  readonly #members: MemberEmitter;
  readonly #parts: Parts;

  constructor(file: FileScope, constants: ConstantEmitter, members: MemberEmitter, parts: Parts) {
    this.#file = file;
    this.#constants = constants;
    this.#members = members;
    this.#parts = parts;
  }

  named({ id, type, isEnum }: NamedType, words: string): Layout {
    const typeName = this.#file.typeName(id);
    if (type.kind === "object") return this.#object(type, typeName, words);
    // A brand's text, or the one value of an enum, is not yet of the type.
    const isCast = type.kind === "brand" || (isEnum && type.kind === "literal");
    return this.body({ type }, words, isCast ? ` as ${typeName}` : "");
  }

  /** `cast` stands behind the expression. */
  body(part: Part, words: string, cast = ""): Layout {
    const encoding = part.bounds === undefined ? unionEncoding(part.type, this.#file.types) : undefined;
    return encoding?.kind === "numbered"
      ? this.#union(encoding.members, words)
      : ["return ", this.#read(part, "at", words), cast, ";"];
  }

  #read({ type, bounds }: Part, at: string, words: string): Layout {
    const encoding = unionEncoding(type, this.#file.types);
    if (encoding?.kind === "optional") {
      const inner = this.#read({ type: encoding.type, ...(bounds && { bounds }) }, at, words + otherWords(encoding));
      return orNothing(encoding.nothing, inner);
    }
    const value = this.#parts.call(type, ["from", at], words);
    if (bounds === undefined) return value;
    return list(`${this.#file.runtime("within")}(`, [value, at, this.#constants.bounds(bounds, words)], ")");
  }

  #object(type: ObjectModel, typeName: string, words: string): Layout {
    const { properties, open } = type;
    const { required, optional } = fieldsInOrder(properties);
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
    const isReadonly = optional.some((each) => each.readonly);
    const writable = isReadonly ? `${this.#file.runtime("Writable")}<${typeName}>` : typeName;
    const later = optional.map((each, index): Layout => {
      const target = isIdentifier(each.name) ? `to.${each.name}` : `to[${quote(each.name)}]`;
      const there = isFixed ? "!from.absent()" : `length > ${least + index} && !from.absent()`;
      return [newline, guarded(`if (${there})`, [`${target} = `, field(each), ";"])];
    });
    if (open !== undefined) {
      const declared = this.#constants.keys(properties, words);
      const value = this.#parts.of({ type: open.value }, `${words}Value`);
      const args = ["from", "to", declared, value, ...this.#constants.keyForm(open)];
      later.push([newline, list(`${this.#file.runtime("readOpen")}(`, args, ");")]);
    }
    return [
      `const length = from.object(${this.#constants.fields(type, words)});`,
      newline,
      guarded(`if (${test})`, `return ${this.#file.runtime("notFields")}(from, at, length);`),
      newline,
      `const before = ${this.#file.runtime("failures")}();`,
      newline,
      `const to: ${writable} = `,
      object,
      ";",
      later,
      newline,
      "from.leave();",
      newline,
      `return ${this.#file.runtime("inside")}(to, before, at);`,
    ];
  }

  #union(members: readonly TypeModel[], words: string): Layout {
    const isBoxed = boxedAmong(members, this.#file.types);
    const cases = members.map((member, index): Layout => {
      const value = isBoxed(member)
        ? `${this.#file.runtime("readBoxedBigint")}(from, at)`
        : this.#read({ type: member }, "at", words + memberWords(member));
      return [newline, `case ${index}:`, { indent: [newline, "return ", value, ";"] }];
    });
    const constant = this.#members.constant(members, words);
    const fail = `return ${this.#file.runtime("notMember")}(from, at, index, ${constant});`;
    return [
      `const index = from.member(${constant});`,
      newline,
      "switch (index) {",
      { indent: [cases, newline, "default:", { indent: [newline, fail] }] },
      newline,
      "}",
    ];
  }
}

/** The expression, unless what comes next stands for nothing. */
function orNothing(nothing: Nothing, expression: Layout): Layout {
  const test = nothing === "null" ? "from.nil()" : "from.absent()";
  return { group: [test, { indent: [{ line: " " }, `? ${nothing}`, { line: " " }, ": ", expression] }] };
}
