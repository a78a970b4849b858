// What generated code checks beyond types: the bounds that a contract's tags set, and text of a form. Knows no contract.
import { mismatch, refuse } from "./failures.js";
import { matchesFormat, type TextFormat } from "./format.js";
import type { At } from "./payload-error.js";

/** Bounds as a contract's tags give them. Each speaks of the values that it fits, and lets all others pass. */
export interface BoundsInit {
  /** The least number or bigint. */
  readonly minimum?: number | bigint;
  /** The greatest number or bigint. */
  readonly maximum?: number | bigint;
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
export interface Bounds extends Readonly<Record<"minLength" | "maxLength" | "maxItems", number>> {
  readonly minimum: number | bigint;
  readonly maximum: number | bigint;
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
 * Whether a value is within the bounds. One that they do not speak of is: whether it is of its type is checked beside this.
 * Size comes before content, so that no pattern sees a text that is too long.
 */
export function isWithin(value: unknown, bounds: Bounds): boolean {
  switch (typeof value) {
    case "string":
      return isOfLength(value.length, bounds) && isText(value, bounds);
    case "number":
    case "bigint":
      return isInRange(value, bounds);
    case "object":
      return isOfLength(bytesIn(value) ?? bounds.minLength, bounds) && (itemsIn(value) ?? 0) <= bounds.maxItems;
    default:
      return true;
  }
}

/**
 * The same value, if it is within the bounds; so nothing is copied out of a container that is too large. Else the first
 * bound that was missed is recorded, with the kind or size of what came.
 */
export function within<T>(value: T, at: At, bounds: Bounds): T {
  return isWithin(value, bounds) ? value : refuseBeyond(value, at, bounds);
}

function refuseBeyond(value: unknown, at: At, bounds: Bounds): never {
  if (typeof value === "string") {
    if (!isOfLength(value.length, bounds)) return refuseLength(value.length, at, bounds, "character", "string");
    const { pattern, format } = bounds;
    if (pattern !== undefined && !pattern.test(value))
      return mismatch(value, at, `text that matches ${pattern.source}`);
    return mismatch(value, at, `${format === "email" ? "an" : "a"} ${format}`);
  }
  if (typeof value === "number" || typeof value === "bigint") {
    const { minimum, maximum } = bounds;
    if (!isAtLeast(value, minimum)) return mismatch(value, at, `at least ${minimum}`);
    return mismatch(value, at, isAtMost(value, maximum) ? "an integer" : `at most ${maximum}`);
  }
  const items = itemsIn(value);
  if (items === undefined) return refuseLength(bytesIn(value) ?? 0, at, bounds, "byte", "binary data");
  const kind = value instanceof Map ? "Map" : value instanceof Set ? "Set" : "array";
  return refuse(at, `at most ${counted(bounds.maxItems, "item")}`, `${kind} of ${items}`);
}

function isInRange(value: number | bigint, { minimum, maximum, integer }: Bounds): boolean {
  if (!isAtLeast(value, minimum) || !isAtMost(value, maximum)) return false;
  return !integer || typeof value !== "number" || Number.isInteger(value);
}

// Said so that NaN, which compares with nothing, is refused as well wherever there is a bound.

function isAtLeast(value: number | bigint, minimum: number | bigint): boolean {
  return minimum === -Infinity || value >= minimum;
}

function isAtMost(value: number | bigint, maximum: number | bigint): boolean {
  return maximum === Infinity || value <= maximum;
}

function isOfLength(length: number, { minLength, maxLength }: Bounds): boolean {
  return length >= minLength && length <= maxLength;
}

function itemsIn(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : undefined;
}

function bytesIn(value: unknown): number | undefined {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : undefined;
}

function refuseLength(length: number, at: At, { minLength, maxLength }: Bounds, unit: string, kind: string): never {
  const bound = length < minLength ? `at least ${counted(minLength, unit)}` : `at most ${counted(maxLength, unit)}`;
  return refuse(at, bound, `${kind} of ${length}`);
}

function isText(value: string, { pattern, format }: Bounds): boolean {
  return (pattern === undefined || pattern.test(value)) && (format === undefined || matchesFormat(value, format));
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Text of a template literal type: `expected` is the type as it is written. */
export function asTemplate(value: unknown, at: At, pattern: RegExp, expected: string): string {
  if (typeof value !== "string" || !pattern.test(value)) return mismatch(value, at, expected);
  return value;
}
