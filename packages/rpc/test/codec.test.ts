import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../dist/codec.js";
import { MalformedValue } from "../dist/malformed-value.js";
import { liftBigint } from "../dist/payload.js";
import { anyValue, asRead } from "./support/values.js";

const bounds = { maxDepth: 32, maxValues: 65_536 };

function hexOf(value: unknown): string {
  return Buffer.from(encodeValue(value)).toString("hex");
}

function read(hex: string): unknown {
  return decodeValue(Buffer.from(hex, "hex"), bounds);
}

describe("what survives", () => {
  it("is every value of PROTOCOL.md §10.4, also inside others", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeValue(encodeValue(value), bounds)).toStrictEqual(asRead(value));
      }),
      { numRuns: 500 },
    );
  });

  it("is every number, whichever form it takes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.maxSafeInteger(), fc.integer()), (number) => {
        expect(decodeValue(encodeValue(number), bounds)).toBe(number === 0 ? 0 : number);
      }),
      { numRuns: 1000 },
    );
  });

  it("is every integer of 64 bits, as a bigint where a number could not hold it", () => {
    const edges = [2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 63n)];
    for (const edge of edges) expect(BigInt(decodeValue(encodeValue(edge), bounds) as number | bigint)).toBe(edge);
    for (const edge of [2n ** 53n, -(2n ** 53n)]) expect(decodeValue(encodeValue(edge), bounds)).toBe(Number(edge));
    for (const edge of [2n ** 53n + 1n, -(2n ** 53n) - 1n]) expect(decodeValue(encodeValue(edge), bounds)).toBe(edge);
  });

  it("is every bigint of 64 bits, once it is lifted", () => {
    const edges = [0n, 2n ** 53n, 2n ** 63n, -(2n ** 53n)].flatMap((edge) => [edge - 1n, edge, edge + 1n]);
    fc.assert(
      fc.property(
        fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.constantFrom(...edges)),
        (value) => {
          expect(liftBigint(decodeValue(encodeValue(value), bounds), "value")).toBe(value);
        },
      ),
    );
  });

  it("is every instant to the millisecond, from the first to the last that a Date can hold", () => {
    const dates = fc.oneof(
      fc.date({ noInvalidDate: true }),
      fc.constantFrom(0, 1, -1, 2 ** 32 * 1000, 2 ** 34 * 1000, 8.64e15, -8.64e15).map((ms) => new Date(ms)),
    );
    fc.assert(
      fc.property(dates, (date) => {
        expect(decodeValue(encodeValue(date), bounds)).toEqual(date);
      }),
    );
  });

  it("is text of every length class, in any script", () => {
    for (const length of [0, 1, 31, 32, 63, 64, 255, 256, 65_535, 65_536, 300_000]) {
      for (const unit of ["a", "é", "漢", "\u{1f600}"]) {
        const text = unit.repeat(length);
        expect(decodeValue(encodeValue(text), bounds)).toBe(text);
      }
    }
  });
});

describe("what it writes", () => {
  it("is d4 00 00 for undefined, in a position and alone", () => {
    expect(hexOf(undefined)).toBe("d40000");
    expect(hexOf([1, undefined, 2])).toBe("9301d4000002");
    expect(read("9301d4000002")).toStrictEqual([1, undefined, 2]);
    expect(read("93c0d40000c0")).toStrictEqual([null, undefined, null]);
  });

  it("is a plain map for each object, however often their shape comes again", () => {
    const rows = Array.from({ length: 3 }, () => ({ id: 1, name: "x" }));
    const row = "82a2696401a46e616d65a178";
    expect(hexOf(rows)).toBe(`93${row}${row}${row}`);
    expect(hexOf(rows)).toBe(hexOf(rows));
  });

  it("is bin for bytes, be they a Buffer or not", () => {
    expect(hexOf(Uint8Array.of(1, 2))).toBe("c4020102");
    expect(hexOf(Buffer.of(1, 2))).toBe("c4020102");
    expect(hexOf(new Uint8Array(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2))).toBe("c4020102");
  });

  it("belongs to the caller: a later encoding leaves it as it was", () => {
    const first = encodeValue(["first", 1]);
    const copy = Buffer.from(first);
    for (let count = 0; count < 2000; count++) encodeValue({ filler: "x".repeat(50) });
    expect(Buffer.from(first)).toEqual(copy);
  });

  it("is not disturbed by a value before it that cannot be written", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const bad of [Symbol("x"), 2n ** 64n, [1, { deep: Symbol("x") }], cycle]) {
      expect(() => encodeValue(bad)).toThrowError();
      expect(hexOf({ a: [1, "b"] })).toBe("81a1619201a162");
    }
  });
});

describe("what it reads", () => {
  it("shares no memory with the bytes: binary parts are copies, and so is text", () => {
    const bytes = Buffer.from(
      encodeValue({ data: Uint8Array.of(1, 2, 3), text: "abc", long: new Uint8Array(10_000).fill(5) }),
    );
    const value = decodeValue(bytes, bounds) as { data: Uint8Array; text: string; long: Uint8Array };
    bytes.fill(0xff);
    expect(Array.from(value.data)).toEqual([1, 2, 3]);
    expect(value.text).toBe("abc");
    expect(value.long.every((byte) => byte === 5)).toBe(true);
    expect(value.data.buffer).not.toBe(bytes.buffer);
  });

  it("is data even where keys have the names of a prototype's members", () => {
    const value = read("83ab636f6e7374727563746f7201a8746f537472696e6702a4746865 6ec0".replaceAll(" ", ""));
    expect(Object.entries(value as object)).toEqual([
      ["constructor", 1],
      ["toString", 2],
      ["then", null],
    ]);
  });

  it("is the last of two entries with the same key", () => {
    expect(read("82a16b01a16b02")).toEqual({ k: 2 });
  });

  // Holds PROTOCOL.md §10.1, §10.4.
  it("accepts both forms of a whole number, and floats of 32 bits", () => {
    expect(read("cb4000000000000000")).toBe(2);
    expect(read("cf0000000000000002")).toBe(2);
    expect(read("ca3fc00000")).toBe(1.5);
  });

  it("replaces what is no UTF-8 in text, and refuses nothing for it", () => {
    expect(read("a3eda080")).toMatch(/^\ufffd+$/);
    expect(read("a2c328")).toContain("\ufffd");
  });

  it("learns nothing from a message: records that a peer defines are refused, and bytes from 0x40 stay numbers", () => {
    expect(() => read("d4724091a16101")).toThrowError(MalformedValue);
    expect(read("9240417f".slice(0, 6))).toEqual([64, 65]);
  });

  it("says of malformed bytes what is wrong with them", () => {
    expect(() => read("8101c0")).toThrowError(
      "not one msgpack value as PROTOCOL.md §10 allows: a key that is not text",
    );
    expect(() => read("")).toThrowError("not one msgpack value as PROTOCOL.md §10 allows: the value is cut off");
  });

  it("is bounded as the caller asks", () => {
    expect(decodeValue(Buffer.from("9190", "hex"), { maxDepth: 2, maxValues: 2 })).toEqual([[]]);
    expect(() => decodeValue(Buffer.from("9190", "hex"), { maxDepth: 1, maxValues: 2 })).toThrowError(/maxDepth/);
    expect(() => decodeValue(Buffer.from("9190", "hex"), { maxDepth: 2, maxValues: 1 })).toThrowError(/maxValues/);
  });
});

it("lets small values behind a large one lie in little memory, and the large one as it is", () => {
  const value = Buffer.alloc(2 ** 20, 7);
  const large = encodeValue(value);
  const small = encodeValue("small");
  expect(small.buffer.byteLength).toBeLessThanOrEqual(256 * 1024);
  expect(decodeValue(small, bounds)).toBe("small");
  expect(value.equals(decodeValue(large, bounds) as Buffer)).toBe(true);
});
