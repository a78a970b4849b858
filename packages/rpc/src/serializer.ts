// What generated code writes and reads payloads with: each function checks what it writes or reads, in the same pass. Where the
// two forms differ, the writer or the reader knows what to do. Knows no contract. PROTOCOL.md §10.4, §10.5.
//
// What is wrong is recorded, as failures.ts has it. A reader passes over a value that is not what it expects, so that the
// rest is still read from its place, and all that is wrong with a message is told at once.
import { liftBuffer, liftTypedArray, lowerTypedArray, type TypedArrayClass } from "./binary.js";
import { asTemplate } from "./bounds.js";
import { isObjectForm, type Members } from "./fields.js";
import { decimalOf, fitsInt64, isObject, liftBigint } from "./payload.js";
import { failures, inside, mismatch, refuse } from "./failures.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import type { At } from "./payload-error.js";
import type { PayloadType } from "./service.js";

/** Checks and writes one value. */
export type Write = (this: void, to: MsgpackWriter, value: unknown, at: At) => void;

/** Reads and checks one value. */
export type Read<T> = (this: void, from: MsgpackReader, at: At) => T;

/** How one value travels; `at` is what error messages call it. */
export function payloadOf<T>(at: At, write: Write, read: Read<T>): PayloadType<T> {
  return { write: (to, value) => write(to, value, at), read: (from) => read(from, at) };
}

/**
 * How a declared error's fields travel. A method's list of errors holds classes with different fields, so the
 * type says `never`: what `read` gives is for the constructor of the same class, and for nothing else.
 */
export function errorFieldsOf(write: Write, read: Read<unknown>): PayloadType<never> {
  return payloadOf("error", write, read as Read<never>);
}

/** The result of a method that returns nothing: whatever is given is dropped. */
export const nothing: PayloadType<void> = { write: (to) => to.literal(undefined), read: (from) => from.skip() };

/** How the argument of one parameter is written and read. */
export interface Argument {
  /** The parameter's. */
  readonly name: string;
  readonly write: Write;
  readonly read: Read<unknown>;
}

export function argument(name: string, write: Write, read: Read<unknown>): Argument {
  return { name, write, read };
}

/**
 * How a method's arguments travel: as an array of them, in which those from `required` on may be absent: as extension 0, and
 * at the end by not being there.
 */
export function argumentsOf(required: number, ...parameters: readonly Argument[]): PayloadType<readonly unknown[]> {
  return {
    write(to, args) {
      let length = parameters.length;
      while (length > required && args[length - 1] === undefined) length--;
      to.array(length);
      for (let index = 0; index < length; index++) {
        const { name, write } = parameters[index] as Argument;
        if (index >= required && args[index] === undefined) to.absent();
        else write(to, args[index], name);
      }
    },
    read(from) {
      const length = from.tuple(required, parameters.length);
      if (length < required || length > parameters.length)
        return notFields(from, "arguments", length, length < 0 ? "array" : "array of its length");
      const args = new Array<unknown>(parameters.length);
      for (let index = 0; index < parameters.length; index++) {
        const { name, read } = parameters[index] as Argument;
        const isThere = index < required || (index < length && !from.absent());
        args[index] = isThere ? read(from, name) : undefined;
      }
      from.leave();
      return args;
    },
  };
}

/** Records that something else came than was expected, and passes over it. */
function other(from: MsgpackReader, at: At, expected: string): never {
  const actual = from.kind();
  from.skip();
  return refuse(at, expected, actual === expected ? `another ${actual}` : actual);
}

/** What a reader of an object returns where the array that it opened is not of its length; −1 where there was none. */
export function notFields(from: MsgpackReader, at: At, length: number, expected = "object"): never {
  if (length < 0) return other(from, at, expected);
  for (let index = 0; index < length; index++) from.skip();
  from.close();
  return refuse(at, expected, `array of ${length}`);
}

export function writeString(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value === "string") to.string(value);
  else mismatch(value, at, "string");
}

export function readString(from: MsgpackReader, at: At): string {
  return from.string() ?? other(from, at, "string");
}

export function writeNumber(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value === "number") to.number(value);
  else mismatch(value, at, "number");
}

export function readNumber(from: MsgpackReader, at: At): number {
  return from.number() ?? other(from, at, "number");
}

export function writeBoolean(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value === "boolean") to.boolean(value);
  else mismatch(value, at, "boolean");
}

export function readBoolean(from: MsgpackReader, at: At): boolean {
  return from.boolean() ?? other(from, at, "boolean");
}

export function writeNull(to: MsgpackWriter, value: unknown, at: At): void {
  if (value === null) to.nil();
  else mismatch(value, at, "null");
}

export function readNull(from: MsgpackReader, at: At): null {
  return from.nil() ? null : other(from, at, "null");
}

export function writeUndefined(to: MsgpackWriter, value: unknown, at: At): void {
  if (value === undefined) to.literal(undefined);
  else mismatch(value, at, "undefined");
}

export function readUndefined(from: MsgpackReader, at: At): undefined {
  return from.literal(undefined) ? undefined : other(from, at, "undefined");
}

/** By position its milliseconds since 1970, as a number; under names a timestamp. */
export function writeDate(to: MsgpackWriter, value: unknown, at: At): void {
  if (value instanceof Date && !Number.isNaN(value.getTime())) to.date(value.getTime());
  else mismatch(value, at, "Date");
}

export function readDate(from: MsgpackReader, at: At): Date {
  const ms = from.date();
  if (ms === undefined) return other(from, at, "Date");
  const date = new Date(ms);
  return date.getTime() === ms ? date : refuse(at, "Date", "invalid Date");
}

export function writeBytes(to: MsgpackWriter, value: unknown, at: At): void {
  if (value instanceof Uint8Array) to.bytes(value);
  else mismatch(value, at, "bytes");
}

export function readBytes(from: MsgpackReader, at: At): Uint8Array {
  return from.bytes() ?? other(from, at, "bytes");
}

export function writeBuffer(to: MsgpackWriter, value: unknown, at: At): void {
  if (value instanceof ArrayBuffer) to.bytes(new Uint8Array(value));
  else mismatch(value, at, "ArrayBuffer");
}

export function readBuffer(from: MsgpackReader, at: At): ArrayBuffer {
  return liftBuffer(readBytes(from, at), at);
}

export function writeTypedArray(
  to: MsgpackWriter,
  value: unknown,
  at: At,
  type: TypedArrayClass<ArrayBufferView>,
): void {
  const bytes: unknown = lowerTypedArray(value, at, type);
  if (bytes instanceof Uint8Array) to.bytes(bytes);
}

export function readTypedArray<T extends ArrayBufferView>(from: MsgpackReader, at: At, type: TypedArrayClass<T>): T {
  return liftTypedArray(readBytes(from, at), at, type);
}

export function writeTemplate(to: MsgpackWriter, value: unknown, at: At, pattern: RegExp, expected: string): void {
  writeString(to, asTemplate(value, at, pattern, expected), at);
}

export function readTemplate(from: MsgpackReader, at: At, pattern: RegExp, expected: string): string {
  return asTemplate(readString(from, at), at, pattern, expected);
}

/** An integer where it fits in 64 bits, signed or not; else decimal text. */
export function writeBigint(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value !== "bigint") return mismatch(value, at, "bigint");
  if (fitsInt64(value)) return to.bigint(value);
  const text: unknown = decimalOf(value, at);
  if (typeof text === "string") to.string(text);
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

export function readBigint(from: MsgpackReader, at: At): bigint {
  const value = from.bigint() ?? from.string() ?? from.number();
  if (value === undefined) return other(from, at, "bigint");
  return typeof value === "bigint" ? value : liftBigint(value, at);
}

/** The one value that is possible carries nothing. */
export function writeLiteral(to: MsgpackWriter, value: unknown, at: At, literal: unknown): void {
  if (value === literal) to.literal(value);
  else mismatch(value, at, nameOf(literal));
}

export function readLiteral<const Literal>(from: MsgpackReader, at: At, literal: Literal): Literal {
  return from.literal(literal) ? literal : other(from, at, nameOf(literal));
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
  if (number === undefined) return other(from, at, choices.expected);
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
  if (property === undefined || !from.isNamed || from.kind() !== "object") return other(from, at, expected);
  // The field that tells them apart is what is wrong.
  const values = objects.flatMap((each) => each.of ?? []).map((each) => JSON.stringify(each));
  const before = failures();
  const actual = from.kindOf(property) ?? "undefined";
  from.skip();
  return inside(refuse(property, values.join(" | "), actual), before, at);
}

export function writeArray(to: MsgpackWriter, value: unknown, at: At, write: Write): void {
  if (!Array.isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  to.array(value.length);
  for (let index = 0; index < value.length; index++) write(to, value[index], index);
  inside(to, before, at);
}

export function readArray<T>(from: MsgpackReader, at: At, read: Read<T>): T[] {
  const length = from.array();
  if (length < 0) return other(from, at, "array");
  const before = failures();
  // Of its length at once, which the bytes that are there bound: an array that grows begins with room for 17.
  const to = new Array<T>(length);
  for (let index = 0; index < length; index++) to[index] = read(from, index);
  from.close();
  return inside(to, before, at);
}

export function writeSet(to: MsgpackWriter, value: unknown, at: At, write: Write): void {
  if (value instanceof Set) writeArray(to, [...value], at, write);
  else mismatch(value, at, "Set");
}

export function readSet<T>(from: MsgpackReader, at: At, read: Read<T>): Set<T> {
  const elements: unknown = readArray(from, at, read);
  // A refused array is nothing to iterate over.
  return new Set(Array.isArray(elements) ? (elements as T[]) : []);
}

/** An array of keys and values in turn, in the Map's order. */
export function writeMap(to: MsgpackWriter, value: unknown, at: At, key: Write, content: Write): void {
  if (!(value instanceof Map)) return mismatch(value, at, "Map");
  const before = failures();
  to.array(to.isNamed ? value.size : value.size * 2);
  let index = 0;
  for (const [each, of] of value) {
    const beforeEntry = failures();
    if (to.isNamed) to.array(2);
    key(to, each, "key");
    content(to, of, "value");
    inside(to, beforeEntry, index++);
  }
  inside(to, before, at);
}

/** Under names, each entry is an array of two. */
function opensPair(from: MsgpackReader, index: number): boolean {
  const length = from.array();
  if (length === 2) return true;
  notFields(from, index, length, "pair of key and value");
  return false;
}

/** Of two equal keys the later one's entry stays. */
export function readMap<Key, Value>(
  from: MsgpackReader,
  at: At,
  key: Read<Key>,
  content: Read<Value>,
): Map<Key, Value> {
  const length = from.array();
  const isOdd = !from.isNamed && length % 2 !== 0;
  if (length < 0 || isOdd) return notFields(from, at, length, isOdd ? "keys and values in turn" : "array");
  const before = failures();
  const to = new Map<Key, Value>();
  const size = from.isNamed ? length : length / 2;
  for (let index = 0; index < size; index++) {
    if (from.isNamed && !opensPair(from, index)) continue;
    const beforeEntry = failures();
    const each = key(from, "key");
    to.set(each, inside(content(from, "value"), beforeEntry, index));
    if (from.isNamed) from.close();
  }
  from.close();
  return inside(to, before, at);
}

/**
 * A tuple: those of its elements from `required` on may be absent, and any number of `rest` may follow. It ends with its
 * last element that is there.
 */
export function writeTuple(
  to: MsgpackWriter,
  value: unknown,
  at: At,
  required: number,
  elements: readonly Write[],
  rest?: Write,
): void {
  if (!Array.isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  let length = Math.max(rest === undefined ? Math.min(value.length, elements.length) : value.length, required);
  while (length > required && length <= elements.length && value[length - 1] === undefined) length--;
  to.array(length);
  for (let index = 0; index < length; index++) {
    const part: unknown = value[index];
    const write = elements[index] ?? rest;
    if (index >= required && index < elements.length && part === undefined) to.absent();
    else write?.(to, part, index);
  }
  inside(to, before, at);
}

export function readTuple(
  from: MsgpackReader,
  at: At,
  required: number,
  elements: readonly Read<unknown>[],
  rest?: Read<unknown>,
): readonly unknown[] {
  const length = from.tuple(required, rest === undefined ? elements.length : Infinity);
  if (length < required || (rest === undefined && length > elements.length)) {
    return notFields(from, at, length, length < 0 ? "array" : "array of its length");
  }
  const before = failures();
  const to: unknown[] = [];
  for (let index = 0; index < length; index++) {
    const read = elements[index] ?? rest;
    if (index >= required && index < elements.length && from.absent()) to.push(undefined);
    else to.push(read?.(from, index));
  }
  from.leave();
  return inside(to, before, at);
}

/** A map of an object with open keys: its own, never `__proto__`, without those that are undefined. */
export function writeRecord(to: MsgpackWriter, value: unknown, at: At, write: Write, keys?: RegExp): void {
  if (!isObject(value)) return mismatch(value, at, "object");
  const before = failures();
  const given = Object.keys(value);
  if (keys !== undefined && !given.every((key) => keys.test(key))) {
    refuse(
      given.findIndex((key) => !keys.test(key)),
      "key of the declared form",
      "another",
    );
  }
  const there = given.filter((name) => value[name] !== undefined);
  to.map(there.length);
  writeEntries(to, value, there, write);
  inside(to, before, at);
}

export function readRecord<T>(from: MsgpackReader, at: At, read: Read<T>, keys?: RegExp): Record<string, T> {
  const size = from.map();
  if (size < 0) return other(from, at, "object");
  const to: Record<string, T> = {};
  const before = failures();
  for (let index = 0; index < size; index++) {
    const key: unknown = readString(from, index);
    readEntry(from, index, to, key, typeof key === "string" && (keys?.test(key) ?? true), read);
  }
  from.close();
  return inside(to, before, at);
}

/** The fields that an index signature stands for beside the `declared` ones, as a map behind these. */
export function writeOpen(
  to: MsgpackWriter,
  value: Readonly<Record<string, unknown>>,
  declared: ReadonlySet<string>,
  write: Write,
  keys?: RegExp,
): void {
  const open = Object.keys(value).filter(
    (key) => value[key] !== undefined && !declared.has(key) && (keys?.test(key) ?? true),
  );
  to.open(open.length);
  writeEntries(to, value, open, write);
}

/** Adds them to the object that the declared fields were read into. */
export function readOpen(
  from: MsgpackReader,
  to: object,
  declared: ReadonlySet<string>,
  read: Read<unknown>,
  keys?: RegExp,
): void {
  const size = from.open();
  if (size < 0) return other(from, "[key]", "object");
  const before = failures();
  for (let index = 0, place = 0; index < size; index++) {
    const key: unknown = readString(from, place);
    const isOpen = typeof key === "string" && !declared.has(key) && (keys?.test(key) ?? true);
    // Under names, what is not of their form is a field of another version's.
    if (!isOpen && from.isNamed) from.skip();
    else readEntry(from, place++, to as Record<string, unknown>, key, isOpen, read);
  }
  from.shut();
  // Under names they stand among the fields.
  if (!from.isNamed) inside(to, before, "[key]");
}

function writeEntries(
  to: MsgpackWriter,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  write: Write,
): void {
  for (const [index, name] of names.entries()) {
    if (name === "__proto__") refuse(index, "key other than __proto__", "__proto__");
    to.string(name);
    write(to, value[name], index);
  }
}

/** Reads the value of an entry. Entries are named by position, since their keys are data. */
function readEntry<T>(
  from: MsgpackReader,
  at: At,
  to: Record<string, T>,
  key: unknown,
  isFit: boolean,
  read: Read<T>,
): void {
  // As if it were not there, as for a field.
  if (from.isNamed && from.absent()) return;
  const value = read(from, at);
  if (typeof key !== "string") return;
  // The own property `__proto__` would be the prototype.
  if (isFit && key !== "__proto__") to[key] = value;
  else refuse(at, "key of the declared form", key === "__proto__" ? "__proto__" : "another");
}
