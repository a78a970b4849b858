import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asTemplate, boundsOf, within, type BoundsInit } from "../dist/bounds.js";

function faultOf(value: unknown, init: BoundsInit): string {
  try {
    within(value, "field", boundsOf(init));
  } catch (error) {
    return String(error);
  }
  return "none";
}

describe("a value within its bounds is the same value", () => {
  it.each<[unknown, BoundsInit]>([
    [1, { minimum: 1, maximum: 1, integer: true }],
    [-0.5, { minimum: -0.5 }],
    [5n, { minimum: 5, maximum: 5 }],
    [2n ** 70n, { minimum: 0 }],
    ["ab", { minLength: 2, maxLength: 2 }],
    ["", { minLength: 0 }],
    ["ab", { pattern: "b$" }],
    [new Uint8Array(3), { minLength: 3, maxLength: 3 }],
    [new Float64Array(1), { maxLength: 8 }],
    [new ArrayBuffer(2), { maxLength: 2 }],
    [[1, 2], { maxItems: 2 }],
    [new Set([1]), { maxItems: 1 }],
    [new Map([[1, 1]]), { maxItems: 1 }],
  ])("%o %j", (value, init) => {
    expect(within(value, "field", boundsOf(init))).toBe(value);
  });

  it("and what the bounds do not speak of passes", () => {
    const all = boundsOf({ minimum: 1, minLength: 1, pattern: "^a$", format: "uuid", maxItems: 0, integer: true });
    for (const value of [null, undefined, true, {}, new Date(0)]) expect(within(value, "field", all)).toBe(value);
  });
});

describe("a value beyond its bounds is refused with what was expected, and the kind or size of what came", () => {
  it.each<[unknown, BoundsInit, string]>([
    [0, { minimum: 1 }, "at least 1, got number"],
    [NaN, { minimum: 1 }, "at least 1, got number"],
    [NaN, { maximum: 1 }, "at most 1, got number"],
    [2, { maximum: 1.5 }, "at most 1.5, got number"],
    [2n, { maximum: 1 }, "at most 1, got bigint"],
    [0.5, { integer: true }, "an integer, got number"],
    [NaN, { integer: true }, "an integer, got number"],
    [Infinity, { integer: true }, "an integer, got number"],
    ["a", { minLength: 2 }, "at least 2 characters, got string of 1"],
    ["abc", { maxLength: 1 }, "at most 1 character, got string of 3"],
    [new Uint8Array(3), { maxLength: 2 }, "at most 2 bytes, got binary data of 3"],
    [new Int16Array(3), { minLength: 7 }, "at least 7 bytes, got binary data of 6"],
    ["secret", { pattern: "^a$" }, "text that matches ^a$, got string"],
    ["secret", { format: "uuid" }, "a uuid, got string"],
    ["secret", { format: "email" }, "an email, got string"],
    ["secret", { format: "uri" }, "a uri, got string"],
    ["secret", { format: "date-time" }, "a date-time, got string"],
    [[1, 2], { maxItems: 1 }, "at most 1 item, got array of 2"],
    [new Set([1]), { maxItems: 0 }, "at most 0 items, got Set of 1"],
    [
      new Map([
        [1, 1],
        [2, 2],
      ]),
      { maxItems: 1 },
      "at most 1 item, got Map of 2",
    ],
  ])("%o %j", (value, init, said) => {
    expect(faultOf(value, init)).toBe(`PayloadError: field: expected ${said}`);
  });

  it("whatever number it is", () => {
    fc.assert(
      fc.property(fc.double(), fc.double({ noNaN: true }), (value, minimum) => {
        expect(faultOf(value, { minimum }) === "none").toBe(value >= minimum || minimum === -Infinity);
      }),
    );
  });

  it("and too long a text never meets the pattern", () => {
    // Doubles its steps with each character: it would not end.
    const endless = "^(a+)+$";
    const text = `${"a".repeat(100_000)}b`;
    expect(faultOf(text, { pattern: endless, maxLength: 10 })).toContain("at most 10 characters, got string of 100001");
  });

  it("and the text that came is not told", () => {
    for (const init of [{ maxLength: 1 }, { pattern: "^$" }, { format: "uri" } as const]) {
      expect(faultOf("secret", init)).not.toContain("secret");
    }
  });
});

describe("a format", () => {
  const accepts = (format: BoundsInit["format"] & string, text: string) => faultOf(text, { format }) === "none";

  it.each([
    ["uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
    ["uuid", "00000000-0000-0000-0000-000000000000"],
    ["uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"],
    ["email", "a.b+c@example.co.uk"],
    ["email", "root@localhost"],
    ["uri", "https://user@example.org:8080/a/b?c=%20#d"],
    ["uri", "urn:isbn:0451450523"],
    ["uri", "http://[::1]/"],
    ["date-time", "2024-02-29T23:59:60Z"],
    ["date-time", "1985-04-12t23:20:50.52+01:00"],
  ] as const)("%s accepts %s", (format, text) => {
    expect(accepts(format, text)).toBe(true);
  });

  it.each([
    ["uuid", "f81d4fae7dec11d0a76500a0c91e6bf6"],
    ["uuid", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}"],
    ["uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6\n"],
    ["email", "a b@example.org"],
    ["email", "@example.org"],
    ["email", "a@-example.org"],
    ["email", `a@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.${"e".repeat(63)}.org`],
    ["uri", "/relative"],
    ["uri", "https://example.org/a b"],
    ["uri", "https://example.org/%zz"],
    ["date-time", "2023-02-29T00:00:00Z"],
    ["date-time", "2024-13-01T00:00:00Z"],
    ["date-time", "2024-01-01"],
    ["date-time", "2024-01-01T00:00:00"],
  ] as const)("%s refuses %j", (format, text) => {
    expect(accepts(format, text)).toBe(false);
  });

  it("date-time accepts every instant as ISO text", () => {
    const instants = fc.date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") });
    fc.assert(
      fc.property(instants, (instant) => {
        expect(accepts("date-time", instant.toISOString())).toBe(true);
      }),
    );
  });

  it("uuid accepts every version", () => {
    fc.assert(
      fc.property(fc.uuid(), (text) => {
        expect(accepts("uuid", text)).toBe(true);
      }),
    );
  });
});

describe("text of a template", () => {
  it("is text that its pattern matches, and is told by its type", () => {
    const pattern = /^order-\d+$/u;
    expect(asTemplate("order-7", "id", pattern, "`order-${number}`")).toBe("order-7");
    for (const value of ["order-", 7, null]) {
      expect(() => asTemplate(value, "id", pattern, "`order-${number}`")).toThrow(
        "id: expected `order-${number}`, got",
      );
    }
  });
});
