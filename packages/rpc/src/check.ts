// What generated code tells with whether a value is of its type: yes or no, and nothing is made on the way. It says yes to
// what serializer.ts writes without complaint, and no to all else. Knows no contract.
import { isObject, maxDecimalLength } from "./payload.js";

/** Whether a value is of one type. */
export type Is = (this: void, value: unknown) => boolean;

/** A value whose fields can be asked for, once it is seen to be an object. */
export type Given = Readonly<Record<string, unknown>> | null | undefined;

export function isString(value: unknown): value is string {
  return typeof value === "string";
}

export function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

export function isNull(value: unknown): value is null {
  return value === null;
}

export function isUndefined(value: unknown): value is undefined {
  return value === undefined;
}

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** Of as many digits as can travel. */
export function isBigint(value: unknown): value is bigint {
  if (typeof value !== "bigint") return false;
  return BigInt.asIntN(64, value) === value || value.toString().length <= maxDecimalLength;
}

export function isDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** Text of a template literal type. */
export function isTemplate(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}

export function isSetOf(value: unknown, is: Is): boolean {
  if (!(value instanceof Set)) return false;
  for (const each of value) if (!is(each)) return false;
  return true;
}

export function isMapOf(value: unknown, isKey: Is, isContent: Is): boolean {
  if (!(value instanceof Map)) return false;
  for (const [key, content] of value) if (!isKey(key) || !isContent(content)) return false;
  return true;
}

/** Those of its elements from `required` on may be undefined or missing; what follows where there is no `rest` is not looked at. */
export function isTupleOf(value: unknown, required: number, elements: readonly Is[], rest?: Is): boolean {
  if (!Array.isArray(value)) return false;
  for (const [index, is] of elements.entries()) {
    const part: unknown = value[index];
    if (!(index >= required && part === undefined) && !is(part)) return false;
  }
  if (rest === undefined) return true;
  for (let index = elements.length; index < value.length; index++) if (!rest(value[index])) return false;
  return true;
}

/** An object with open keys: its own, never `__proto__`, and such as match `keys` where that is given. */
export function isRecordOf(value: unknown, is: Is, keys?: RegExp): boolean {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  return names.every((name) => keys?.test(name) ?? true) && areEntries(value, names, is);
}

/** The fields that an index signature stands for beside the `declared` ones. */
export function isOpen(
  value: Readonly<Record<string, unknown>>,
  declared: ReadonlySet<string>,
  is: Is,
  keys?: RegExp,
): boolean {
  const names = Object.keys(value).filter((name) => !declared.has(name) && (keys?.test(name) ?? true));
  return areEntries(value, names, is);
}

function areEntries(value: Readonly<Record<string, unknown>>, names: readonly string[], is: Is): boolean {
  return names.every((name) => value[name] === undefined || (name !== "__proto__" && is(value[name])));
}
