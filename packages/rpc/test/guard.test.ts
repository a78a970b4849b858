import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../dist/codec.js";
import { refuseSpan, refuseValue, type Ends } from "../dist/guard.js";
import { readValue } from "./support/msgpack-reader.js";
import { anyValue, asRead, mutate, Random } from "./support/values.js";

const bounds = { maxDepth: 32, maxValues: 65_536 };

function refuse(bytes: Uint8Array | string): string | undefined {
  return refuseValue(typeof bytes === "string" ? Buffer.from(bytes, "hex") : bytes, bounds);
}

/** `levels` arrays of one element around nil. */
function nested(levels: number): Buffer {
  return Buffer.concat([Buffer.alloc(levels, 0x91), Buffer.of(0xc0)]);
}

/** An array of `count` nils. */
function wide(count: number): Buffer {
  const bytes = Buffer.alloc(5 + count, 0xc0);
  bytes[0] = 0xdd;
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

describe("what it accepts", () => {
  it("accepts every value that the encoder writes, and both decoders read it alike", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeValue(value);
        expect(refuse(bytes)).toBeUndefined();
        expect(readValue(bytes, bounds)).toStrictEqual(asRead(value));
        expect(decodeValue(bytes, bounds)).toStrictEqual(asRead(value));
      }),
      { numRuns: 500 },
    );
  });

  it("agrees with a reader written from the specification on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(refuse(bytes) === undefined).toBe(accepts(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["c0", "nil"],
    ["7f", "the greatest fixint"],
    ["e0", "the least fixint"],
    ["d07f", "an int that could be shorter"],
    ["cf7fffffffffffffff", "an unsigned integer of 64 bits"],
    ["ca3fc00000", "a float of 32 bits"],
    ["d9016b", "text with a length of 8 bits that could be shorter"],
    ["da00016b", "text with a length of 16 bits"],
    ["db000000016b", "text with a length of 32 bits"],
    ["c500021122", "bytes with a length of 16 bits"],
    ["c6000000021122", "bytes with a length of 32 bits"],
    ["dc0001c0", "an array with a count of 16 bits"],
    ["dd00000001c0", "an array with a count of 32 bits"],
    ["de0001a16bc0", "a map with a count of 16 bits"],
    ["df00000001a16bc0", "a map with a count of 32 bits"],
    ["81d9016bc0", "a key with a length of 8 bits"],
    ["81da00016bc0", "a key with a length of 16 bits"],
    ["81a0c0", "an empty key"],
    ["81a16b81a16b80", "a map in a map"],
    ["92d4000001", "undefined in a position"],
    ["d6ff00000000", "a timestamp of 32 bits"],
    ["d7ff0000000000000000", "a timestamp of 64 bits"],
    ["c70cff000000000000000000000000", "a timestamp of 96 bits"],
    ["a95f5f70726f746f5f5f", "__proto__ as a value"],
    ["81a85f5f70726f746f5fc0", "a key that is almost __proto__"],
  ])("accepts %s: %s", (hex) => {
    expect(refuse(hex)).toBeUndefined();
    expect(decodeValue(Buffer.from(hex, "hex"), bounds)).toStrictEqual(readValue(Buffer.from(hex, "hex"), bounds));
  });
});

describe("what it refuses", () => {
  it.each([
    ["c1", /0xc1/],
    ["91c1", /0xc1/],
    ["d472", /extension/],
    ["d47201", /extension/],
    ["d4724091a16101", /extension/],
    ["d50000", /0xd5/],
    ["d57240009001", /0xd5/],
    ["d80000", /0xd8/],
    ["c80000ff", /0xc8/],
    ["c900000000ff", /0xc9/],
    ["d40001", /extension/],
    ["d401ff", /extension/],
    ["d4ffff", /extension/],
    ["d65300000000", /extension/],
    ["d7650000000000000000", /extension/],
    ["d7424242424242424242", /extension/],
    ["c70100ff", /extension/],
    ["c70bff0000000000000000000000", /extension/],
    ["c70c00000000000000000000000000", /extension/],
    ["8101c0", /key that is not text/],
    ["81ffc0", /key that is not text/],
    ["81c0c0", /key that is not text/],
    ["81c3c0", /key that is not text/],
    ["81cc01c0", /key that is not text/],
    ["81c4016bc0", /key that is not text/],
    ["8180c0", /key that is not text/],
    ["8190c0", /key that is not text/],
    ["81dc0000c0", /key that is not text/],
    ["81d40000c0", /key that is not text/],
    ["81d6ff00000000c0", /key that is not text/],
    ["81cb3ff8000000000000c0", /key that is not text/],
    ["81a95f5f70726f746f5f5fc0", /__proto__/],
    ["81d9095f5f70726f746f5f5fc0", /__proto__/],
    ["81da00095f5f70726f746f5f5fc0", /__proto__/],
    ["81db000000095f5f70726f746f5f5fc0", /__proto__/],
    ["82a16bc0a95f5f70726f746f5f5f80", /__proto__/],
    ["9181a16b81a95f5f70726f746f5f5fc0", /__proto__/],
    ["", /cut off/],
    ["c0c0", /1 bytes follow/],
    ["90c0", /1 bytes follow/],
    ["a16b00ff", /2 bytes follow/],
    ["a2", /cut off/],
    ["c405ffff", /cut off/],
    ["c6ffffffffff", /cut off/],
    ["dbffffffffff", /cut off/],
    ["ddffffffff", /cut off/],
    ["dfffffffff", /cut off/],
    ["df80000000a16bc0", /cut off/],
    ["81bf6bc0", /cut off/],
  ])("refuses %s", (hex, reason) => {
    expect(refuse(hex)).toMatch(reason);
    expect(accepts(Buffer.from(hex, "hex"))).toBe(false);
    expect(() => decodeValue(Buffer.from(hex, "hex"), bounds)).toThrowError(reason);
  });

  // Holds PROTOCOL.md §10.2.
  it("accepts 32 levels and refuses 33, whatever the containers are", () => {
    expect(refuse(nested(32))).toBeUndefined();
    expect(refuse(nested(33))).toBe("nested deeper than 32 (limit maxDepth)");
    const map = Buffer.from("81a16b", "hex");
    expect(refuse(Buffer.concat([...new Array<Buffer>(32).fill(map), Buffer.of(0xc0)]))).toBeUndefined();
    expect(refuse(Buffer.concat([...new Array<Buffer>(33).fill(map), Buffer.of(0xc0)]))).toMatch(/maxDepth/);
    // The bound is on depth and not on how many containers there are.
    expect(refuse(Buffer.concat([Buffer.of(0xdc, 0x03, 0xe8), Buffer.alloc(1000, 0x90)]))).toBeUndefined();
  });

  // Holds PROTOCOL.md §10.2.
  it("accepts 65,536 values and refuses 65,537, keys included", () => {
    expect(refuse(wide(65_535))).toBeUndefined();
    expect(refuse(wide(65_536))).toBe("more than 65536 values (limit maxValues)");
    const entries = (count: number): Buffer => {
      const head = Buffer.from("de0000", "hex");
      head.writeUInt16BE(count, 1);
      return Buffer.concat([head, ...new Array<Buffer>(count).fill(Buffer.from("a16bc0", "hex"))]);
    };
    expect(refuse(Buffer.concat([Buffer.of(0x92), entries(32_767), Buffer.of(0xc0)]))).toMatch(/maxValues/);
    expect(refuse(entries(32_767))).toBeUndefined();
    expect(refuse(entries(32_768))).toMatch(/maxValues/);
  });

  it("keeps to the bounds that it is given", () => {
    expect(refuseValue(nested(3), { maxDepth: 3, maxValues: 4 })).toBeUndefined();
    expect(refuseValue(nested(3), { maxDepth: 2, maxValues: 4 })).toMatch(/deeper than 2/);
    expect(refuseValue(nested(3), { maxDepth: 3, maxValues: 3 })).toMatch(/more than 3 values/);
    expect(refuseValue(nested(512), { maxDepth: 512, maxValues: 1000 })).toBeUndefined();
    expect(refuseValue(nested(513), { maxDepth: 512, maxValues: 1000 })).toMatch(/deeper than 512/);
  });

  // Holds PROTOCOL.md §10.2.
  it("refuses every value that is cut off, at any position, and any value with a byte behind it", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeValue(value);
        for (let length = 0; length < bytes.length; length++) expect(refuse(bytes.subarray(0, length))).toBeDefined();
        expect(refuse(Buffer.concat([bytes, Buffer.of(0xc0)]))).toBe("1 bytes follow the value");
      }),
    );
  });

  it.each([
    ["a record and a use of it", "92d4724091a161014002"],
    ["a shared object", "92d66900000001de0001a46e616d65a173d67000000001"],
    ["a Set", "d473009101"],
    ["an Error", "d4650093a54572726f72a174d40000"],
    ["a RegExp", "d4780092a178a167"],
    ["a typed array", "91c70374040100"],
    ["a long bigint", "d84200000000000000400000000000000000"],
    ["bundled strings", "92d66200000008c109c109a0b2736f6d6520746578746d6f72652074657874"],
  ])("refuses the extensions of the library that decodes: %s", (_, hex) => {
    expect(refuse(hex)).toMatch(/extension|0xd8/);
  });
});

describe("mutated bytes", () => {
  it("never make it throw, and what it accepts is plain data that can be decoded and encoded again", () => {
    const random = new Random(20_260_101);
    const seeds = fc.sample(anyValue, { numRuns: 400, seed: 7 }).map((value) => encodeValue(value));
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = mutate(seeds[random.below(seeds.length)] ?? Buffer.of(0xc0), random);
      const refusal = refuse(bytes);
      if ((refusal === undefined) !== accepts(bytes)) {
        expect.fail(`the readers disagree about ${bytes.toString("hex")}: ${refusal}`);
      }
      if (refusal !== undefined) continue;
      accepted++;
      const value = decodeValue(bytes, bounds);
      checkPlain(value, bytes);
      encodeValue(value);
      expectNothingCarriedOver(bytes);
    }
    // The mutations are gentle enough that both outcomes are well covered.
    expect(accepted).toBeGreaterThan(2000);
    expect(accepted).toBeLessThan(18_000);
  });
});

function accepts(bytes: Uint8Array): boolean {
  try {
    readValue(bytes, bounds);
    return true;
  } catch {
    return false;
  }
}

/** Own data only: no functions, no object that appears twice, no class but the four that the protocol names. */
function checkPlain(value: unknown, bytes: Buffer, seen = new Set<object>()): void {
  if (typeof value === "function" || typeof value === "symbol")
    expect.fail(`${typeof value} from ${bytes.toString("hex")}`);
  if (typeof value !== "object" || value === null) return;
  if (seen.has(value)) expect.fail(`an object twice from ${bytes.toString("hex")}`);
  seen.add(value);
  if (value instanceof Date) return;
  if (Buffer.isBuffer(value)) return;
  if (Array.isArray(value)) {
    for (const part of value) checkPlain(part, bytes, seen);
    return;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) expect.fail(`an odd object from ${bytes.toString("hex")}`);
  for (const part of Object.values(value)) checkPlain(part, bytes, seen);
}

const witness = Buffer.from("83a16101a3666f6f92c0d40000a16282a17801a17902", "hex");

/** The decoder has learnt nothing: a value that follows is read as on its own. */
function expectNothingCarriedOver(bytes: Buffer): void {
  const value = JSON.stringify(decodeValue(witness, bounds));
  if (value !== '{"a":1,"foo":[null,null],"b":{"x":1,"y":2}}') {
    expect.fail(`${value} behind ${bytes.toString("hex")}`);
  }
  if (JSON.stringify(decodeValue(Buffer.of(0x95, 0x40, 0x41, 0x5f, 0x7f, 0x50), bounds)) !== "[64,65,95,127,80]") {
    expect.fail(`a record is left behind by ${bytes.toString("hex")}`);
  }
}

it("tells where each large container ends, in the part of the bytes that it looks at", () => {
  const large = "x".repeat(40);
  // An array of three: a map that holds an array of a long text, an array of none, and an array of a long text.
  const bytes = encodeValue([{ a: [large] }, [], [large]]);
  const ends: Ends = new Map();
  const shifted = Buffer.concat([Buffer.from("c1c1", "hex"), bytes, Buffer.from("c1", "hex")]);
  const span = { bytes: shifted, from: 2, to: 2 + bytes.length };
  expect(refuseSpan(span, { maxDepth: 3, maxValues: 8 }, ends)).toBeUndefined();
  expect(Object.fromEntries(ends)).toEqual({ 2: 93, 3: 49, 6: 49, 50: 93 });
  expect(refuseSpan({ ...span, to: span.to + 1 }, { maxDepth: 3, maxValues: 8 })).toBe("1 bytes follow the value");
});
