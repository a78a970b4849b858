// What generated code writes and reads literals with, and the members of unions.
import { failures, inside, mismatch, refuse } from "./failures.js";
import { isObjectForm, type Members } from "./fields.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import { decimalOf, liftBigint } from "./payload.js";
import type { At } from "./payload-error.js";
import { readBigint, writeBigint } from "./scalars.js";
import { notFields, passOver, type Write } from "./serializer.js";

/** The one value that is possible carries nothing. */
export function writeLiteral(to: MsgpackWriter, value: unknown, at: At, literal: unknown): void {
  if (value === literal) to.literal(value);
  else mismatch(value, at, nameOf(literal));
}

export function readLiteral<const Literal>(from: MsgpackReader, at: At, literal: Literal): Literal {
  return from.literal(literal) ? literal : passOver(from, at, nameOf(literal));
}

function nameOf(literal: unknown): string {
  return typeof literal === "bigint" ? `${literal}n` : JSON.stringify(literal);
}

/** Literals of a union or an enum, by their numbers on the wire. */
export interface Choices<Literal> {
  readonly values: readonly Literal[];
  readonly numbers: ReadonlyMap<unknown, number>;
  /** For messages. */
  readonly expected: string;
}

/** The literals of a type, in the order of the canonical schema. */
export function choicesOf<const Literal extends string | number | boolean | bigint>(
  values: readonly Literal[],
): Choices<Literal> {
  return {
    values,
    numbers: new Map(values.map((each, index) => [each, index])),
    expected: values.map(nameOf).join(" | "),
  };
}

export function writeChoice(to: MsgpackWriter, value: unknown, at: At, choices: Choices<unknown>): void {
  const number = choices.numbers.get(value);
  if (number !== undefined) to.choice(number, value);
  else mismatch(value, at, choices.expected);
}

export function readChoice<Literal>(from: MsgpackReader, at: At, choices: Choices<Literal>): Literal {
  const number = from.choice(choices.values);
  if (number === undefined) return passOver(from, at, choices.expected);
  const value = choices.values[number];
  return value === undefined ? refuse(at, choices.expected, "another") : value;
}

/** A member of a union: its number in the canonical schema, and the value as that member is written. */
export function writeMember(to: MsgpackWriter, index: number, value: unknown, at: At, write: Write): void {
  to.member(index);
  write(to, value, at);
}

/** A member that is one literal, null or undefined: its number says it all. */
export function writeMemberAlone(to: MsgpackWriter, index: number, value: unknown): void {
  to.member(index);
  to.literal(value);
}

/** What a reader of a union returns where `index`, as `from.member()` gave it, is none of its members. */
export function notMember(from: MsgpackReader, at: At, index: number, { forms, expected }: Members): never {
  if (index >= 0) {
    from.skip();
    return refuse(at, expected, "another");
  }
  const objects = forms.filter(isObjectForm);
  const property = objects.find((each) => each.of !== undefined)?.has;
  if (property === undefined || !from.isNamed || from.kind() !== "object") return passOver(from, at, expected);
  // The field that tells them apart is what is wrong.
  const values = objects.flatMap((each) => each.of ?? []).map((each) => JSON.stringify(each));
  const before = failures();
  const actual = from.kindOf(property) ?? "undefined";
  from.skip();
  return inside(refuse(property, values.join(" | "), actual), before, at);
}

/** A bigint that stands beside numbers or text in a union: under names an array of its decimal text, which is neither. */
export function writeBoxedBigint(to: MsgpackWriter, value: unknown, at: At): void {
  if (!to.isNamed) return writeBigint(to, value, at);
  if (typeof value !== "bigint") return mismatch(value, at, "bigint");
  const text: unknown = decimalOf(value, at);
  if (typeof text !== "string") return;
  to.array(1);
  to.string(text);
}

export function readBoxedBigint(from: MsgpackReader, at: At): bigint {
  if (!from.isNamed) return readBigint(from, at);
  const length = from.array();
  if (length !== 1) return notFields(from, at, length, "array of one decimal text");
  const text = from.string();
  if (text === undefined) from.skip();
  from.close();
  return text === undefined ? refuse(at, "array of one decimal text", "array") : liftBigint(text, at);
}
