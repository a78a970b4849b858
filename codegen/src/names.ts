// Which name stands for what in a generated file: no two things share one, and the user's own names win where they can.
import type { Contract } from "./model.js";
import { camel, pascal } from "./spelling.js";

/** Hands out names, each once. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** `wanted`, or with the lowest number from 2 that is free. */
  take(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted}${number}`;
    this.#taken.add(name);
    return name;
  }
}

/** The names that a contract's generated code exports. */
export function exportedNames(contract: Contract): { handlers: string; service: string; client: string } {
  const name = pascal(contract.name);
  return { handlers: `${name}Handlers`, service: `${camel(contract.name)}Service`, client: `${name}Client` };
}

/** The language's own names that generated code uses, so that no import may hide them. */
export const globals: readonly string[] = [
  "Array",
  "ArrayBuffer",
  "AsyncIterable",
  "BigInt64Array",
  "BigUint64Array",
  "Date",
  "Float32Array",
  "Float64Array",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "Map",
  "Pick",
  "Promise",
  "ReadonlyMap",
  "ReadonlySet",
  "RegExp",
  "Record",
  "Set",
  "Uint16Array",
  "Uint32Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "undefined",
];

/** Names inside the generated functions and types: nothing of the file may be called so. */
export const locals: readonly string[] = [
  "Key",
  "Over",
  "at",
  "before",
  "caller",
  "context",
  "error",
  "fields",
  "from",
  "index",
  "length",
  "options",
  "to",
  "value",
];
