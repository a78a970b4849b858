import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, failures, inside, maxFailures, mismatch } from "../dist/failures.js";
import { PayloadError, type At } from "../dist/payload-error.js";
import {
  argumentsOf,
  arrayOf,
  asBoolean,
  asBytes,
  asDate,
  asLiteral,
  asNumber,
  asString,
  copyOpen,
  errorFieldsOf,
  isObject,
  liftBigint,
  liftMap,
  liftSet,
  lowerBigint,
  lowerMap,
  lowerSet,
  nothing,
  numberKeys,
  payloadOf,
  recordOf,
  tupleOf,
} from "../dist/payload.js";

interface Line {
  sku: string;
  count: number;
}

/** As generated code copies an object. */
function copyLine(value: unknown, at: At): Line {
  if (!isObject(value)) return mismatch(value, at, "object");
  const before = failures();
  const to: Line = { sku: asString(value["sku"], "sku"), count: asNumber(value["count"], "count") };
  return inside(to, before, at);
}

function copyOrder(value: unknown, at: At): { lines: Line[] } {
  if (!isObject(value)) return mismatch(value, at, "object");
  const before = failures();
  const to = { lines: arrayOf(value["lines"], "lines", copyLine) };
  return inside(to, before, at);
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
    expect(fault.failures).toEqual([{ path: ["order", "lines", 2, "sku"], expected: "string", actual: "number" }]);
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
    const fault = faultOf(() => collect(recordOf, { fine: 1, hunter2: "no" }, "prices", asNumber));
    expect(fault.message).toBe("prices[1]: expected number, got string");
  });

  it("says which side of a map's entry is wrong", () => {
    const pairs = [
      ["a", 1],
      ["b", "2"],
    ];
    expect(faultOf(() => collect(liftMap, pairs, "stock", asString, asNumber)).message).toBe(
      "stock[1].value: expected number, got string",
    );
    expect(faultOf(() => collect(liftMap, [["a"]], "stock", asString, asNumber)).message).toBe(
      "stock[0]: expected pair of key and value, got array",
    );
  });

  it("says what a literal would have been", () => {
    expect(faultOf(() => asLiteral("b", "kind", "a")).message).toBe('kind: expected "a", got string');
  });
});

describe("a payload that is wrong in several places", () => {
  const line = { sku: "a", count: 1 };
  const pathsOf = (work: () => unknown) => faultOf(work).details.failures.map(({ path }) => path);

  it("names all of them, in the order of the declaration", () => {
    const fault = faultOf(() => order.lift({ lines: [{ sku: 7 }, line, null, { ...line, count: "1" }] }));
    expect(fault.message).toBe(
      "order.lines[0].sku: expected string, got number; order.lines[0].count: expected number, got undefined; " +
        "order.lines[2]: expected object, got null; order.lines[3].count: expected number, got string",
    );
    expect(fault.more).toBe(false);
  });

  it("tells of a container of the wrong kind once, and of nothing inside", () => {
    expect(pathsOf(() => order.lift({ lines: { 0: "wrong" } }))).toEqual(["order.lines"]);
    expect(pathsOf(() => order.lift("wrong"))).toEqual(["order"]);
  });

  it.each<[string, () => unknown, string[]]>([
    [
      "a map that came",
      () => collect(liftMap, [[1, 1], ["b"], ["c", "d"]], "stock", asString, asNumber),
      ["stock[0].key", "stock[1]", "stock[2].value"],
    ],
    [
      "a map that leaves",
      () => collect(lowerMap, new Map<unknown, unknown>([[1, "a"]]), "stock", asString, asNumber),
      ["stock[0].key", "stock[0].value"],
    ],
    ["a set that came", () => collect(liftSet, [1, "a", 2], "tags", asString), ["tags[0]", "tags[2]"]],
    ["a set that leaves", () => collect(lowerSet, new Set([1, "a", 2]), "tags", asString), ["tags[0]", "tags[2]"]],
    [
      "a record",
      () => collect(recordOf, JSON.parse('{"a":"x","__proto__":1,"b":1,"c":null}'), "prices", asNumber),
      ["prices[0]", "prices[1]", "prices[3]"],
    ],
    [
      "a record of numbers",
      () => collect(recordOf, { 1: "x", one: 1, 2: "y" }, "prices", asNumber, numberKeys),
      ["prices[0]", "prices[1]", "prices[2]"],
    ],
    [
      "a tuple",
      () => collect(tupleOf, [1, "b", 3, "d"], "place", 1, [asString, asNumber], asString),
      ["place[0]", "place[1]", "place[2]"],
    ],
  ])("in %s", (_, copy, paths) => {
    expect(pathsOf(copy)).toEqual(paths);
  });

  it("in fields beside the declared ones", () => {
    const copyOpenLine = (value: unknown, at: At) => {
      if (!isObject(value)) return mismatch(value, at, "object");
      const before = failures();
      const to = { sku: asString(value["sku"], "sku") };
      copyOpen(value, to, new Set(["sku"]), asNumber);
      return inside(to, before, at);
    };
    const hostile = JSON.parse('{"sku":1,"a":"x","b":2,"__proto__":3}') as unknown;
    expect(pathsOf(() => collect(copyOpenLine, hostile, "line"))).toEqual(["line.sku", "line[0]", "line[2]"]);
  });

  it("in several arguments", () => {
    const two = argumentsOf((from) => [asString(from[0], "id"), copyLine(from[1], "line")]);
    const paths = ["id", "line.sku"];
    expect(pathsOf(() => two.lift([1, { count: 1 }]))).toEqual(paths);
    expect(pathsOf(() => two.lower([1, { count: 1 }]))).toEqual(paths);
  });

  it("of a declared error's fields", () => {
    const fields = errorFieldsOf(copyLine);
    expect(pathsOf(() => fields.lift({}))).toEqual(["error.sku", "error.count"]);
  });

  it("is told up to a bound, however many there are", () => {
    const wrong = (lines: number) => faultOf(() => order.lift({ lines: new Array<number>(lines).fill(1) }));
    expect(wrong(maxFailures)).toMatchObject({ failures: { length: maxFailures }, more: false });
    expect(wrong(maxFailures + 1)).toMatchObject({ failures: { length: maxFailures }, more: true });
    const many = wrong(100_000);
    expect(many.message.length).toBeLessThan(2048);
    expect(many.message).toMatch(/; and more$/);
  });

  it("says nothing of its content, in none of the places", () => {
    const fault = faultOf(() => order.lift({ lines: [{ sku: ["hunter2"], count: "hunter2" }, "hunter2"] }));
    expect(fault.failures).toHaveLength(3);
    expect(fault.message + JSON.stringify(fault.details)).not.toContain("hunter2");
  });
});

describe("a value that runs code of its own", () => {
  const payload = payloadOf("line", copyLine);
  /** The same object, with another way to its `count`. */
  const withCount = (count: () => unknown): Line =>
    Object.defineProperty({ sku: 7 as never, count: 1 }, "count", { get: count, enumerable: true });

  it("may copy another payload meanwhile: each has its own failures", () => {
    let inner: PayloadError | undefined;
    const given = withCount(() => {
      inner = faultOf(() => order.lower({ lines: ["wrong" as never] }));
      return "wrong";
    });
    const outer = faultOf(() => payload.lower(given));
    expect(inner?.message).toBe("order.lines[0]: expected object, got string");
    expect(outer.message).toBe("line.sku: expected string, got number; line.count: expected number, got string");
  });

  it("may copy one that is right meanwhile, and is refused all the same", () => {
    const given = withCount(() => order.lower({ lines: [] }));
    expect(faultOf(() => payload.lower(given)).failures).toHaveLength(2);
  });

  it.each<[string, Line, new (...args: never) => Error]>([
    [
      "throws",
      withCount(() => {
        throw new SyntaxError("mine");
      }),
      SyntaxError,
    ],
    ["never ends", withCount(() => payload.lower(withCount(endless))), PayloadError],
  ])("and %s, leaves nothing behind", (_, given, thrown) => {
    expect(() => payload.lower(given)).toThrow(thrown);
    expect(payload.lift({ sku: "a", count: 1 })).toEqual({ sku: "a", count: 1 });
    expect(faultOf(() => payload.lift({ sku: "a" })).failures).toHaveLength(1);
  });

  it("that holds itself is refused, and leaves nothing behind", () => {
    interface Tree {
      name: string;
      children: Tree[];
    }
    const copyTree = (value: unknown, at: At): Tree => {
      if (!isObject(value)) return mismatch(value, at, "object");
      const before = failures();
      const to: Tree = {
        name: asString(value["name"], "name"),
        children: arrayOf(value["children"], "children", copyTree),
      };
      return inside(to, before, at);
    };
    const tree = payloadOf("tree", copyTree);
    const endless: Tree = { name: 1 as never, children: [] };
    endless.children.push(endless);
    expect(() => tree.lower(endless)).toThrow(PayloadError);
    expect(tree.lower({ name: "a", children: [] })).toEqual({ name: "a", children: [] });
  });
});

function endless(): unknown {
  return endless();
}

describe("an object", () => {
  it("is copied by its declared fields alone", () => {
    const given = { sku: "a", count: 1, secret: 2 };
    expect(copyLine(given, "line")).toEqual({ sku: "a", count: 1 });
  });

  it.each([
    {},
    Object.create(null),
    new (class Point {
      x = 1;
    })(),
    { constructor: 1 },
    JSON.parse('{"constructor":{}}'),
  ])("may be made in any way: %o", (value) => {
    expect(isObject(value)).toBe(true);
  });

  it.each([[[]], [new Date()], [new Uint8Array()], [new ArrayBuffer()], [new Map()], [new Set()], [null], ["text"]])(
    "is not %o",
    (value) => {
      expect(isObject(value)).toBe(false);
    },
  );
});

describe("a record", () => {
  it("refuses the key __proto__ in both directions", () => {
    const hostile = JSON.parse('{"__proto__": {"admin": true}}') as unknown;
    expect(faultOf(() => collect(recordOf, hostile, "tags", copyLine)).message).toBe(
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
  expect(payloadOf("text", asString).lower("a\ud800b")).toBe("a\ufffdb");
  expect(asString("🎛", "text")).toBe("🎛");
});
