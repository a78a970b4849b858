// Why the language's own types are refused, by name: those that are sent are read by their structure and are not here.
import type { Refusal } from "./source.js";

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

/** Why a built-in type of this name cannot be sent. */
export function refusalOf(name: string): Refusal {
  const known = refusals.get(name);
  if (known !== undefined) return known;
  if (name.endsWith("Error")) return "error";
  return /Array$|^ArrayBuffer$|^DataView$|^SharedArrayBuffer$/.test(name) ? "typed-array" : "built-in";
}
