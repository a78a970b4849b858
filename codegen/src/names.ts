// Which name stands for what in a generated file: no two things share one, and the user's own names win where they can.

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
