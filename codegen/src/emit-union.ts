// Writes how a union is copied: by its literals, then by the form of a value, then by the field that tells its objects
// apart. Knows nothing of what a member is made of.
import type { Direction, MemberTests } from "./emit-member-test.js";
import { joined, list, newline, type Layout } from "./layout.js";
import type { NamedType, TypeModel } from "./model.js";
import { literal, quote, spell } from "./spelling.js";
import { discriminantOf, hasBoxedBigint, isFields, ownKeysOf } from "./union.js";

/** One union to copy. */
export interface UnionPlan {
  readonly members: readonly TypeModel[];
  readonly direction: Direction;
  /** What functions for its parts are named by. */
  readonly words: string;
  /** The enum whose members these are, where they are all of it. */
  readonly enumName: string | undefined;
}

/** Writes the bodies of functions that copy a union. */
export class UnionEmitter {
  readonly #types: ReadonlyMap<string, NamedType>;
  readonly #typeName: (id: string) => string;
  readonly #runtime: (name: string) => string;
  readonly #copied: (type: TypeModel, direction: Direction, words: string) => Layout;
  readonly #tests: MemberTests;

  /** `copied` gives the expression that copies `value`, once it is known which member it is of. */
  constructor(
    types: ReadonlyMap<string, NamedType>,
    typeName: (id: string) => string,
    runtime: (name: string) => string,
    copied: (type: TypeModel, direction: Direction, words: string) => Layout,
    tests: MemberTests,
  ) {
    this.#tests = tests;
    this.#types = types;
    this.#typeName = typeName;
    this.#runtime = runtime;
    this.#copied = copied;
  }

  /** The statements that copy `value`, which `at` led to, or record that it is none of the members. */
  body({ members, direction, words, enumName }: UnionPlan): Layout {
    const objects = members.filter((each) => isFields(each, this.#types));
    const others = members.filter((each) => !objects.includes(each));
    const lines: Layout[] = this.#literalCases(others, enumName);
    const boxed = hasBoxedBigint(members, this.#types);
    const digits = others.flatMap((each) => (each.kind === "bigint-literal" ? [`${each.digits}n`] : []));
    const [oneOfDigits] = others.filter((each) => each.kind === "bigint-literal");
    if (oneOfDigits !== undefined) {
      const copy = this.#runtime(direction === "lower" ? "lowerBigintOf" : "liftBigintOf");
      const test = this.#tests.testOf(oneOfDigits, direction);
      lines.push(returnIf(test ?? "", `${copy}(value, at, ${digits.join(", ")})`));
    }
    const rest = others.filter((each) => each.kind !== "bigint-literal");
    for (const member of [...rest.filter(isTemplate), ...rest.filter((each) => !isTemplate(each))]) {
      const test = this.#tests.testOf(member, direction, boxed);
      if (test === undefined) continue;
      const box = boxed && isBigint(member) ? (direction === "lower" ? "boxBigint" : "unboxBigint") : undefined;
      const copied =
        box !== undefined
          ? `${this.#runtime(box)}(value, at)`
          : isPlain(member)
            ? "value"
            : this.#copied(member, direction, words);
      lines.push(returnIf(test, copied));
    }
    const expected = [
      ...others.map((each) => spell(each, this.#typeName)),
      ...(objects.length > 0 ? ["object"] : []),
    ].join(" | ");
    const fail = this.#fail(expected);
    const [only] = objects;
    if (objects.length === 1 && only !== undefined) {
      lines.push(returnIf(`${this.#runtime("isObject")}(value)`, this.#copied(only, direction, words)));
    }
    if (objects.length < 2) return joined([...lines, fail]);
    const chosen = this.#objectCases(objects, direction, words);
    const noObject = { group: [`if (!${this.#runtime("isObject")}(value))`, { indent: [{ line: " " }, fail] }] };
    return joined([...lines, noObject, chosen]);
  }

  #literalCases(members: readonly TypeModel[], enumName: string | undefined): Layout[] {
    const literals = members.filter((each) => each.kind === "literal");
    const ofEnums = literals.filter((each) => each.member !== undefined);
    const plain = literals.filter((each) => each.member === undefined);
    const groups: [typeof literals, string][] = [
      [plain, enumName === undefined ? "return value;" : `return value as ${enumName};`],
      [ofEnums, `return value as ${enumName ?? ofEnums.map((each) => spell(each, this.#typeName)).join(" | ")};`],
    ];
    const filled = groups.filter(([group]) => group.length > 0);
    if (filled.length === 0) return [];
    const cases = filled.flatMap(([group, result]): Layout[] => [
      ...group.map(({ value }) => `case ${literal(value)}:`),
      { indent: [newline, result] },
    ]);
    return [
      [
        "switch (value) {",
        { indent: cases.map((each) => (typeof each === "string" ? [newline, each] : each)) },
        newline,
        "}",
      ],
    ];
  }

  #objectCases(objects: readonly TypeModel[], direction: Direction, words: string): Layout {
    const discriminant = discriminantOf(objects, this.#types);
    if (discriminant === undefined) return this.#ownKeyCases(objects, direction, words);
    const { property, cases } = discriminant;
    const field = `value[${quote(property)}]`;
    const expected = cases.flatMap(({ values }) => values.map((each) => literal(each))).join(" | ");
    const arms = cases.map(({ values, type }): Layout => {
      const result = this.#copied(type, direction, words);
      return [values.map((each) => [newline, `case ${literal(each)}:`]), { indent: [newline, "return ", result, ";"] }];
    });
    const wrong = list(`${this.#runtime("mismatch")}(`, [field, quote(property), quote(expected)], ")");
    const fail: Layout = [
      `const before = ${this.#runtime("failures")}();`,
      newline,
      list(`return ${this.#runtime("inside")}(`, [wrong, "before", "at"], ");"),
    ];
    return [
      `switch (${field}) {`,
      { indent: [...arms, newline, "default: {", { indent: [newline, fail] }, newline, "}"] },
      newline,
      "}",
    ];
  }

  #ownKeyCases(objects: readonly TypeModel[], direction: Direction, words: string): Layout {
    const keys = ownKeysOf(objects, this.#types);
    if (keys === undefined) throw new Error("a union of objects that look alike passed the reader");
    const cases = keys.cases.map(({ property, type }) =>
      returnIf(`value[${quote(property)}] !== undefined`, this.#copied(type, direction, words)),
    );
    const expected = `object with ${keys.cases.map(({ property }) => property).join(" or ")}`;
    const last: Layout =
      keys.last === undefined ? this.#fail(expected) : ["return ", this.#copied(keys.last, direction, words), ";"];
    return joined([...cases, last]);
  }

  #fail(expected: string): Layout {
    return list(`return ${this.#runtime("mismatch")}(`, ["value", "at", quote(expected)], ");");
  }
}

function isBigint(type: TypeModel): boolean {
  return type.kind === "primitive" && type.name === "bigint";
}

/** A form of text: asked for before any text. */
function isTemplate(type: TypeModel): boolean {
  return type.kind === "template";
}

/** What the test of a union's member has shown already. */
function isPlain(type: TypeModel): boolean {
  return type.kind === "primitive" && !["bigint", "bytes", "date"].includes(type.name);
}

function returnIf(test: string, copied: Layout): Layout {
  return { group: [`if (${test})`, { indent: [{ line: " " }, "return ", copied, ";"] }] };
}
