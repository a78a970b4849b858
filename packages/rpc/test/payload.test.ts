import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  PayloadError,
  argumentsOf,
  arrayOf,
  asBoolean,
  asBytes,
  asDate,
  asLiteral,
  asNumber,
  asObject,
  asString,
  inside,
  isObject,
  liftBigint,
  liftMap,
  liftSet,
  lowerBigint,
  lowerMap,
  lowerSet,
  nothing,
  payloadOf,
  recordOf,
  type At,
} from "../dist/payload.js";

interface Line {
  sku: string;
  count: number;
}

/** As generated code copies an object. */
function copyLine(value: unknown, at: At): Line {
  const from = asObject(value, at);
  try {
    return { sku: asString(from["sku"], "sku"), count: asNumber(from["count"], "count") };
  } catch (error) {
    throw inside(error, at);
  }
}

function copyOrder(value: unknown, at: At): { lines: Line[] } {
  const from = asObject(value, at);
  try {
    return { lines: arrayOf(from["lines"], "lines", copyLine) };
  } catch (error) {
    throw inside(error, at);
  }
}

const order = payloadOf("order", copyOrder);

function faultOf(work: () => unknown): PayloadError {
  try {
    work();
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a payload that is not of its type", () => {
  it("is named by its path from the outermost value", () => {
    const line = (sku: unknown) => ({ sku, count: 1 });
    const fault = faultOf(() => order.lift({ lines: [line("a"), line("b"), line(7)] }));
    expect(fault.message).toBe("order.lines[2].sku: expected string, got number");
    expect(fault.path).toEqual(["order", "lines", 2, "sku"]);
  });

  it("is refused on the way out as on the way in", () => {
    const wrong = { lines: "none" };
    expect(faultOf(() => order.lower(JSON.parse(JSON.stringify(wrong)) as { lines: Line[] })).message).toBe(
      "order.lines: expected array, got string",
    );
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    ["hunter2", "string"],
    [4711, "number"],
    [4711n, "bigint"],
    [true, "boolean"],
    [["hunter2"], "array"],
    [new Date(0), "Date"],
    [new Date(Number.NaN), "invalid Date"],
    [new Uint8Array(1), "bytes"],
    [new Map(), "Map"],
    [new Set(), "Set"],
    [() => 1, "function"],
    [Symbol("hunter2"), "symbol"],
  ])("is described by its kind and never by its value: %o", (value, kind) => {
    const fault = faultOf(() => copyLine(value, "line"));
    expect(fault.message).toBe(`line: expected object, got ${kind}`);
  });

  it("does not repeat the keys of a record, which are data", () => {
    const fault = faultOf(() => recordOf({ fine: 1, hunter2: "no" }, "prices", asNumber));
    expect(fault.message).toBe("prices[1]: expected number, got string");
  });

  it("says which side of a map's entry is wrong", () => {
    const pairs = [
      ["a", 1],
      ["b", "2"],
    ];
    expect(faultOf(() => liftMap(pairs, "stock", asString, asNumber)).message).toBe(
      "stock[1].value: expected number, got string",
    );
    expect(faultOf(() => liftMap([["a"]], "stock", asString, asNumber)).message).toBe(
      "stock[0]: expected pair of key and value, got array",
    );
  });

  it("says what a literal would have been", () => {
    expect(faultOf(() => asLiteral("b", "kind", "a")).message).toBe('kind: expected "a", got string');
  });
});

describe("an object", () => {
  it("is copied by its declared fields alone", () => {
    const given = { sku: "a", count: 1, secret: 2 };
    expect(copyLine(given, "line")).toEqual({ sku: "a", count: 1 });
  });

  it.each([[[]], [new Date()], [new Uint8Array()], [new Map()], [new Set()], [null], [undefined], ["text"]])(
    "is not %o",
    (value) => {
      expect(isObject(value)).toBe(false);
    },
  );
});

describe("a record", () => {
  it("refuses the key __proto__ in both directions", () => {
    const hostile = JSON.parse('{"__proto__": {"admin": true}}') as unknown;
    expect(faultOf(() => recordOf(hostile, "tags", copyLine)).message).toBe(
      "tags[0]: expected key other than __proto__, got __proto__",
    );
  });

  it("keeps keys that every object inherits, as its own", () => {
    const copied = recordOf({ constructor: "c", toString: "t" }, "tags", asString);
    expect(Object.entries(copied)).toEqual([
      ["constructor", "c"],
      ["toString", "t"],
    ]);
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
  });

  it("leaves out what is undefined", () => {
    expect(Object.keys(recordOf({ a: 1, b: undefined }, "tags", asNumber))).toEqual(["a"]);
  });
});

describe("a bigint", () => {
  const minInt64 = -(2n ** 63n);
  const maxUint64 = 2n ** 64n - 1n;

  it("stays one within 64 bits, and is decimal text beyond", () => {
    for (const fits of [0n, -1n, minInt64, maxUint64]) expect(lowerBigint(fits, "at")).toBe(fits);
    expect(lowerBigint(maxUint64 + 1n, "at")).toBe("18446744073709551616");
    expect(lowerBigint(minInt64 - 1n, "at")).toBe("-9223372036854775809");
  });

  it("comes back from whatever it was lowered to", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), (value) => {
        expect(liftBigint(lowerBigint(value, "at"), "at")).toBe(value);
      }),
    );
  });

  it("comes back from the number that a small one is read as", () => {
    expect(liftBigint(42, "at")).toBe(42n);
  });

  it.each([["0x10"], [""], ["-"], ["1_000"], [" 1"], ["1n"], ["1".repeat(1301)], [1.5], [2 ** 53 + 2], [null]])(
    "is not read from %o",
    (value) => {
      expect(() => liftBigint(value, "at")).toThrow(PayloadError);
    },
  );

  it("with more decimal characters than the other end reads is refused before it is sent", () => {
    expect(liftBigint(lowerBigint(10n ** 1299n, "at"), "at")).toBe(10n ** 1299n);
    expect(faultOf(() => lowerBigint(10n ** 1300n, "id")).message).toBe(
      "id: expected bigint of at most 1300 decimal characters, got bigint of 1301",
    );
  });
});

describe("built-in types", () => {
  it("an invalid Date is refused", () => {
    expect(faultOf(() => asDate(new Date(Number.NaN), "at")).message).toBe("at: expected Date, got invalid Date");
  });

  it("a Date is copied, so that a change to one is no change to the other", () => {
    const given = new Date(5);
    const copied = asDate(given, "at");
    given.setTime(6);
    expect(copied.getTime()).toBe(5);
  });

  it("bytes pass as they are; of a Buffer, a plain view of the same memory", () => {
    const plain = new Uint8Array(3);
    expect(asBytes(plain, "at")).toBe(plain);
    const buffer = Buffer.from("abc");
    const view = asBytes(buffer, "at");
    expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
    expect(view).toEqual(new Uint8Array([97, 98, 99]));
    buffer[0] = 98;
    expect(view[0]).toBe(98);
    expect(() => asBytes([1, 2], "at")).toThrow(PayloadError);
  });

  it("NaN and the infinities are numbers", () => {
    expect(asNumber(Number.NaN, "at")).toBeNaN();
    expect(asNumber(Infinity, "at")).toBe(Infinity);
  });

  it("truth is not boolean", () => {
    expect(() => asBoolean(1, "at")).toThrow(PayloadError);
  });

  it("a Map and a Set survive both directions, in their order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt(), fc.string())), (entries) => {
        const map = new Map(entries);
        const lowered = lowerMap(map, "map", lowerBigint, asString);
        expect([...liftMap(lowered, "map", liftBigint, asString)]).toEqual([...map]);
        const set = new Set(map.keys());
        expect([...liftSet(lowerSet(set, "set", lowerBigint), "set", liftBigint)]).toEqual([...set]);
      }),
    );
  });
});

describe("arguments", () => {
  const two = argumentsOf((from) => [
    asString(from[0], "id"),
    from[1] === undefined ? undefined : asString(from[1], "reason"),
  ]);

  it("that are undefined at the end are not sent", () => {
    expect(two.lower(["a"])).toEqual(["a"]);
    expect(two.lower(["a", undefined])).toEqual(["a"]);
  });

  it("that are missing are undefined, and those too many are dropped", () => {
    expect(two.lift(["a"])).toEqual(["a", undefined]);
    expect(two.lift(["a", "b", "c"])).toEqual(["a", "b"]);
  });

  it("are an array or nothing at all", () => {
    expect(faultOf(() => two.lift({ 0: "a" })).message).toBe("arguments: expected array, got object");
    expect(faultOf(() => two.lift([])).message).toBe("id: expected string, got undefined");
  });

  it("of a method without result: whatever comes back is dropped", () => {
    expect(nothing.lift({ surprise: 1 })).toBeUndefined();
    expect(nothing.lower(undefined)).toBeUndefined();
  });
});

it("half of a surrogate pair becomes U+FFFD, which every reader of UTF-8 accepts", () => {
  expect(asString("a\ud800b", "text")).toBe("a\ufffdb");
  expect(asString("🎛", "text")).toBe("🎛");
});
