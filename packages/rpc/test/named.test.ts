// The named form as other programs write and read it: by msgpackr, in any order of keys, with more or fewer of them.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../dist/codec.js";
import { failures, inside } from "../dist/failures.js";
import { fieldsOf, membersOf, type Fields } from "../dist/fields.js";
import { decodePayload, encodePayload, liftPayload, lowerPayload, type Form } from "../dist/form.js";
import { MalformedValue } from "../dist/malformed-value.js";
import { PayloadError } from "../dist/payload-error.js";
import {
  choicesOf,
  notFields,
  payloadOf,
  readArray,
  readChoice,
  readDate,
  readNumber,
  readTuple,
  readUndefined,
  writeChoice,
  writeDate,
  writeNumber,
  writeUndefined,
} from "../dist/generated.js";
import type { PayloadType } from "../dist/service.js";
import { spanOf, viewOf } from "../dist/span.js";

const bounds = { maxDepth: 32, maxValues: 65_536 };

/** An object whose fields are numbers, each of which may be absent; an array of such objects lies in the last one. */
function objectOf(fields: Fields): PayloadType<Record<string, unknown>> {
  const { names } = fields;
  return payloadOf<Record<string, unknown>>(
    "value",
    (to, value) => {
      const given = value as Readonly<Record<string, number | undefined>>;
      to.object(fields, names.length);
      for (const name of names) {
        const number = given[name];
        if (number === undefined) to.absent();
        else to.number(number);
      }
    },
    (from, at) => {
      const length = from.object(fields);
      if (length !== names.length) return notFields(from, at, length);
      const before = failures();
      const to: Record<string, unknown> = {};
      for (const name of names) if (!from.absent()) to[name] = readNumber(from, name);
      from.leave();
      return inside(to, before, at);
    },
  );
}

const name = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "grapheme", minLength: 30, maxLength: 300 }),
);
/** `__proto__` is refused wherever it is a key (PROTOCOL.md §10). */
const key = name.filter((each) => each !== "__proto__");
const names = fc.uniqueArray(key, { minLength: 1, maxLength: 40 });
/** −0 may arrive as 0. */
const number = fc.option(
  fc.double({ noNaN: true }).map((each) => each + 0),
  { nil: undefined },
);
const plain = { noNullPrototype: true };

describe("an object", () => {
  it("is the map that msgpackr reads, without its absent fields, however many there are", () => {
    fc.assert(
      fc.property(names, fc.infiniteStream(number), (all, draw) => {
        const value = Object.fromEntries(all.map((each) => [each, draw.next().value]));
        const there = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
        expect(lowerPayload(objectOf(fieldsOf(...all)), value)).toEqual(there);
      }),
    );
  });

  it("is read from whatever order its keys have, without those that it does not declare", () => {
    const more = fc.dictionary(key, fc.anything({ key }), plain);
    fc.assert(
      fc.property(names, fc.nat(100), more, fc.infiniteStream(fc.nat()), (all, order, unknown, draw) => {
        const declared = all.toSorted();
        const value = Object.fromEntries(declared.map((each) => [each, draw.next().value]));
        const entries = Object.entries({ ...jsonOf(unknown), ...value });
        const turned = entries.map((_, index) => entries[(index + order) % entries.length] ?? ["", 0]);
        const bytes = encodeValue(Object.fromEntries(turned));
        const type = objectOf(fieldsOf(...declared));
        expect(decodePayload(type, spanOf(bytes), "named", bounds)).toEqual(value);
      }),
    );
  });

  it("has of two equal keys the later one's value", () => {
    const bytes = Buffer.from("83a16101a16202a16103", "hex");
    expect(decodePayload(objectOf(fieldsOf("a", "b")), spanOf(bytes), "named", bounds)).toEqual({ a: 3, b: 2 });
  });

  it("leaves what follows it where it is, whatever its own keys were", () => {
    const inner = objectOf(fieldsOf("a", "b"));
    const list = payloadOf<unknown[]>(
      "list",
      () => {},
      (from, at) => readArray(from, at, inner.read),
    );
    const given = [{ b: 1 }, {}, { c: [1, { a: 2 }], a: 3 }, { b: 4, a: 5 }, { c: 6 }];
    expect(liftPayload(list, given)).toEqual([{ b: 1 }, {}, { a: 3 }, { b: 4, a: 5 }, {}]);
  });

  it("that is cut off or changed anywhere is refused or read, and never half of both", () => {
    const inner = objectOf(fieldsOf("a", "b"));
    const list = payloadOf<unknown[]>(
      "list",
      () => {},
      (from, at) => readTuple(from, at, 1, [inner.read, readNumber], readNumber) as unknown[],
    );
    const given = [{ b: 1, c: ["text", 2.5], a: 300 }, 7, 8];
    const bytes = encodeValue(given);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
        const changed = Buffer.from(isCut ? bytes.subarray(0, at) : bytes);
        if (!isCut) changed[at] = byte;
        try {
          decodePayload(list, spanOf(changed), "named", bounds);
        } catch (error) {
          expect([PayloadError, MalformedValue]).toContain((error as Error).constructor);
        }
        expect(decodePayload(list, spanOf(bytes), "named", bounds)).toEqual([{ b: 1, a: 300 }, 7, 8]);
      }),
      { numRuns: 2000 },
    );
  });

  // Holds PROTOCOL.md §10.2.
  it("is looked over as a whole: what nobody reads keeps within the bounds, too", () => {
    const type = objectOf(fieldsOf("a"));
    const read = (value: unknown, own = bounds) => decodePayload(type, spanOf(encodeValue(value)), "named", own);
    expect(() => read({ a: 1, b: [[[]]] }, { ...bounds, maxDepth: 3 })).toThrow(/deeper than 3/);
    expect(() => read({ a: 1, b: [1, 2, 3] }, { ...bounds, maxValues: 7 })).toThrow(/more than 7 values/);
    expect(read({ a: 1, b: [1, 2] }, { ...bounds, maxValues: 7 })).toEqual({ a: 1 });
    const hostile = JSON.parse('{"a":1,"b":{"__proto__":{}}}') as unknown;
    expect(() => read(hostile)).toThrow("the key __proto__");
  });
});

describe("a Date", () => {
  const date = payloadOf<unknown>("at", writeDate, readDate);

  it("is the timestamp that msgpackr reads and writes", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (value) => {
        expect(decodeValue(viewOf(encodePayload(date, value, "named")), bounds)).toEqual(value);
        expect(decodePayload(date, spanOf(encodeValue(value)), "named", bounds)).toEqual(value);
      }),
      { examples: [[new Date(0)], [new Date(-1)], [new Date(2 ** 32 * 1000)], [new Date(2 ** 34 * 1000 - 1)]] },
    );
  });

  it("beyond those that JavaScript has is refused", () => {
    const bytes = Buffer.from("c70cff000000007fffffffffffffff", "hex");
    expect(() => decodePayload(date, spanOf(bytes), "named", bounds)).toThrow("at: expected Date, got invalid Date");
  });
});

describe("an integer that no number is", () => {
  const number = payloadOf<number>("at", writeNumber, readNumber);

  it.each(["named", "positional"] as const)("is refused, and not read as another, in the %s form", (form) => {
    for (const hex of ["cf0020000000000000", "d3ffe0000000000000", "cfffffffffffffffff"]) {
      const bytes = spanOf(Buffer.from(hex, "hex"));
      expect(() => decodePayload(number, bytes, form, bounds)).toThrow("at: expected number, got another number");
    }
    const most = spanOf(Buffer.from("cf001fffffffffffff", "hex"));
    expect(decodePayload(number, most, form, bounds)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

it.each<[string, PayloadType<unknown>, unknown]>([
  ["undefined alone", payloadOf<unknown>("at", writeUndefined, readUndefined), undefined],
  [
    "one of several values",
    payloadOf<unknown>(
      "at",
      (to, value, at) => writeChoice(to, value, at, choicesOf(["a", 1, true, 2n ** 60n])),
      (from, at) => readChoice(from, at, choicesOf(["a", 1, true, 2n ** 60n])),
    ),
    2n ** 60n,
  ],
])("%s is not read from anything else, which is passed over", (_, type, value) => {
  const two = payloadOf<unknown>(
    "two",
    () => {},
    (from, at) => readTuple(from, at, 2, [type.read, readNumber]),
  );
  for (const other of [[], [[1]], {}, { a: 1 }, null, 1.5, "", "1.5", false, new Date(0), new Uint8Array(3)]) {
    const refused = () => liftPayload(two, [other, 7]);
    expect(refused).toThrow(/^two\.at: expected [^;]*$/);
  }
  expect(liftPayload(two, [value, 7])).toEqual([value, 7]);
});

it("a number is a double, unless it is whole and fits in 32 bits", () => {
  const type = payloadOf<unknown>("at", writeNumber, readNumber);
  const hexOf = (value: number, form: Form) => viewOf(encodePayload(type, value, form)).toString("hex");
  expect([hexOf(0.5, "named"), hexOf(0.5, "positional")]).toEqual(["cb3fe0000000000000", "ca3f000000"]);
  expect([hexOf(2 ** 40, "named"), hexOf(2 ** 32 - 1, "named")]).toEqual(["cb4270000000000000", "ceffffffff"]);
});

describe("a member of a union", () => {
  const members = membersOf(
    "any",
    ["auto"],
    [7],
    [2n ** 60n],
    [null],
    [undefined],
    /^#/u,
    "string",
    "boolean",
    "Date",
    "bytes",
    "array",
    { has: "kind", of: ["a", 1] },
    { has: "kind", of: [true] },
  );
  const member = payloadOf<number>(
    "at",
    () => {},
    (from) => {
      const index = from.member(members);
      from.skip();
      return index;
    },
  );

  it.each<[unknown, number]>([
    ["auto", 0],
    [7, 1],
    [2n ** 60n, 2],
    ["1152921504606846976", 6],
    [null, 3],
    [undefined, 4],
    ["#7", 5],
    ["other", 6],
    [true, 7],
    [new Date(5), 8],
    [new Uint8Array(1), 9],
    [[], 10],
    [{ kind: "a" }, 11],
    [{ other: [1], kind: 1 }, 11],
    [{ kind: true, other: {} }, 12],
    [{ kind: "b" }, -1],
    [{ kind: null }, -1],
    [{}, -1],
    [8, -1],
    [1.5, -1],
  ])("%o is told by what it is", (value, index) => {
    expect(liftPayload(member, value)).toBe(index);
  });

  it("that an own field tells is told by any value but undefined; what has none of them is the last", () => {
    const own = membersOf("object", { has: "ok" }, "object", { has: "error" });
    const type = payloadOf<number>(
      "at",
      () => {},
      (from) => {
        const index = from.member(own);
        from.skip();
        return index;
      },
    );
    for (const [value, index] of [
      [{ ok: null }, 0],
      [{ error: 1, ok: undefined }, 2],
      [{ other: 1 }, 1],
    ] as const) {
      expect(liftPayload(type, value)).toBe(index);
    }
  });
});

/** What JSON keeps of it. */
function jsonOf(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each)),
  ) as object;
}
