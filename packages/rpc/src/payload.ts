// What generated code asks of values, in both forms: which objects have fields, which integers fit where, which keys are
// numbers. Knows no contract and no bytes.
import { mismatch, refuse } from "./failures.js";
import type { At } from "./payload-error.js";

/** `T` while it is being built. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

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

/** The keys of a record of numbers, as JavaScript writes numbers. */
export const numberKeys = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d+)?|-?Infinity|NaN)$/;

const minInt64 = -(2n ** 63n);
const maxUint64 = 2n ** 64n - 1n;

/** Whether an integer of 64 bits holds it, signed or not. */
export function fitsInt64(value: bigint): boolean {
  return value >= minInt64 && value <= maxUint64;
}

/** 4,300 bits: more costs quadratic time to read, and no counter or hash needs it. */
export const maxDecimalLength = 1300;

/** A bigint as decimal text. */
export function decimalOf(value: bigint, at: At): string {
  const text = value.toString();
  if (text.length > maxDecimalLength) {
    return refuse(at, `bigint of at most ${maxDecimalLength} decimal characters`, `bigint of ${text.length}`);
  }
  return text;
}

/** Of an integer, or decimal text of at most 1,300 characters; undefined of anything else. */
export function bigintOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  // Up to the first that is not called safe.
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return BigInt(value);
  // The length is checked first, so that neither the pattern nor the conversion sees a long text.
  if (typeof value === "string" && value.length <= maxDecimalLength && /^-?[0-9]+$/.test(value)) return BigInt(value);
  return undefined;
}

/** The same, where anything else is wrong. */
export function liftBigint(value: unknown, at: At): bigint {
  return (
    bigintOf(value) ?? mismatch(value, at, `bigint, safe integer or at most ${maxDecimalLength} decimal characters`)
  );
}
