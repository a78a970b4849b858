// Arbitrary values of PROTOCOL.md §10.4 as lowering makes them, and the form in which they come back.
import * as fc from "fast-check";

const key = fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text !== "__proto__");

const leaf = fc.oneof(
  fc.constantFrom(null, true, false, undefined),
  fc.integer(),
  fc.maxSafeInteger(),
  // Zero has no sign here: -0 may arrive as 0.
  fc.double().map((number) => number + 0),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 300 }),
);

/** Any value that a peer may send: JSON, bytes, dates, integers of 64 bits, and undefined in positions. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(key, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

/** The same value as a reader gives it: bytes as Buffers, integers as numbers up to 2^53. */
export function asRead(value: unknown): unknown {
  if (typeof value === "bigint") return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(asRead);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asRead(part)]));
}

/** Small seeded generator (xorshift32), so that a failing mutation can be made again from its number. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }
}

/** `bytes` with a few of them changed, left out or doubled. */
export function mutate(bytes: Uint8Array, random: Random): Buffer {
  let mutated = Buffer.from(bytes);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(mutated.length + 1);
    const to = at + random.below(Math.min(8, mutated.length - at + 1));
    switch (random.below(4)) {
      case 0:
        if (at < mutated.length) mutated[at] = random.below(256);
        break;
      case 1:
        // The first bytes of all families: these change the layout most.
        if (at < mutated.length) mutated[at] = 0xc0 + random.below(0x40);
        break;
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(to)]);
        break;
      default:
        mutated = Buffer.concat([mutated.subarray(0, to), mutated.subarray(at)]);
    }
  }
  return mutated;
}
