// What generated code writes and reads values with whose parts are of one type each: arrays, sets, maps, tuples, open objects.
import { failures, inside, mismatch, refuse } from "./failures.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import { isObject } from "./payload.js";
import type { At } from "./payload-error.js";
import { readString } from "./scalars.js";
import { notFields, passOver, type Read, type Write } from "./serializer.js";

export function writeArray(to: MsgpackWriter, value: unknown, at: At, write: Write): void {
  if (!Array.isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  // Said once: a getter of an element's may make it longer, and what follows would be read as something else.
  const { length } = value;
  to.array(length);
  for (let index = 0; index < length; index++) write(to, value[index], index);
  inside(to, before, at);
}

export function readArray<T>(from: MsgpackReader, at: At, read: Read<T>): T[] {
  const length = from.array();
  if (length < 0) return passOver(from, at, "array");
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
  const { size } = value;
  to.array(to.isNamed ? size : size * 2);
  let index = 0;
  for (const [each, of] of value) {
    const beforeEntry = failures();
    if (to.isNamed) to.array(2);
    key(to, each, "key");
    content(to, of, "value");
    inside(to, beforeEntry, index++);
  }
  // A class of one's own may keep to itself what has expired.
  if (index !== size) refuse("size", `the number of its entries, ${index}`, String(size));
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
  if (size < 0) return passOver(from, at, "object");
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
  if (size < 0) return passOver(from, "[key]", "object");
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
