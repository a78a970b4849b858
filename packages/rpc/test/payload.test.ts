import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failures, inside, maxFailures, mismatch } from "../dist/failures.js";
import { fieldsOf, openFieldsOf } from "../dist/fields.js";
import { decodePayload, encodePayload, liftPayload, lowerPayload, type Form } from "../dist/form.js";
import type { MsgpackReader } from "../dist/msgpack-reader.js";
import type { MsgpackWriter } from "../dist/msgpack-writer.js";
import { PayloadError, type At } from "../dist/payload-error.js";
import { isObject, numberKeys } from "../dist/payload.js";
import {
  argument,
  argumentsOf,
  errorFieldsOf,
  notFields,
  nothing,
  payloadOf,
  readArray,
  readBigint,
  readBoolean,
  readBuffer,
  readBytes,
  readDate,
  readLiteral,
  readMap,
  readNumber,
  readOpen,
  readRecord,
  readSet,
  readString,
  readTuple,
  readTypedArray,
  writeArray,
  writeBigint,
  writeBoolean,
  writeBuffer,
  writeBytes,
  writeDate,
  writeLiteral,
  writeMap,
  writeNumber,
  writeOpen,
  writeRecord,
  writeSet,
  writeString,
  writeTuple,
  writeTypedArray,
} from "../dist/generated.js";
import type { PayloadType } from "../dist/service.js";

const bounds = { maxDepth: 32, maxValues: 1_000_000 };
const forms: readonly Form[] = ["named", "positional"];

interface Line {
  sku: string;
  count: number;
}

const lineFields = fieldsOf("sku", "count");

/** As generated code writes an object. */
function writeLine(to: MsgpackWriter, value: unknown, at: At): void {
  if (!isObject(value)) return mismatch(value, at, "object");
  const before = failures();
  to.object(lineFields, 2);
  writeString(to, value["sku"], "sku");
  writeNumber(to, value["count"], "count");
  inside(to, before, at);
}

function readLine(from: MsgpackReader, at: At): Line {
  const length = from.object(lineFields);
  if (length !== 2) return notFields(from, at, length);
  const before = failures();
  const to: Line = { sku: readString(from, "sku"), count: readNumber(from, "count") };
  from.leave();
  return inside(to, before, at);
}

const orderFields = fieldsOf("lines");

function writeOrder(to: MsgpackWriter, value: unknown, at: At): void {
  if (!isObject(value)) return mismatch(value, at, "object");
  const before = failures();
  to.object(orderFields, 1);
  writeArray(to, value["lines"], "lines", writeLine);
  inside(to, before, at);
}

function readOrder(from: MsgpackReader, at: At): { lines: Line[] } {
  const length = from.object(orderFields);
  if (length !== 1) return notFields(from, at, length);
  const before = failures();
  const to = { lines: readArray(from, "lines", readLine) };
  from.leave();
  return inside(to, before, at);
}

const line = payloadOf<unknown>("line", writeLine, readLine);
const order = payloadOf<unknown>("order", writeOrder, readOrder);
const prices = payloadOf<unknown>(
  "prices",
  (to, value, at) => writeRecord(to, value, at, writeNumber),
  (from, at) => readRecord(from, at, readNumber),
);
const stock = payloadOf<unknown>(
  "stock",
  (to, value, at) => writeMap(to, value, at, writeString, writeNumber),
  (from, at) => readMap(from, at, readString, readNumber),
);
const tags = payloadOf<unknown>(
  "tags",
  (to, value, at) => writeSet(to, value, at, writeString),
  (from, at) => readSet(from, at, readString),
);
const place = payloadOf<unknown>(
  "place",
  (to, value, at) => writeTuple(to, value, at, 1, [writeString, writeNumber], writeString),
  (from, at) => readTuple(from, at, 1, [readString, readNumber], readString),
);
const bigint = payloadOf<unknown>("at", writeBigint, readBigint);

function faultOf(work: () => unknown): PayloadError {
  try {
    work();
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** What the other end has, in one of the forms. */
function sent<T>(type: PayloadType<T>, value: T, form: Form): T {
  return decodePayload(type, encodePayload(type, value, form), form, bounds);
}

describe("a value that is not the same at every look", () => {
  const list = payloadOf<unknown>(
    "list",
    (to, value, at) => writeArray(to, value, at, writeString),
    (from, at) => readArray(from, at, readString),
  );

  it.each(forms)("has as many elements as when its writing began: %s", (form) => {
    const growing = ["a", "b"];
    Object.defineProperty(growing, 0, { get: () => (growing.push("c"), "a") });
    expect(sent(list, growing, form)).toEqual(["a", "b"]);
  });

  it.each(forms)("is refused where it has fewer: %s", (form) => {
    const shrinking = ["a", "b"];
    Object.defineProperty(shrinking, 0, { get: () => ((shrinking.length = 1), "a") });
    expect(faultOf(() => encodePayload(list, shrinking, form)).message).toBe("list[1]: expected string, got undefined");
  });

  it.each(forms)("is refused where a Map's size is not the number of its entries: %s", (form) => {
    class Fresh extends Map<string, number> {
      override *[Symbol.iterator](): MapIterator<[string, number]> {
        for (const [key, left] of super[Symbol.iterator]()) if (left > 0) yield [key, left];
      }
    }
    expect(sent(stock, new Fresh([["a", 1]]), form)).toEqual(new Map([["a", 1]]));
    const fault = faultOf(() =>
      encodePayload(
        stock,
        new Fresh([
          ["a", 1],
          ["b", 0],
        ]),
        form,
      ),
    );
    expect(fault.message).toBe("stock.size: expected the number of its entries, 1, got 2");
  });
});

describe("binary data whose memory is gone", () => {
  // The library's types know no buffers that are resized.
  const resizable = (): ArrayBuffer => Reflect.construct(ArrayBuffer, [16, { maxByteLength: 16 }]) as ArrayBuffer;
  const transferred = <T extends { readonly buffer: ArrayBuffer }>(view: T): T => {
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return view;
  };
  const shrunk = <T extends { readonly buffer: ArrayBuffer }>(view: T): T => {
    const resize = Reflect.get(view.buffer, "resize") as (this: ArrayBuffer, length: number) => void;
    resize.call(view.buffer, 4);
    return view;
  };
  const bytes = payloadOf<unknown>("data", writeBytes, readBytes);
  const buffer = payloadOf<unknown>("data", writeBuffer, readBuffer);
  const doubles = payloadOf<unknown>(
    "data",
    (to, value, at) => writeTypedArray(to, value, at, Float64Array),
    (from, at) => readTypedArray(from, at, Float64Array),
  );

  it.each<[string, PayloadType<unknown>, () => unknown]>([
    ["bytes, transferred", bytes, () => transferred(new Uint8Array(8))],
    ["bytes, shrunk", bytes, () => shrunk(new Uint8Array(resizable(), 8))],
    ["doubles, transferred", doubles, () => transferred(new Float64Array(8))],
    ["doubles, shrunk", doubles, () => shrunk(new Float64Array(resizable(), 8))],
    ["a buffer, transferred", buffer, () => transferred(new Uint8Array(8)).buffer],
  ])("is refused, and does not cross as empty: %s", (_what, type, make) => {
    for (const form of forms) expect(() => encodePayload(type, make(), form)).toThrow(/detached/);
  });

  it("is what is left of it where there is something, and empty where it was", () => {
    for (const form of forms) {
      expect(sent(bytes, shrunk(new Uint8Array(resizable())), form)).toEqual(new Uint8Array(4));
      expect(sent(bytes, new Uint8Array(new SharedArrayBuffer(3)), form)).toEqual(new Uint8Array(3));
      expect(sent(bytes, new Uint8Array(8).subarray(8), form)).toEqual(new Uint8Array(0));
      expect(sent(doubles, new Float64Array(0), form)).toEqual(new Float64Array(0));
    }
  });
});

describe("a payload that is not of its type", () => {
  it("is named by its path from the outermost value", () => {
    const lineOf = (sku: unknown) => ({ sku, count: 1 });
    const fault = faultOf(() => liftPayload(order, { lines: [lineOf("a"), lineOf("b"), lineOf(7)] }));
    expect(fault.message).toBe("order.lines[2].sku: expected string, got number");
    expect(fault.failures).toEqual([{ path: ["order", "lines", 2, "sku"], expected: "string", actual: "number" }]);
  });

  it.each(forms)("is refused on the way out as on the way in: %s", (form) => {
    const message = "order.lines: expected array, got string";
    expect(faultOf(() => encodePayload(order, { lines: "none" }, form)).message).toBe(message);
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
    expect(faultOf(() => lowerPayload(line, value)).message).toBe(`line: expected object, got ${kind}`);
  });

  it("does not repeat the keys of a record, which are data", () => {
    const fault = faultOf(() => liftPayload(prices, { fine: 1, hunter2: "no" }));
    expect(fault.message).toBe("prices[1]: expected number, got string");
  });

  it("says which side of a map's entry is wrong", () => {
    const pairs = [
      ["a", 1],
      ["b", "2"],
    ];
    expect(faultOf(() => liftPayload(stock, pairs)).message).toBe("stock[1].value: expected number, got string");
    expect(faultOf(() => liftPayload(stock, [["a"]])).message).toBe(
      "stock[0]: expected pair of key and value, got array of 1",
    );
  });

  it("says what a literal would have been", () => {
    const kind = payloadOf<unknown>(
      "kind",
      (to, value, at) => writeLiteral(to, value, at, "a"),
      (from, at) => readLiteral(from, at, "a"),
    );
    expect(faultOf(() => lowerPayload(kind, "b")).message).toBe('kind: expected "a", got string');
    expect(faultOf(() => liftPayload(kind, "b")).message).toBe('kind: expected "a", got string');
  });
});

describe("a payload that is wrong in several places", () => {
  const right = { sku: "a", count: 1 };
  const pathsOf = (work: () => unknown) => faultOf(work).details.failures.map(({ path }) => path);

  it("names all of them, in the order of the wire", () => {
    const fault = faultOf(() => liftPayload(order, { lines: [{ sku: 7 }, right, null, { ...right, count: "1" }] }));
    expect(fault.message).toBe(
      "order.lines[0].sku: expected string, got number; order.lines[0].count: expected number, got undefined; " +
        "order.lines[2]: expected object, got null; order.lines[3].count: expected number, got string",
    );
    expect(fault.more).toBe(false);
  });

  it("tells of a container of the wrong kind once, and of nothing inside", () => {
    expect(pathsOf(() => liftPayload(order, { lines: { 0: "wrong" } }))).toEqual(["order.lines"]);
    expect(pathsOf(() => liftPayload(order, "wrong"))).toEqual(["order"]);
  });

  it.each<[string, () => unknown, string[]]>([
    [
      "a map that came",
      () => liftPayload(stock, [[1, 1], ["b"], ["c", "d"]]),
      ["stock[0].key", "stock[1]", "stock[2].value"],
    ],
    ["a map that leaves", () => lowerPayload(stock, new Map([[1, "a"]])), ["stock[0].key", "stock[0].value"]],
    ["a set that came", () => liftPayload(tags, [1, "a", 2]), ["tags[0]", "tags[2]"]],
    ["a set that leaves", () => lowerPayload(tags, new Set([1, "a", 2])), ["tags[0]", "tags[2]"]],
    [
      "a record",
      () => lowerPayload(prices, JSON.parse('{"a":"x","__proto__":1,"b":1,"c":null}')),
      ["prices[0]", "prices[1]", "prices[3]"],
    ],
    ["a tuple", () => liftPayload(place, [1, "b", 3, "d"]), ["place[0]", "place[1]", "place[2]"]],
  ])("in %s", (_, work, paths) => {
    expect(pathsOf(work)).toEqual(paths);
  });

  it("in a record of numbers", () => {
    const numbers = payloadOf<unknown>(
      "prices",
      (to, value, at) => writeRecord(to, value, at, writeNumber, numberKeys),
      (from, at) => readRecord(from, at, readNumber, numberKeys),
    );
    expect(pathsOf(() => liftPayload(numbers, { 1: "x", one: 1, 2: "y" }))).toEqual([
      "prices[0]",
      "prices[1]",
      "prices[2]",
    ]);
  });

  it("in fields beside the declared ones", () => {
    const fields = openFieldsOf("sku");
    const declared = new Set(fields.names);
    const open = payloadOf<unknown>(
      "line",
      (to, value, at) => {
        if (!isObject(value)) return mismatch(value, at, "object");
        const before = failures();
        to.object(fields, 2);
        writeString(to, value["sku"], "sku");
        writeOpen(to, value, declared, writeNumber);
        inside(to, before, at);
      },
      (from, at) => {
        const length = from.object(fields);
        if (length !== 2) return notFields(from, at, length);
        const before = failures();
        const to = { sku: readString(from, "sku") };
        readOpen(from, to, declared, readNumber);
        from.leave();
        return inside(to, before, at);
      },
    );
    const hostile = JSON.parse('{"sku":1,"a":"x","b":2,"__proto__":3}') as unknown;
    expect(pathsOf(() => lowerPayload(open, hostile))).toEqual(["line.sku", "line[0]", "line[2]"]);
    expect(pathsOf(() => liftPayload(open, { sku: 1, a: "x", b: 2, c: "y" }))).toEqual([
      "line.sku",
      "line[0]",
      "line[2]",
    ]);
    for (const form of forms) expect(sent(open, { b: 2, sku: "s", a: 1 }, form)).toEqual({ sku: "s", a: 1, b: 2 });
  });

  it("in several arguments", () => {
    const two = argumentsOf(2, argument("id", writeString, readString), argument("line", writeLine, readLine));
    const paths = ["id", "line.sku"];
    expect(pathsOf(() => liftPayload(two, [1, { count: 1 }]))).toEqual(paths);
    expect(pathsOf(() => lowerPayload(two, [1, { count: 1 }]))).toEqual(paths);
  });

  it("of a declared error's fields", () => {
    const fields = errorFieldsOf(writeLine, readLine);
    expect(pathsOf(() => liftPayload(fields, {}))).toEqual(["error.sku", "error.count"]);
  });

  it("is told up to a bound, however many there are", () => {
    const wrong = (lines: number) => faultOf(() => liftPayload(order, { lines: new Array<number>(lines).fill(1) }));
    expect(wrong(maxFailures)).toMatchObject({ failures: { length: maxFailures }, more: false });
    expect(wrong(maxFailures + 1)).toMatchObject({ failures: { length: maxFailures }, more: true });
    const many = wrong(100_000);
    expect(many.message.length).toBeLessThan(2048);
    expect(many.message).toMatch(/; and more$/);
  });

  it("says nothing of its content, in none of the places", () => {
    const wrong = { lines: [{ sku: ["hunter2"], count: "hunter2" }, "hunter2"] };
    const fault = faultOf(() => liftPayload(order, wrong));
    expect(fault.failures).toHaveLength(3);
    expect(fault.message + JSON.stringify(fault.details)).not.toContain("hunter2");
  });
});

describe.each(forms)("a value that runs code of its own, %s", (form) => {
  const encode = (type: PayloadType<unknown>, value: unknown) => encodePayload(type, value, form);
  /** The same object, with another way to its `count`. */
  const withCount = (count: () => unknown): object =>
    Object.defineProperty({ sku: 7, count: 1 }, "count", { get: count, enumerable: true });

  it("may write another payload meanwhile: each has its own failures", () => {
    let inner: PayloadError | undefined;
    const given = withCount(() => {
      inner = faultOf(() => encode(order, { lines: ["wrong"] }));
      return "wrong";
    });
    const outer = faultOf(() => encode(line, given));
    expect(inner?.message).toBe("order.lines[0]: expected object, got string");
    expect(outer.message).toBe("line.sku: expected string, got number; line.count: expected number, got string");
  });

  it("may write one that is right meanwhile, and is refused all the same", () => {
    const given = withCount(() => encode(order, { lines: [] }));
    expect(faultOf(() => encode(line, given)).failures).toHaveLength(2);
  });

  it.each<[string, object, new (...args: never) => Error]>([
    [
      "throws",
      withCount(() => {
        throw new SyntaxError("mine");
      }),
      SyntaxError,
    ],
    ["never ends", withCount(() => encode(line, withCount(endless))), PayloadError],
  ])("and %s, leaves nothing behind", (_, given, thrown) => {
    expect(() => encode(line, given)).toThrow(thrown);
    expect(sent(line, { sku: "a", count: 1 }, form)).toEqual({ sku: "a", count: 1 });
    expect(faultOf(() => encode(line, { sku: "a" })).failures).toHaveLength(1);
  });

  it("that holds itself is refused, and leaves nothing behind", () => {
    const children = fieldsOf("children");
    // Under a name of its own: vitest imports by accessors, and one that meets the end of the stack is undefined to V8 12.4.
    const write = writeArray;
    const writeTree = (to: MsgpackWriter, value: unknown, at: At): void => {
      if (!isObject(value)) return mismatch(value, at, "object");
      const before = failures();
      to.object(children, 1);
      write(to, value["children"], "children", writeTree);
      inside(to, before, at);
    };
    const tree = payloadOf<unknown>("tree", writeTree, () => undefined);
    const circle: { children: unknown[] } = { children: [] };
    circle.children.push(circle);
    expect(() => encode(tree, circle)).toThrow(PayloadError);
    expect(sent(line, { sku: "a", count: 1 }, form)).toEqual({ sku: "a", count: 1 });
  });
});

function endless(): unknown {
  return endless();
}

describe("an object", () => {
  it.each(forms)("leaves by its declared fields alone: %s", (form) => {
    expect(sent(line, { sku: "a", count: 1, secret: 2 }, form)).toEqual({ sku: "a", count: 1 });
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
  it("does not leave with the key __proto__", () => {
    const hostile = JSON.parse('{"__proto__": 1}') as unknown;
    for (const form of forms) {
      expect(faultOf(() => encodePayload(prices, hostile, form)).message).toBe(
        "prices[0]: expected key other than __proto__, got __proto__",
      );
    }
  });

  it.each(forms)("keeps keys that every object inherits, as its own: %s", (form) => {
    const copied = sent(prices, { constructor: 1, toString: 2 }, form) as object;
    expect(Object.entries(copied)).toEqual([
      ["constructor", 1],
      ["toString", 2],
    ]);
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
  });

  it.each(forms)("leaves out what is undefined: %s", (form) => {
    expect(Object.keys(sent(prices, { a: 1, b: undefined }, form) as object)).toEqual(["a"]);
  });

  it("is read without what came as undefined", () => {
    expect(liftPayload(prices, { a: undefined, b: 1 })).toEqual({ b: 1 });
  });
});

describe("a bigint", () => {
  const minInt64 = -(2n ** 63n);
  const maxUint64 = 2n ** 64n - 1n;

  it("stays an integer within 64 bits, and is decimal text beyond", () => {
    for (const fits of [minInt64, maxUint64]) expect(lowerPayload(bigint, fits)).toBe(fits);
    expect(lowerPayload(bigint, maxUint64 + 1n)).toBe("18446744073709551616");
    expect(lowerPayload(bigint, minInt64 - 1n)).toBe("-9223372036854775809");
  });

  it.each(forms)("comes back from whatever it became: %s", (form) => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), (value) => {
        expect(sent(bigint, value, form)).toBe(value);
      }),
    );
  });

  it("comes back from a whole number that was written as a float", () => {
    expect(liftPayload(bigint, 42)).toBe(42n);
    expect(liftPayload(bigint, 2 ** 53)).toBe(2n ** 53n);
  });

  it.each([["0x10"], [""], ["-"], ["1_000"], [" 1"], ["1n"], ["1".repeat(1301)], [1.5], [2 ** 70], [null]])(
    "is not read from %o",
    (value) => {
      expect(() => liftPayload(bigint, value)).toThrow(PayloadError);
    },
  );

  it.each(forms)("with more decimal characters than the other end reads is refused before it is sent: %s", (form) => {
    expect(sent(bigint, 10n ** 1299n, form)).toBe(10n ** 1299n);
    expect(faultOf(() => encodePayload(bigint, 10n ** 1300n, form)).message).toBe(
      "at: expected bigint of at most 1300 decimal characters, got bigint of 1301",
    );
  });
});

describe.each(forms)("built-in types, %s", (form) => {
  const date = payloadOf<unknown>("at", writeDate, readDate);
  const bytes = payloadOf<unknown>("at", writeBytes, readBytes);
  const number = payloadOf<unknown>("at", writeNumber, readNumber);
  const boolean = payloadOf<unknown>("at", writeBoolean, readBoolean);
  const text = payloadOf<unknown>("at", writeString, readString);

  it("an invalid Date is refused", () => {
    expect(faultOf(() => encodePayload(date, new Date(Number.NaN), form)).message).toBe(
      "at: expected Date, got invalid Date",
    );
  });

  it("a Date is the same instant, whenever it is", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (value) => {
        expect(sent(date, value, form)).toEqual(value);
      }),
    );
  });

  it("bytes arrive in memory of their own, and not as a Buffer", () => {
    const given = Buffer.from("abc");
    const arrived = sent(bytes, given, form) as Uint8Array;
    expect(Object.getPrototypeOf(arrived)).toBe(Uint8Array.prototype);
    expect([...arrived]).toEqual([...given]);
    expect(() => encodePayload(bytes, [1, 2], form)).toThrow(PayloadError);
  });

  it("NaN and the infinities are numbers", () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) expect(sent(number, value, form)).toBe(value);
  });

  it("truth is not boolean", () => {
    expect(() => encodePayload(boolean, 1, form)).toThrow(PayloadError);
  });

  it("a Map and a Set survive both directions, in their order", () => {
    const map = payloadOf<unknown>(
      "map",
      (to, value, at) => writeMap(to, value, at, writeBigint, writeString),
      (from, at) => readMap(from, at, readBigint, readString),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.bigInt(), fc.string())), (entries) => {
        const given = new Map(entries);
        expect([...(sent(map, given, form) as typeof given)]).toEqual([...given]);
        const set = new Set(given.values());
        expect([...(sent(tags, set, form) as typeof set)]).toEqual([...set]);
      }),
    );
  });

  it("half of a surrogate pair becomes U+FFFD, which every reader of UTF-8 accepts", () => {
    expect(sent(text, "a\ud800b", form)).toBe("a\ufffdb");
    expect(sent(text, "🎛", form)).toBe("🎛");
  });
});

describe("arguments", () => {
  const two = argumentsOf(1, argument("id", writeString, readString), argument("reason", writeString, readString));

  it("that are undefined at the end are not sent", () => {
    expect(lowerPayload(two, ["a"])).toEqual(["a"]);
    expect(lowerPayload(two, ["a", undefined])).toEqual(["a"]);
  });

  it("that are missing are undefined, and those too many are dropped", () => {
    expect(liftPayload(two, ["a"])).toEqual(["a", undefined]);
    expect(liftPayload(two, ["a", "b", "c"])).toEqual(["a", "b"]);
  });

  it("are an array or nothing at all", () => {
    expect(faultOf(() => liftPayload(two, { 0: "a" })).message).toBe("arguments: expected array, got object");
    expect(faultOf(() => liftPayload(two, [])).message).toBe("id: expected string, got undefined");
  });

  it("of a method without result: whatever comes back is dropped", () => {
    expect(liftPayload(nothing, { surprise: 1 })).toBeUndefined();
    expect(lowerPayload(nothing, undefined)).toBeUndefined();
  });
});
