// What generated code checks beyond types: the bounds that a contract's tags set, and text of a form. Knows no contract.
import { mismatch, refuse } from "./failures.js";
import { matchesFormat, type TextFormat } from "./format.js";
import type { At } from "./payload-error.js";

/** Bounds as a contract's tags give them. Each speaks of the values that it fits, and lets all others pass. */
export interface BoundsInit {
  /** The least number or bigint. */
  readonly minimum?: number;
  /** The greatest number or bigint. */
  readonly maximum?: number;
  /** Numbers without a fraction; neither NaN nor an infinity. */
  readonly integer?: true;
  /** The least length of text, in UTF-16 units, or of binary data, in bytes. */
  readonly minLength?: number;
  /** The greatest, likewise. */
  readonly maxLength?: number;
  /** Source of a regular expression, compiled with the flag `u` when the bounds are made; it need not match the whole text. */
  readonly pattern?: string;
  readonly format?: TextFormat;
  /** How many elements an array or Set may have, or entries a Map. */
  readonly maxItems?: number;
}

/** Bounds made ready: every one is there, so that all have one shape. */
export interface Bounds extends Readonly<
  Record<"minimum" | "maximum" | "minLength" | "maxLength" | "maxItems", number>
> {
  readonly integer: boolean;
  readonly pattern: RegExp | undefined;
  readonly format: TextFormat | undefined;
}

/** Makes bounds ready, once for each place that has any. */
export function boundsOf(init: BoundsInit): Bounds {
  return {
    minimum: init.minimum ?? -Infinity,
    maximum: init.maximum ?? Infinity,
    minLength: init.minLength ?? 0,
    maxLength: init.maxLength ?? Infinity,
    maxItems: init.maxItems ?? Infinity,
    integer: init.integer ?? false,
    pattern: init.pattern === undefined ? undefined : new RegExp(init.pattern, "u"),
    format: init.format,
  };
}

/**
 * The same value, if it is within the bounds. A value that they do not speak of passes: whether it is of its type is
 * checked beside this. Size comes before content, so that no pattern sees a text that is too long, and nothing is copied
 * out of a container that is too large. Else the first bound that was missed is recorded, with the kind or size of what
 * came.
 */
export function within<T>(value: T, at: At, bounds: Bounds): T {
  switch (typeof value) {
    case "string":
      if (!isOfLength(value.length, bounds)) return refuseLength(value.length, at, bounds, "character", "string");
      return checkText(value, at, bounds);
    case "number":
    case "bigint":
      return checkNumber(value, at, bounds);
    case "object":
      if (Array.isArray(value)) return checkItems(value, value.length, at, bounds, "array");
      if (value instanceof Map) return checkItems(value, value.size, at, bounds, "Map");
      if (value instanceof Set) return checkItems(value, value.size, at, bounds, "Set");
      if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) return value;
      if (isOfLength(value.byteLength, bounds)) return value;
      return refuseLength(value.byteLength, at, bounds, "byte", "binary data");
    default:
      return value;
  }
}

function checkNumber<T extends number | bigint>(value: T, at: At, { minimum, maximum, integer }: Bounds): T {
  // Said so that NaN, which compares with nothing, is refused as well.
  if (minimum !== -Infinity && !(value >= minimum)) return mismatch(value, at, `at least ${minimum}`);
  if (maximum !== Infinity && !(value <= maximum)) return mismatch(value, at, `at most ${maximum}`);
  if (integer && typeof value === "number" && !Number.isInteger(value)) return mismatch(value, at, "an integer");
  return value;
}

function isOfLength(length: number, { minLength, maxLength }: Bounds): boolean {
  return length >= minLength && length <= maxLength;
}

function refuseLength(length: number, at: At, { minLength, maxLength }: Bounds, unit: string, kind: string): never {
  const bound = length < minLength ? `at least ${counted(minLength, unit)}` : `at most ${counted(maxLength, unit)}`;
  return refuse(at, bound, `${kind} of ${length}`);
}

function checkText<T extends string>(value: T, at: At, { pattern, format }: Bounds): T {
  if (pattern !== undefined && !pattern.test(value)) return mismatch(value, at, `text that matches ${pattern.source}`);
  if (format !== undefined && !matchesFormat(value, format))
    return mismatch(value, at, `${format === "email" ? "an" : "a"} ${format}`);
  return value;
}

function checkItems<T>(value: T, count: number, at: At, { maxItems }: Bounds, kind: string): T {
  return count <= maxItems ? value : refuse(at, `at most ${counted(maxItems, "item")}`, `${kind} of ${count}`);
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Text of a template literal type: `expected` is the type as it is written. */
export function asTemplate(value: unknown, at: At, pattern: RegExp, expected: string): string {
  if (typeof value !== "string" || !pattern.test(value)) return mismatch(value, at, expected);
  return value;
}
