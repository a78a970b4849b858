// The language's own types by name: those that are sent as their bytes, and why others are refused.
import type { BinaryName } from "./model.js";
import type { Refusal } from "./source.js";

const binaries: ReadonlySet<string> = new Set<BinaryName>([
  "ArrayBuffer",
  "BigInt64Array",
  "BigUint64Array",
  "Float32Array",
  "Float64Array",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "Uint16Array",
  "Uint32Array",
  "Uint8ClampedArray",
]);

const refusals = new Map<string, Refusal>([
  ["AsyncGenerator", "iterator"],
  ["AsyncIterableIterator", "iterator"],
  ["AsyncIterator", "iterator"],
  ["AsyncIteratorObject", "iterator"],
  ["Generator", "iterator"],
  ["Iterable", "iterator"],
  ["IterableIterator", "iterator"],
  ["Iterator", "iterator"],
  ["IteratorObject", "iterator"],
  ["PromiseLike", "promise"],
  ["Function", "function"],
  ["CallableFunction", "function"],
  ["NewableFunction", "function"],
  ["Object", "object"],
  ["Symbol", "symbol"],
]);

/** The same name, where a class of this name is sent as its bytes. */
export function binaryOf(name: string): BinaryName | undefined {
  return binaries.has(name) ? (name as BinaryName) : undefined;
}

/** Why a built-in type of this name cannot be sent. */
export function refusalOf(name: string): Refusal {
  const known = refusals.get(name);
  if (known !== undefined) return known;
  if (name.endsWith("Error")) return "error";
  return /Array$|^DataView$|^SharedArrayBuffer$/.test(name) ? "typed-array" : "built-in";
}
