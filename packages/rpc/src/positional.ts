// What generated code writes and reads payloads by position with: each function checks what it writes or reads, in the
// same pass. Knows no contract; the counterpart of payload.ts for peers that agree on one. PROTOCOL.md §10.5.
//
// What is wrong is recorded, as failures.ts has it. A reader passes over a value that is not what it expects, so that the
// rest is still read from its place, and all that is wrong with a message is told at once.
import { liftBuffer, liftTypedArray, lowerTypedArray, type TypedArrayClass } from "./binary.js";
import { asTemplate } from "./bounds.js";
import { isObject, liftBigint, lowerBigint } from "./payload.js";
import { failures, inside, mismatch, refuse } from "./failures.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import type { At } from "./payload-error.js";
import type { PositionalType } from "./service.js";

/** Checks and writes one value. */
export type Write = (this: void, to: MsgpackWriter, value: unknown, at: At) => void;

/** Reads and checks one value. */
export type Read<T> = (this: void, from: MsgpackReader, at: At) => T;

/** The positional form of one value. */
export function positionalOf<T>(at: At, write: Write, read: Read<T>): PositionalType<T> {
  return { write: (to, value) => write(to, value, at), read: (from) => read(from, at) };
}

/** How the argument of one parameter is written and read. */
export interface PositionalArgument {
  /** The parameter's. */
  readonly name: string;
  readonly write: Write;
  readonly read: Read<unknown>;
}

export function positionalArgument(name: string, write: Write, read: Read<unknown>): PositionalArgument {
  return { name, write, read };
}

/**
 * The positional form of a method's arguments: an array of them, in which those from `required` on may be absent: as
 * extension 0, and at the end by not being there.
 */
export function positionalArguments(
  required: number,
  ...parameters: readonly PositionalArgument[]
): PositionalType<readonly unknown[]> {
  return {
    write(to, args) {
      let length = parameters.length;
      while (length > required && args[length - 1] === undefined) length--;
      to.array(length);
      for (let index = 0; index < length; index++) {
        const { name, write } = parameters[index] as PositionalArgument;
        if (index >= required && args[index] === undefined) to.absent();
        else write(to, args[index], name);
      }
    },
    read(from) {
      const length = from.array();
      if (length < required || length > parameters.length)
        return notFields(from, "arguments", length, "array of its length");
      const args = new Array<unknown>(parameters.length);
      for (let index = 0; index < parameters.length; index++) {
        const { name, read } = parameters[index] as PositionalArgument;
        const isThere = index < required || (index < length && !from.absent());
        args[index] = isThere ? read(from, name) : undefined;
      }
      from.close();
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
  if (value === undefined) to.nil();
  else mismatch(value, at, "undefined");
}

export function readUndefined(from: MsgpackReader, at: At): undefined {
  return from.nil() ? undefined : other(from, at, "undefined");
}

/** Milliseconds since 1970, as a number. */
export function writeDate(to: MsgpackWriter, value: unknown, at: At): void {
  if (value instanceof Date && !Number.isNaN(value.getTime())) to.number(value.getTime());
  else mismatch(value, at, "Date");
}

export function readDate(from: MsgpackReader, at: At): Date {
  const ms = from.number();
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
  const lowered: unknown = lowerBigint(value, at);
  if (typeof lowered === "bigint") to.bigint(lowered);
  else if (typeof lowered === "string") to.string(lowered);
}

export function readBigint(from: MsgpackReader, at: At): bigint {
  const value = from.bigint() ?? from.string();
  if (value === undefined) return other(from, at, "bigint");
  return typeof value === "bigint" ? value : liftBigint(value, at);
}

/** The one value that is possible carries nothing. */
export function writeLiteral(to: MsgpackWriter, value: unknown, at: At, literal: unknown): void {
  if (value === literal) to.nil();
  else mismatch(value, at, nameOf(literal));
}

export function readLiteral<const Literal>(from: MsgpackReader, at: At, literal: Literal): Literal {
  return from.nil() ? literal : other(from, at, nameOf(literal));
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
  if (number !== undefined) to.number(number);
  else mismatch(value, at, choices.expected);
}

export function readChoice<Literal>(from: MsgpackReader, at: At, choices: Choices<Literal>): Literal {
  const number = from.number();
  if (number === undefined) return other(from, at, choices.expected);
  const value = choices.values[number];
  return value === undefined ? refuse(at, choices.expected, "another") : value;
}

/** A member of a union: its number in the canonical schema, and the value as that member is written. */
export function writeMember(to: MsgpackWriter, index: number, value: unknown, at: At, write: Write): void {
  to.array(2);
  to.number(index);
  write(to, value, at);
}

/** A member that is one literal, null or undefined: its number says it all. */
export function writeMemberAlone(to: MsgpackWriter, index: number): void {
  to.array(2);
  to.number(index);
  to.nil();
}

/** What a reader of a union returns where `index`, as `from.member()` gave it, is none of its members. */
export function notMember(from: MsgpackReader, at: At, index: number, expected: string): never {
  if (index < 0) return other(from, at, expected);
  from.skip();
  return refuse(at, expected, "another");
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
  to.array(value.size * 2);
  let index = 0;
  for (const [each, of] of value) {
    const beforeEntry = failures();
    key(to, each, "key");
    content(to, of, "value");
    inside(to, beforeEntry, index++);
  }
  inside(to, before, at);
}

/** Of two equal keys the later one's entry stays. */
export function readMap<Key, Value>(
  from: MsgpackReader,
  at: At,
  key: Read<Key>,
  content: Read<Value>,
): Map<Key, Value> {
  const length = from.array();
  if (length < 0 || length % 2 !== 0) return notFields(from, at, length, "keys and values in turn");
  const before = failures();
  const to = new Map<Key, Value>();
  for (let index = 0; index < length / 2; index++) {
    const beforeEntry = failures();
    const each = key(from, "key");
    to.set(each, inside(content(from, "value"), beforeEntry, index));
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
  const length = from.array();
  if (length < required || (rest === undefined && length > elements.length)) {
    return notFields(from, at, length, "array of its length");
  }
  const before = failures();
  const to: unknown[] = [];
  for (let index = 0; index < length; index++) {
    const read = elements[index] ?? rest;
    if (index >= required && index < elements.length && from.absent()) to.push(undefined);
    else to.push(read?.(from, index));
  }
  from.close();
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
  writeEntries(to, value, given, write);
  inside(to, before, at);
}

export function readRecord<T>(from: MsgpackReader, at: At, read: Read<T>, keys?: RegExp): Record<string, T> {
  const to: Record<string, T> = {};
  return readEntries(from, at, to, read, (key) => keys?.test(key) ?? true) ? to : other(from, at, "object");
}

/** The fields that an index signature stands for beside the `declared` ones, as a map behind these. */
export function writeOpen(
  to: MsgpackWriter,
  value: Readonly<Record<string, unknown>>,
  declared: ReadonlySet<string>,
  write: Write,
  keys?: RegExp,
): void {
  const open = Object.keys(value).filter((key) => !declared.has(key) && (keys?.test(key) ?? true));
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
  const isOpen = (key: string): boolean => !declared.has(key) && (keys?.test(key) ?? true);
  if (!readEntries(from, "[key]", to as Record<string, unknown>, read, isOpen)) other(from, "[key]", "object");
}

function writeEntries(
  to: MsgpackWriter,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  write: Write,
): void {
  const there = names.filter((name) => value[name] !== undefined);
  to.map(there.length);
  for (const [index, name] of there.entries()) {
    if (name === "__proto__") refuse(index, "key other than __proto__", "__proto__");
    to.string(name);
    write(to, value[name], index);
  }
}

/** False where there is no map. Entries are named by position, since their keys are data. */
function readEntries<T>(
  from: MsgpackReader,
  at: At,
  to: Record<string, T>,
  read: Read<T>,
  isKey: (key: string) => boolean,
): boolean {
  const size = from.map();
  if (size < 0) return false;
  const before = failures();
  for (let index = 0; index < size; index++) {
    const key: unknown = readString(from, index);
    // The own property `__proto__` would be the prototype.
    const isFit = typeof key === "string" && key !== "__proto__" && isKey(key);
    const value = read(from, index);
    if (isFit) to[key] = value;
    else if (typeof key === "string")
      refuse(index, "key of the declared form", key === "__proto__" ? "__proto__" : "another");
  }
  from.close();
  inside(to, before, at);
  return true;
}
