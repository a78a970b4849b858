// Writes the bodies of the functions that write values. The order of fields and members is the canonical schema's.
// PROTOCOL.md §10.5.
import type { ConstantEmitter } from "./emit-constants.js";
import { memberWords, otherWords, type MemberEmitter } from "./emit-member.js";
import { fieldsInOrder, onlyValueOf, unionEncoding, type Nothing } from "./encoding.js";
import type { FileScope } from "./file-scope.js";
import { joined, list, newline, type Layout } from "./layout.js";
import type { NamedType, ObjectModel, Part, PropertyModel, TypeModel } from "./model.js";
import type { Parts } from "./parts.js";
import { block, fieldOf, guarded } from "./pieces.js";
import { literal, pascal, quote } from "./spelling.js";
import { boxedAmong, discriminantOf, isFields, ownKeysOf } from "./union.js";

/** Text that writes a value: one statement, or a choice of several. */
interface Statement {
  readonly isOne: boolean;
  readonly text: Layout;
}

/** Writes statements that hand `value` to the writer `to`; what is wrong with it stands in `at`. */
export class WriteEmitter {
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

  named({ type }: NamedType, words: string): Layout {
    return type.kind === "object" ? this.#object(type, words) : this.body({ type }, words);
  }

  body(part: Part, words: string): Layout {
    const encoding = part.bounds === undefined ? unionEncoding(part.type, this.#file.types) : undefined;
    return encoding?.kind === "numbered"
      ? this.#union(encoding.members, words)
      : this.#write(part, "value", "at", words).text;
  }

  /** Writes the value of `from`. */
  #write({ type, bounds }: Part, from: string, at: string, words: string): Statement {
    const encoding = unionEncoding(type, this.#file.types);
    if (encoding?.kind === "optional") {
      const part = { type: encoding.type, ...(bounds && { bounds }) };
      const inner = this.#write(part, from, at, words + otherWords(encoding));
      return unless(from, encoding.nothing, inner);
    }
    const value: Layout =
      bounds === undefined
        ? from
        : list(`${this.#file.runtime("within")}(`, [from, at, this.#constants.bounds(bounds, words)], ")");
    return { isOne: true, text: this.#parts.call(type, ["to", value, at], words) };
  }

  #object(type: ObjectModel, words: string): Layout {
    const { properties, open } = type;
    const { required, optional } = fieldsInOrder(properties);
    const wrong = `if (!${this.#file.runtime("isObject")}(value)) return ${this.#file.runtime("mismatch")}(value, at, "object");`;
    const all = properties.length + (open === undefined ? 0 : 1);
    const isFixed = optional.length === 0 || open !== undefined;
    const lengths = optional.map((each, index): Layout => [
      newline,
      guarded(`if (${fieldOf(each.name)} !== undefined)`, `length = ${required.length + index + 1};`),
    ]);
    const fields = this.#constants.fields(type, words);
    const head: Layout = isFixed
      ? `to.object(${fields}, ${all});`
      : [`let length = ${required.length};`, lengths, newline, `to.object(${fields}, length);`];
    const plain = (each: PropertyModel): Statement =>
      this.#write(each, fieldOf(each.name), quote(each.name), words + pascal(each.name));
    const field = (each: PropertyModel): Statement =>
      each.optional || each.undefinable ? unless(fieldOf(each.name), "undefined", plain(each)) : plain(each);
    const writes = [
      ...required.map((each): Layout => [newline, field(each).text]),
      ...optional.map((each, index): Layout => {
        if (isFixed) return [newline, field(each).text];
        // The last one is there wherever there is room for it.
        const write = index === optional.length - 1 ? plain(each) : field(each);
        const test = `if (length > ${required.length + index})`;
        return [newline, write.isOne ? guarded(test, write.text) : block(`${test} {`, write.text)];
      }),
    ];
    if (open !== undefined) {
      const declared = this.#constants.keys(properties, words);
      const value = this.#parts.of({ type: open.value }, `${words}Value`);
      const args = ["to", "value", declared, value, ...this.#constants.keyForm(open)];
      writes.push([newline, list(`${this.#file.runtime("writeOpen")}(`, args, ");")]);
    }
    const before = `const before = ${this.#file.runtime("failures")}();`;
    if (all === 0) return [wrong, newline, head];
    return [wrong, newline, before, newline, head, writes, newline, `${this.#file.runtime("inside")}(to, before, at);`];
  }

  #union(members: readonly TypeModel[], words: string): Layout {
    const { types } = this.#file;
    const isBoxed = boxedAmong(members, types);
    const write = (member: TypeModel): string => {
      const number = members.indexOf(member);
      if (onlyValueOf(member, types) !== undefined)
        return `return ${this.#file.runtime("writeMemberAlone")}(to, ${number}, value);`;
      const writer = isBoxed(member)
        ? this.#file.runtime("writeBoxedBigint")
        : this.#parts.of({ type: member }, words + memberWords(member));
      return `return ${this.#file.runtime("writeMember")}(to, ${number}, value, at, ${writer});`;
    };
    const objects = members.filter((each) => isFields(each, types));
    const others = members.filter((each) => !objects.includes(each));
    const alone = others.filter((each) => onlyValueOf(each, types) !== undefined);
    const rest = others.filter((each) => !alone.includes(each));
    // A form of text is asked for before any text.
    const ordered = [...rest.filter(isTemplate), ...rest.filter((each) => !isTemplate(each))];
    const lines: Layout[] = [];
    if (alone.length > 0) {
      const cases = alone.map((each): Layout => [
        newline,
        `case ${onlyValueOf(each, types)}:`,
        { indent: [newline, write(each)] },
      ]);
      lines.push(["switch (value) {", { indent: cases }, newline, "}"]);
    }
    for (const member of ordered) {
      const test = this.#members.testOf(member);
      if (test !== undefined) lines.push(guarded(`if (${test})`, write(member)));
    }
    const fail = list(`${this.#file.runtime("mismatch")}(`, ["value", "at", this.#members.expected(members)], ");");
    const isObject = `${this.#file.runtime("isObject")}(value)`;
    const [only] = objects;
    if (objects.length === 1 && only !== undefined) lines.push(guarded(`if (${isObject})`, write(only)));
    if (objects.length < 2) return joined([...lines, fail]);
    lines.push(guarded(`if (!${isObject})`, ["return ", fail]));
    return joined([...lines, this.#objects(objects, write)]);
  }

  /** Tells the objects of a union apart. */
  #objects(objects: readonly TypeModel[], write: (member: TypeModel) => string): Layout {
    const discriminant = discriminantOf(objects, this.#file.types);
    if (discriminant !== undefined) {
      const field = fieldOf(discriminant.property);
      const values = discriminant.cases.flatMap((each) => each.values.map((value) => literal(value)));
      const arms = discriminant.cases.map((each): Layout => [
        each.values.map((value) => [newline, `case ${literal(value)}:`]),
        { indent: [newline, write(each.type)] },
      ]);
      const mismatch = list(
        `${this.#file.runtime("mismatch")}(`,
        [field, quote(discriminant.property), quote(values.join(" | "))],
        ")",
      );
      const fail = [
        `const before = ${this.#file.runtime("failures")}();`,
        newline,
        list(`${this.#file.runtime("inside")}(`, [mismatch, "before", "at"], ");"),
      ];
      return [`switch (${field}) {`, { indent: [arms, newline, block("default: {", fail)] }, newline, "}"];
    }
    const keys = ownKeysOf(objects, this.#file.types);
    if (keys === undefined) throw new Error("a union of objects that look alike passed the reader");
    const cases = keys.cases.map(({ property, type }) =>
      guarded(`if (${fieldOf(property)} !== undefined)`, write(type)),
    );
    const expected = quote(`object with ${keys.cases.map(({ property }) => property).join(" or ")}`);
    const last =
      keys.last === undefined
        ? list(`${this.#file.runtime("mismatch")}(`, ["value", "at", expected], ");")
        : write(keys.last);
    return joined([...cases, last]);
  }
}

function unless(from: string, nothing: Nothing, otherwise: Statement): Statement {
  const write = nothing === "null" ? "to.nil();" : "to.absent();";
  return { isOne: false, text: [guarded(`if (${from} === ${nothing})`, write), newline, orElse(otherwise)] };
}

/** Behind `else`, an `if` stands on the same line, whatever follows it. */
function orElse({ isOne, text }: Statement): Layout {
  return !isOne ? ["else ", text] : guarded("else", text);
}

/** A form of text: asked for before any text. */
function isTemplate(type: TypeModel): boolean {
  return type.kind === "template";
}
