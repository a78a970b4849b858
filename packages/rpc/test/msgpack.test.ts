import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../dist/codec.js";
import { membersOf } from "../dist/fields.js";
import { refuseValue } from "../dist/guard.js";
import { MalformedValue } from "../dist/malformed-value.js";
import { MsgpackReader } from "../dist/msgpack-reader.js";
import { MsgpackWriter } from "../dist/msgpack-writer.js";
import { spanOf, viewOf, type Span } from "../dist/span.js";

const none = membersOf("nothing");
const bounds = { maxDepth: 32, maxValues: 65_536 };

type Plain = null | undefined | boolean | number | bigint | string | Uint8Array | Plain[] | { [key: string]: Plain };

const key = fc.string({ unit: "binary" }).filter((each) => each !== "__proto__" && each.isWellFormed());
const { plain } = fc.letrec<{ plain: Plain }>((tie) => ({
  plain: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.constant(undefined),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((each) => !Object.is(each, -0)),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 60n) }),
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.string({ unit: "grapheme-ascii", maxLength: 40 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("plain"), { maxLength: 20 }),
    fc.dictionary(key, tie("plain"), { maxKeys: 20 }),
  ),
}));

/** Writes a value as generated code would, by its kind. */
function write(to: MsgpackWriter, value: Plain): void {
  if (value === null) to.nil();
  else if (value === undefined) to.absent();
  else if (typeof value === "boolean") to.boolean(value);
  else if (typeof value === "number") to.number(value);
  else if (typeof value === "bigint") to.bigint(value);
  else if (typeof value === "string") to.string(value);
  else if (value instanceof Uint8Array) to.bytes(value);
  else if (Array.isArray(value)) {
    to.array(value.length);
    for (const each of value) write(to, each);
  } else {
    const entries = Object.entries(value);
    to.map(entries.length);
    for (const [name, each] of entries) {
      to.string(name);
      write(to, each);
    }
  }
}

/** Reads a value as generated code would that knows its kind. */
function read(from: MsgpackReader, like: Plain): Plain {
  if (like === null) return from.nil() ? null : "no nil";
  if (like === undefined) return from.absent() ? undefined : "not absent";
  if (typeof like === "boolean") return from.boolean();
  if (typeof like === "number") return from.number();
  if (typeof like === "bigint") return from.bigint();
  if (typeof like === "string") return from.string();
  if (like instanceof Uint8Array) return from.bytes();
  if (Array.isArray(like)) {
    const length = from.array();
    const to = like.slice(0, length).map((each) => read(from, each));
    from.close();
    return to;
  }
  const size = from.map();
  const to = Object.fromEntries(
    Object.values(like)
      .slice(0, size)
      .map((each) => [from.string() ?? "no key", read(from, each)]),
  );
  from.close();
  return to;
}

function begun(bytes: Uint8Array, within = bounds): MsgpackReader {
  const from = new MsgpackReader();
  from.begin(spanOf(bytes), within);
  return from;
}

/** The bytes with others around them, as in a chunk: none of these may be looked at. */
function among(bytes: Uint8Array): Span {
  const around = Buffer.concat([Buffer.of(0xc1, 0xc1), bytes, Buffer.alloc(9, 0xc1)]);
  return { bytes: around, from: 2, to: 2 + bytes.length };
}

function written(work: (to: MsgpackWriter) => void): Buffer {
  const to = new MsgpackWriter();
  work(to);
  return viewOf(to.take());
}

describe("what is written", () => {
  it("is what the library reads", () => {
    const to = new MsgpackWriter();
    fc.assert(
      fc.property(plain, (value) => {
        write(to, value);
        // Its binary values are Buffers: compared as what the library makes of its own bytes.
        expect(decodeValue(viewOf(to.take()), bounds)).toEqual(decodeValue(encodeValue(value), bounds));
      }),
      { numRuns: 2000 },
    );
  });

  it("is read back", () => {
    const to = new MsgpackWriter();
    const from = new MsgpackReader();
    fc.assert(
      fc.property(plain, (value) => {
        write(to, value);
        from.begin(among(viewOf(to.take())), bounds);
        expect(read(from, value)).toEqual(value);
        from.end();
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65_535, "cdffff"],
    [65_536, "ce00010000"],
    [2 ** 32 - 1, "ceffffffff"],
    [2 ** 32, "ca4f800000"],
    [2 ** 32 + 1, "cb41f0000000100000"],
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-128, "d080"],
    [-129, "d1ff7f"],
    [-32_768, "d18000"],
    [-32_769, "d2ffff7fff"],
    [-(2 ** 31), "d280000000"],
    [-(2 ** 31) - 1, "cbc1e0000000200000"],
    [0.5, "ca3f000000"],
    [0.1, "cb3fb999999999999a"],
    [Infinity, "ca7f800000"],
    [NaN, "cb7ff8000000000000"],
  ])("is %s in the shortest form that holds it", (value, hex) => {
    expect(written((to) => to.number(value)).toString("hex")).toBe(hex);
  });

  it.each([0, 1, 23, 24, 25, 31, 32, 255, 256, 65_535, 65_536])(
    "has the shortest header for a text of %s bytes",
    (length) => {
      for (const text of ["x".repeat(length), "é".repeat(length / 2) + "x".repeat(length % 2)]) {
        expect(written((to) => to.string(text))).toEqual(Buffer.from(encodeValue(text)));
      }
    },
  );

  it("replaces half of a surrogate pair", () => {
    expect(
      decodeValue(
        written((to) => to.string("a\ud800b")),
        bounds,
      ),
    ).toBe("a\ufffdb");
  });

  it("is in memory of the caller's, whatever is written next", () => {
    const to = new MsgpackWriter();
    for (const length of [10, 5000, 70_000]) {
      to.bytes(new Uint8Array(length).fill(7));
      const first = viewOf(to.take());
      const copy = Buffer.from(first);
      to.bytes(new Uint8Array(length).fill(9));
      to.take();
      expect(copy.equals(first)).toBe(true);
    }
  });

  it("does not keep the memory of a large message for the small ones behind it", () => {
    const to = new MsgpackWriter();
    for (const end of [() => to.take(), () => to.reset()]) {
      for (let index = 0; index < 20_000; index++) to.number(index);
      end();
      to.nil();
      expect(to.take().bytes.buffer.byteLength).toBeLessThanOrEqual(16_384);
    }
  });

  it("is forgotten on reset", () => {
    const to = new MsgpackWriter();
    to.string("x".repeat(100_000));
    to.reset();
    to.nil();
    expect(viewOf(to.take()).toString("hex")).toBe("c0");
  });
});

describe("reading", () => {
  it("takes what the library writes", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const from = begun(encodeValue(value));
        expect(read(from, value)).toEqual(value);
        from.end();
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves what was not asked for where it is", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const from = begun(encodeValue([value, "behind"]));
        from.array();
        if (value !== null) expect(from.nil()).toBe(false);
        if (value !== undefined) expect(from.absent()).toBe(false);
        if (typeof value !== "boolean") expect(from.boolean()).toBeUndefined();
        if (typeof value !== "number" && typeof value !== "bigint") {
          expect(from.number()).toBeUndefined();
          expect(from.bigint()).toBeUndefined();
        }
        if (typeof value !== "string") expect(from.string()).toBeUndefined();
        if (!(value instanceof Uint8Array)) expect(from.bytes()).toBeUndefined();
        if (!Array.isArray(value)) expect([from.array(), from.member(none)]).toEqual([-1, -1]);
        from.skip();
        expect(from.string()).toBe("behind");
        from.end();
      }),
      { numRuns: 1000 },
    );
  });

  it("copies bytes", () => {
    const message = written((to) => to.bytes(Uint8Array.of(1, 2, 3)));
    const bytes = begun(message).bytes();
    message.fill(0);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes?.constructor).toBe(Uint8Array);
    const large = new Uint8Array(70_000).fill(5);
    const copied = begun(written((to) => to.bytes(large))).bytes();
    expect([copied, copied?.buffer.byteLength]).toEqual([large, 70_000]);
  });

  // Holds PROTOCOL.md §10.1, §10.4.
  it("takes floats of 32 bits and integers of 64", () => {
    expect(begun(Buffer.from("ca3f000000", "hex")).number()).toBe(0.5);
    expect(begun(Buffer.from("cf0000000100000000", "hex")).number()).toBe(2 ** 32);
    expect(begun(Buffer.from("d3ffffffff00000000", "hex")).number()).toBe(-(2 ** 32));
  });

  it.each([
    ["an array", "dd00010000", (from: MsgpackReader) => from.array()],
    ["a map", "df00010000", (from: MsgpackReader) => from.map()],
    ["a text", "db00010000", (from: MsgpackReader) => from.string()],
    ["bytes", "c600010000", (from: MsgpackReader) => from.bytes()],
    ["a number", "cb00", (from: MsgpackReader) => from.number()],
    ["a member", "92", (from: MsgpackReader) => from.member(none)],
    ["an extension", "d400", (from: MsgpackReader) => from.absent()],
    ["the length of an array", "dc00", (from: MsgpackReader) => from.array()],
    ["the length of a text", "da00", (from: MsgpackReader) => from.string()],
    ["nothing", "", (from: MsgpackReader) => from.nil()],
  ])("refuses %s that claims more than there is, before it makes room", (_, hex, work) => {
    expect(() => work(begun(Buffer.from(hex, "hex")))).toThrow(MalformedValue);
  });

  // Holds PROTOCOL.md §10.2.
  it("refuses what is nested too deep or has too many values", () => {
    const deep = begun(Buffer.alloc(40, 0x91));
    for (let depth = 0; depth < 32; depth++) expect(deep.array()).toBe(1);
    expect(() => deep.array()).toThrow("nested deeper than 32 (limit maxDepth)");
    const many = begun(Buffer.from("dc0004c0c0c0c0", "hex"), { maxDepth: 2, maxValues: 4 });
    expect(() => many.array()).toThrow("more than 4 values (limit maxValues)");
    expect(begun(Buffer.from("dc0003c0c0c0", "hex"), { maxDepth: 2, maxValues: 4 }).array()).toBe(3);
  });

  it.each([
    ["9205", 5],
    ["927f", 127],
    ["92cc05", 5],
    ["92cd0005", 5],
    ["92ce00000005", 5],
    ["92cf0000000000000005", 5],
    ["92d005", 5],
    ["92d30000000000000005", 5],
    ["dc000205", 5],
    ["dd00000002cd0005", 5],
    ["92ff", -1],
    ["92d3ffffffffffffffff", -1],
    ["92cb3fe0000000000000", -1],
    ["92a135", -1],
    ["9105", -1],
    ["930506", -1],
    ["dc00010506", -1],
  ])("reads the head %s of a union's member as %d, however wide it was written", (hex, index) => {
    const head = Buffer.from(hex, "hex");
    const from = begun(Buffer.concat([head, Buffer.of(0xc3)]));
    expect(from.member(none)).toBe(index);
    // What is none is still there, as a whole.
    if (index < 0) expect(from.kind()).toBe("array");
    else expect(from.boolean()).toBe(true);
  });

  it("takes the head of a union's member for no level and no value", () => {
    const from = begun(Buffer.from("920091920192c0c0", "hex"), { maxDepth: 2, maxValues: 4 });
    expect([from.member(none), from.array(), from.member(none), from.array()]).toEqual([0, 1, 1, 2]);
    expect([from.nil(), from.nil()]).toEqual([true, true]);
    from.end();
  });

  it("counts the depth again once a container is closed", () => {
    const from = begun(encodeValue([[1], [2], [3]]), { maxDepth: 2, maxValues: 100 });
    from.array();
    for (let index = 1; index <= 3; index++) {
      from.array();
      expect(from.number()).toBe(index);
      from.close();
    }
    from.end();
  });

  // Holds PROTOCOL.md §10.2.
  it("refuses what is left over, other extensions and the byte that begins nothing", () => {
    const from = begun(Buffer.from("c0c0", "hex"));
    from.nil();
    expect(() => from.end()).toThrow("1 bytes follow the value");
    expect(() => begun(Buffer.from("d40101", "hex")).absent()).toThrow(MalformedValue);
    expect(() => begun(Buffer.from("c1", "hex")).number()).toThrow("0xc1");
  });

  it("never does more than throw a MalformedValue on mutated bytes, and skips what the guard accepts", () => {
    const mutation = fc.record({ value: plain, at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(mutation, ({ value, at, byte }) => {
        const bytes = Buffer.from(encodeValue(value));
        bytes[at % bytes.length] = byte;
        const from = begun(bytes);
        let refusal: string | undefined;
        try {
          from.skip();
          from.end();
        } catch (error) {
          if (!(error instanceof MalformedValue)) throw error;
          refusal = error.message;
        }
        expect(refusal === undefined).toBe(refuseValue(bytes, bounds) === undefined);
        const again = begun(bytes);
        try {
          read(again, value);
          again.end();
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedValue);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
