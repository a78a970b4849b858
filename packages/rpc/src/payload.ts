// What generated code checks and copies payloads with. Knows no contract and no bytes: values in, plain values out.
//
// Every function takes the value and `at`, the step by which its container reached it. What is wrong is recorded, and the
// rest is copied all the same; what a function then returns goes nowhere, since the root throws.
import { collect, failures, inside, mismatch, refuse } from "./failures.js";
import type { At } from "./payload-error.js";
import type { PayloadType, PositionalType } from "./service.js";

/** Checks one value, or copies it: the building block of a payload type. */
export type Copy<T> = (this: void, value: unknown, at: At) => T;

/** `T` while it is being built. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Whether a value of the application's is being lowered: its texts may be no Unicode. What was decoded from UTF-8 is. */
let isLowering = false;

function lowered<Args extends readonly unknown[], T>(lower: (this: void, ...args: Args) => T, ...args: Args): T {
  const outer = isLowering;
  isLowering = true;
  try {
    return collect(lower, ...args);
  } finally {
    isLowering = outer;
  }
}

/** A payload type of one value. `lower` may be left out where both directions are the same. */
export function payloadOf<T>(
  at: At,
  lift: Copy<T>,
  lower: Copy<unknown> = lift,
  positional?: PositionalType<T>,
): PayloadType<T> {
  return { lower: (value) => lowered(lower, value, at), lift: (plain) => collect(lift, plain, at), positional };
}

/**
 * The payload type of a declared error's fields. A method's list of errors holds classes with different fields, so the
 * type says `never`: what `lift` gives is for the constructor of the same class, and for nothing else.
 */
export function errorFieldsOf(lift: Copy<unknown>, lower: Copy<unknown> = lift): PayloadType<never> {
  return { lower: (value) => lowered(lower, value, "error"), lift: (plain) => collect(lift, plain, "error") as never };
}

/** The result of a method that returns nothing: whatever is given is dropped. */
export const nothing: PayloadType<void> = {
  lower: () => undefined,
  lift: () => undefined,
  positional: { write: (to) => to.nil(), read: (from) => from.skip() },
};

/** Makes the declared arguments from those given; a missing one is undefined, one too many is dropped. */
export type CopyArguments = (this: void, from: readonly unknown[]) => unknown[];

/**
 * The payload type of a method's arguments: an array, without the undefined ones at its end. `lower` may be left
 * out where both directions are the same.
 */
export function argumentsOf(
  lift: CopyArguments,
  lower: CopyArguments = lift,
  positional?: PositionalType<readonly unknown[]>,
): PayloadType<readonly unknown[]> {
  return {
    positional,
    lower(args) {
      const to = lowered(lower, args);
      while (to.length > 0 && to[to.length - 1] === undefined) to.pop();
      return to;
    },
    lift: (plain) => (isArray(plain) ? collect(lift, plain) : collect(mismatch, plain, "arguments", "array")),
  };
}

/** On the way out, half of a surrogate pair, which has no form in UTF-8, becomes U+FFFD. */
export function asString(value: unknown, at: At): string {
  if (typeof value !== "string") return mismatch(value, at, "string");
  return isLowering && !value.isWellFormed() ? value.toWellFormed() : value;
}

/** NaN and the infinities pass; -0 may arrive as 0. */
export function asNumber(value: unknown, at: At): number {
  if (typeof value !== "number") return mismatch(value, at, "number");
  return value;
}

export function asBoolean(value: unknown, at: At): boolean {
  if (typeof value !== "boolean") return mismatch(value, at, "boolean");
  return value;
}

export function asNull(value: unknown, at: At): null {
  if (value !== null) return mismatch(value, at, "null");
  return null;
}

export function asUndefined(value: unknown, at: At): undefined {
  if (value !== undefined) return mismatch(value, at, "undefined");
  return undefined;
}

/** Compares by `===`. */
export function asLiteral<const Literal extends string | number | boolean>(
  value: unknown,
  at: At,
  literal: Literal,
): Literal {
  if (value !== literal) return mismatch(value, at, JSON.stringify(literal));
  return literal;
}

/** Makes a Date of its own, since dates can be changed. */
export function asDate(value: unknown, at: At): Date {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return mismatch(value, at, "Date");
  return new Date(value.getTime());
}

/** A plain view of the same bytes: nothing is copied, and a Buffer, whose `slice` shares memory, does not come through. */
export function asBytes(value: unknown, at: At): Uint8Array {
  if (!(value instanceof Uint8Array)) return mismatch(value, at, "bytes");
  return value.constructor === Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

const minInt64 = -(2n ** 63n);
const maxUint64 = 2n ** 64n - 1n;

/** An integer where it fits in 64 bits, signed or not; else decimal text. */
export function lowerBigint(value: unknown, at: At): bigint | string {
  if (typeof value !== "bigint") return mismatch(value, at, "bigint");
  return value >= minInt64 && value <= maxUint64 ? value : decimalOf(value, at);
}

/** 4,300 bits: more costs quadratic time to read, and no counter or hash needs it. */
export const maxDecimalLength = 1300;

function decimalOf(value: bigint, at: At): string {
  const text = value.toString();
  if (text.length > maxDecimalLength) {
    return refuse(at, `bigint of at most ${maxDecimalLength} decimal characters`, `bigint of ${text.length}`);
  }
  return text;
}

/** Accepts an integer of either width, or decimal text of at most 1,300 characters. */
export function liftBigint(value: unknown, at: At): bigint {
  if (typeof value === "bigint") return value;
  // The decoder makes a number of every integer up to 2^53, which is the first that is not called safe.
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return BigInt(value);
  // The length is checked first, so that neither the pattern nor the conversion sees a long text.
  if (typeof value === "string" && value.length <= maxDecimalLength && /^-?[0-9]+$/.test(value)) return BigInt(value);
  return mismatch(value, at, `bigint, safe integer or at most ${maxDecimalLength} decimal characters`);
}

/** One of the literals, as a bigint is lowered. */
export function lowerBigintOf(value: unknown, at: At, ...literals: readonly bigint[]): bigint | string {
  if (typeof value !== "bigint" || !literals.includes(value)) return mismatch(value, at, digitsOf(literals));
  return lowerBigint(value, at);
}

/** One of the literals, from every form that a bigint can have. */
export function liftBigintOf<const Literals extends readonly bigint[]>(
  value: unknown,
  at: At,
  ...literals: Literals
): Literals[number] {
  const given = liftBigint(value, at);
  const literal = literals[literals.indexOf(given)];
  if (literal === undefined) return mismatch(given, at, digitsOf(literals));
  return literal;
}

function digitsOf(literals: readonly bigint[]): string {
  return literals.map((each) => `${each}n`).join(" | ");
}

/** A bigint that stands beside numbers or text in a union: an array of its decimal text, which is neither. */
export function boxBigint(value: unknown, at: At): [string] {
  if (typeof value !== "bigint") return mismatch(value, at, "bigint");
  return [decimalOf(value, at)];
}

/** Accepts an array of one decimal text of at most 1,300 characters. */
export function unboxBigint(value: unknown, at: At): bigint {
  const text: unknown = Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  if (typeof text !== "string") return mismatch(value, at, "array of one decimal text");
  return liftBigint(text, at);
}

/**
 * Whether a value is an object with fields, rather than one of the kinds that have a form of their own on the wire (array,
 * Date, binary data, Map, Set). Only declared fields are read from it.
 */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  // Decoders and literals make plain objects: one look tells these, and spares them six.
  return typeof value === "object" && value !== null && (value.constructor === Object || !hasOwnForm(value));
}

function hasOwnForm(value: object): boolean {
  return (
    Array.isArray(value) ||
    value instanceof Date ||
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof Map ||
    value instanceof Set
  );
}

/** As `Array.isArray`, which says nothing of the elements. */
export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The elements are copied one by one; a hole is undefined. */
export function arrayOf<T>(value: unknown, at: At, copy: Copy<T>): T[] {
  if (!isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  const to: T[] = [];
  for (let index = 0; index < value.length; index++) to.push(copy(value[index], index));
  return inside(to, before, at);
}

/** An array of the entries, as pairs, in the Map's order. */
export function lowerMap(value: unknown, at: At, key: Copy<unknown>, content: Copy<unknown>): [unknown, unknown][] {
  if (!(value instanceof Map)) return mismatch(value, at, "Map");
  const before = failures();
  const to: [unknown, unknown][] = [];
  for (const entry of value) to.push(copyEntry(entry, to.length, key, content));
  return inside(to, before, at);
}

/** Of two equal keys the later one's entry stays. */
export function liftMap<Key, Value>(value: unknown, at: At, key: Copy<Key>, content: Copy<Value>): Map<Key, Value> {
  if (!isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  const to = new Map<Key, Value>();
  for (let index = 0; index < value.length; index++) {
    const entry = value[index];
    if (isArray(entry) && entry.length === 2) to.set(...copyEntry(entry, index, key, content));
    else mismatch(entry, index, "pair of key and value");
  }
  return inside(to, before, at);
}

function copyEntry<Key, Value>(entry: readonly unknown[], at: At, key: Copy<Key>, content: Copy<Value>): [Key, Value] {
  const before = failures();
  const to: [Key, Value] = [key(entry[0], "key"), content(entry[1], "value")];
  return inside(to, before, at);
}

/** An array of the elements, in the Set's order. */
export function lowerSet(value: unknown, at: At, copy: Copy<unknown>): unknown[] {
  if (!(value instanceof Set)) return mismatch(value, at, "Set");
  const before = failures();
  const to: unknown[] = [];
  for (const element of value) to.push(copy(element, to.length));
  return inside(to, before, at);
}

export function liftSet<T>(value: unknown, at: At, copy: Copy<T>): Set<T> {
  if (!isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  const to = new Set<T>();
  for (let index = 0; index < value.length; index++) to.add(copy(value[index], index));
  return inside(to, before, at);
}

/**
 * Copies a tuple whose last elements may be absent: those from `required` on, and any number of `rest` after them. It
 * ends with its last element that is there.
 */
export function tupleOf(
  value: unknown,
  at: At,
  required: number,
  elements: readonly Copy<unknown>[],
  rest?: Copy<unknown>,
): readonly unknown[] {
  if (!isArray(value)) return mismatch(value, at, "array");
  const before = failures();
  const to = elements.slice(0, required).map((copy, index) => copy(value[index], index));
  let length = rest === undefined ? Math.min(value.length, elements.length) : value.length;
  while (length > required && length <= elements.length && value[length - 1] === undefined) length--;
  for (let index = required; index < length; index++) {
    const optional = elements[index];
    const part = value[index];
    if (optional !== undefined) to.push(part === undefined ? undefined : optional(part, index));
    else if (rest !== undefined) to.push(rest(part, index));
  }
  return inside(to, before, at);
}

/** The keys of a record of numbers, as JavaScript writes numbers. */
export const numberKeys = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d+)?|-?Infinity|NaN)$/;

/**
 * Copies an object with open keys; an entry that is undefined is left out. Its own keys only, never `__proto__`, and
 * where `keys` is given only such as match it.
 */
export function recordOf<T>(value: unknown, at: At, copy: Copy<T>, keys?: RegExp): Record<string, T> {
  if (!isObject(value)) return mismatch(value, at, "object");
  const before = failures();
  const to: Record<string, T> = {};
  let index = 0;
  for (const key of Object.keys(value)) {
    if (keys === undefined || keys.test(key)) copyUnder(key, value[key], index, to, copy);
    else refuse(index, "key of the declared form", "another");
    index++;
  }
  return inside(to, before, at);
}

function copyUnder(
  key: string,
  content: unknown,
  index: number,
  to: Record<string, unknown>,
  copy: Copy<unknown>,
): void {
  if (key === "__proto__") refuse(index, "key other than __proto__", "__proto__");
  else if (content !== undefined) to[key] = copy(content, index);
}

/**
 * Copies the fields that an index signature stands for beside the `declared` ones, by the rules of {@link recordOf}; a key
 * that does not match `keys` is an undeclared field, and dropped.
 */
export function copyOpen(
  from: Readonly<Record<string, unknown>>,
  to: object,
  declared: ReadonlySet<string>,
  copy: Copy<unknown>,
  keys?: RegExp,
): void {
  const fields = to as Record<string, unknown>;
  let index = 0;
  for (const key of Object.keys(from)) {
    if (declared.has(key) || (keys !== undefined && !keys.test(key))) continue;
    copyUnder(key, from[key], index, fields, copy);
    index++;
  }
}
