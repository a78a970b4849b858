// Everything that is wrong with a payload, collected while it is written or read, and thrown at its root as one error. Knows no
// contract.
//
//   collect ─▶ writeOrder ─▶ writeArray ─▶ writeLine ─▶ writeString: mismatch records `sku`
//                  │             │              └─ inside: `[3].sku`
//                  │             └─ inside: `lines[3].sku`
//                  └─ inside: `order.lines[3].sku`
//
// A container notes how many failures there are before its parts, and leads those that came after through
// itself. A success builds no path: it compares two numbers for each container.
import { PayloadError, type At, type PayloadFailure } from "./payload-error.js";

/** How many are told of one payload; of those beyond, only that there are any. */
export const maxFailures = 16;

interface Found {
  /** From the innermost step to the outermost, as containers add them. */
  readonly steps: At[];
  readonly expected: string;
  readonly actual: string;
}

/** Of the payload that is being written or read. All that is synchronous, so that one place suffices. */
let found: Found[] = [];
let more = false;
let isCollecting = false;

/**
 * What stands for a value that was refused. No function of a type takes it, and it is never recorded: a value whose size
 * is out of bounds fails once, and nobody looks inside.
 */
const refused = Symbol("refused");

/**
 * Writes or reads a whole payload by `work(...args)`, which records what is wrong instead of throwing. A getter of the value's may
 * come back here for another payload: what is found there is thrown there.
 *
 * @throws PayloadError with the first 16 failures, where there are any, or where the value holds itself; and what `work`
 *   throws, whatever was recorded
 */
export function collect<Args extends readonly unknown[], T>(work: (this: void, ...args: Args) => T, ...args: Args): T {
  if (isCollecting) return collectInside(work, ...args);
  isCollecting = true;
  // No finally, which costs every payload more than the rest of this function does.
  try {
    const to = work(...args);
    if (found.length > 0) throw errorOf(found);
    isCollecting = false;
    return to;
  } catch (error) {
    found = [];
    more = false;
    isCollecting = false;
    throw isEndless(error) ? new PayloadError([endless], false) : error;
  }
}

/** What is told of a value that holds itself. */
const endless: PayloadFailure = {
  path: ["value"],
  expected: "nesting that ends",
  actual: "a circle, or more levels than the stack has",
};

/** Whether a value had no end for the stack, as where it holds itself: V8 tells that by a text alone. */
export function isEndless(error: unknown): boolean {
  return error instanceof RangeError && error.message === "Maximum call stack size exceeded";
}

function collectInside<Args extends readonly unknown[], T>(work: (this: void, ...args: Args) => T, ...args: Args): T {
  const outer = { found, more };
  found = [];
  more = false;
  isCollecting = false;
  try {
    return collect(work, ...args);
  } finally {
    ({ found, more } = outer);
    isCollecting = true;
  }
}

function errorOf(all: readonly Found[]): PayloadError {
  const failures = all.map(({ steps, expected, actual }) => ({ path: steps.toReversed(), expected, actual }));
  return new PayloadError(failures, more);
}

/** How many failures are recorded now: what {@link inside} compares with. */
export function failures(): number {
  return found.length;
}

/** Puts the step `at` in front of every failure that was recorded since there were `before`. Returns the value. */
export function inside<T>(value: T, before: number, at: At): T {
  if (found.length > before) lead(before, at);
  return value;
}

function lead(before: number, at: At): void {
  for (const { steps } of found.slice(before)) steps.push(at);
}

/**
 * Records that a value is not what was expected. What it returns goes nowhere, since the root throws; it takes the
 * place of a value of any type.
 */
export function mismatch(value: unknown, at: At, expected: string): never {
  if (value === refused) return refused as never;
  const actual = kindOf(value);
  return refuse(at, expected, actual === expected ? `another ${actual}` : actual);
}

/** As {@link mismatch}, where the kind of what came would say too little: `actual` tells its size, or which rule it broke. */
export function refuse(at: At, expected: string, actual: string): never {
  // Nobody would throw it later: code that runs outside of `collect` fails closed.
  if (!isCollecting) throw new PayloadError([{ path: [at], expected, actual }], false);
  if (found.length < maxFailures) found.push({ steps: [at], expected, actual });
  else more = true;
  return refused as never;
}

/** The kind of a value, which says nothing of its content. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return "array";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid Date" : "Date";
  if (value instanceof Uint8Array) return "bytes";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.constructor.name;
  if (value instanceof Map) return "Map";
  if (value instanceof Set) return "Set";
  return "object";
}
