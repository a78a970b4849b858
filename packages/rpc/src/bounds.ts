// What generated code checks beyond types: the bounds that a contract's tags set, and text of a form. Knows no contract.
import { matchesFormat, type TextFormat } from "./format.js";
import { mismatch, PayloadError, type At } from "./payload.js";

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
 * checked beside this. Size comes before content, so that no pattern sees a text that is too long.
 *
 * @throws PayloadError naming the place, the bound that was missed and the kind or size of what came, never the value
 */
export function within<T>(value: T, at: At, bounds: Bounds): T {
  switch (typeof value) {
    case "string":
      checkLength(value.length, at, bounds, "character", "string");
      checkText(value, at, bounds);
      break;
    case "number":
    case "bigint":
      checkNumber(value, at, bounds);
      break;
    case "object":
      if (Array.isArray(value)) checkItems(value.length, at, bounds, "array");
      else if (value instanceof Map) checkItems(value.size, at, bounds, "Map");
      else if (value instanceof Set) checkItems(value.size, at, bounds, "Set");
      else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
        checkLength(value.byteLength, at, bounds, "byte", "binary data");
      }
      break;
    default:
      break;
  }
  return value;
}

function checkNumber(value: number | bigint, at: At, { minimum, maximum, integer }: Bounds): void {
  // Said so that NaN, which compares with nothing, is refused as well.
  if (minimum !== -Infinity && !(value >= minimum)) throw mismatch(value, at, `at least ${minimum}`);
  if (maximum !== Infinity && !(value <= maximum)) throw mismatch(value, at, `at most ${maximum}`);
  if (integer && typeof value === "number" && !Number.isInteger(value)) throw mismatch(value, at, "an integer");
}

function checkLength(length: number, at: At, { minLength, maxLength }: Bounds, unit: string, kind: string): void {
  if (length >= minLength && length <= maxLength) return;
  const bound = length < minLength ? `at least ${counted(minLength, unit)}` : `at most ${counted(maxLength, unit)}`;
  throw new PayloadError(at, bound, `${kind} of ${length}`);
}

function checkText(value: string, at: At, { pattern, format }: Bounds): void {
  if (pattern !== undefined && !pattern.test(value)) throw mismatch(value, at, `text that matches ${pattern.source}`);
  if (format !== undefined && !matchesFormat(value, format))
    throw mismatch(value, at, `${format === "email" ? "an" : "a"} ${format}`);
}

function checkItems(count: number, at: At, { maxItems }: Bounds, kind: string): void {
  if (count > maxItems) throw new PayloadError(at, `at most ${counted(maxItems, "item")}`, `${kind} of ${count}`);
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Text of a template literal type: `expected` is the type as it is written. */
export function asTemplate(value: unknown, at: At, pattern: RegExp, expected: string): string {
  if (typeof value !== "string" || !pattern.test(value)) throw mismatch(value, at, expected);
  return value;
}
