// The rarer forms of types, through generated code: what they become on the wire, and what comes back.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liftPayload, lowerPayload } from "../../packages/rpc/dist/form.js";
import { load, method, sendArguments, sendResult } from "./generated-code.js";

const rare = await load("forms", "rareService");
const forms = method(rare, "forms");
const runs = { numRuns: 50 };

const text = fc.string();
const number = fc.double({ noNaN: true }).map((each) => each + 0);
const bigint = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n });
const date = fc.date({ noInvalidDate: true, min: new Date(-8e12), max: new Date(8e12) });
const key = text.filter((each) => each !== "__proto__");
const plain = { noNullPrototype: true };

const form = fc.record(
  {
    pair: fc.oneof(fc.tuple(text), fc.tuple(text, number)),
    path: fc.tuple(text, fc.array(bigint)).map(([first, rest]) => [first, ...rest]),
    all: fc.oneof(
      fc.tuple(date),
      fc.tuple(date, fc.array(text), fc.array(number)).map(([first, texts, rest]) => [first, new Set(texts), ...rest]),
    ),
    samples: fc.float64Array({ noNaN: true }),
    counters: fc.option(fc.bigInt64Array()),
    raw: fc.uint8Array().map((each) => new Uint8Array(each).buffer),
    sku: text,
    serial: bigint,
    length: number,
    width: number,
    size: fc.oneof(
      fc.constant("auto"),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => `${each}px`),
    ),
    order: fc.oneof(
      fc.nat().map((each) => `order-${each}`),
      text.map((each) => `draft/${each}`),
    ),
    version: bigint.map((each) => `v${each}`),
    span: fc.oneof(
      fc.tuple(fc.nat(), text).map(([first, second]) => `${first}-${second}x`),
      fc.tuple(text, text).map(([first, second]) => `/${first}/${second}`),
      fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((parts) => parts.join(".")),
    ),
    zero: fc.constant(0n),
    step: fc.constantFrom(-1n, 1n, 9007199254740993n, null),
    flags: fc.constantFrom(0, 1, 2, 3),
    rooms: fc.dictionary(fc.double().map(String), text, plain),
    byForm: fc.dictionary(
      text.map((each) => `x-${each}`),
      date,
      plain,
    ),
    colour: text,
  },
  plain,
);

/** One valid form, with some of it changed. */
const [sample] = fc.sample(form, { numRuns: 1, seed: 1 });
const changed = (change: object) => [{ ...sample, ...change }];

describe("a value survives lowering, msgpack and lifting", () => {
  it("in every rare form", () => {
    fc.assert(
      fc.property(form, (value) => {
        expect(sendArguments(forms, [value])).toStrictEqual([value]);
      }),
      runs,
    );
  });

  it.each<[string, fc.Arbitrary<unknown>]>([
    [
      "headers",
      fc
        .tuple(fc.dictionary(key, number, plain), fc.dictionary(key, text, plain), text, number)
        .map(([numbers, texts, host, length]) => ({ ...numbers, ...texts, host, length })),
    ],
    ["amount", fc.oneof(bigint, number, text)],
    ["hidden", fc.record({ a: text, next: fc.option(fc.record({ a: text, next: fc.constant(null) }, plain)) }, plain)],
  ])("as an argument of %s", (name, values) => {
    const of = method(rare, name);
    fc.assert(
      fc.property(values, (value) => {
        const args = name === "amount" ? [value, 1n] : [value];
        expect(sendArguments(of, args)).toStrictEqual(args);
      }),
      runs,
    );
  });

  it.each<[string, fc.Arbitrary<unknown>]>([
    [
      "headers",
      fc
        .tuple(fc.dictionary(fc.nat().map(String), bigint, plain), text, fc.option(date, { nil: undefined }))
        .map(([rounds, title, when]) => ({ ...rounds, title, when })),
    ],
    [
      "outcome",
      fc.oneof(
        fc.record({ ok: date }, plain),
        fc.record({ error: text, code: number }, { requiredKeys: ["error"], ...plain }),
        fc.record({ code: text }, { requiredKeys: [], ...plain }),
        fc.constant(null),
      ),
    ],
    ["amount", fc.array(fc.oneof(bigint, number, text))],
    ["beside", fc.oneof(text, number, fc.boolean())],
    [
      "tree",
      fc.letrec((tie) => ({ tree: fc.oneof({ maxDepth: 3 }, text, fc.dictionary(key, tie("tree"), plain)) })).tree,
    ],
    [
      "hidden",
      fc.oneof(
        fc.record({ entries: fc.array(fc.constant({ a: "a", next: null })) }, plain),
        fc.constantFrom([{ a: "a", next: null }], [{ a: "a", next: null, tree: "b" }, "c"]),
      ),
    ],
  ])("as a result of %s", (name, values) => {
    const of = method(rare, name);
    fc.assert(
      fc.property(values, (value) => {
        expect(sendResult(of, value)).toStrictEqual(value);
      }),
      runs,
    );
  });

  it("as an array, an object or binary data in one place", () => {
    const of = method(rare, "beside");
    for (const value of [["a"], { a: "a" }, new Float32Array([1, 2]), null]) {
      expect(sendArguments(of, [value])).toStrictEqual([value]);
    }
  });
});

describe("on the wire", () => {
  const wire = (change: object) => {
    const [lowered] = lowerPayload(forms.request, changed(change)) as [Record<string, unknown>];
    return lowered;
  };

  it("a tuple ends with its last element that is there", () => {
    expect(wire({ pair: ["a", undefined] })["pair"]).toEqual(["a"]);
    expect(wire({ all: [new Date(0), undefined, 1] })["all"]).toEqual([new Date(0), undefined, 1]);
    const [lifted] = liftPayload(forms.request, [wire({ pair: ["a", undefined] })]) as [{ pair: unknown[] }];
    expect(lifted.pair).toHaveLength(1);
  });

  it("binary data is its bytes", () => {
    expect(wire({ samples: new Float64Array([1]) })["samples"]).toEqual(Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]));
    expect(wire({ raw: new Uint8Array([7]).buffer })["raw"]).toEqual(Buffer.from([7]));
  });

  it("a branded primitive is the primitive", () => {
    expect(wire({ sku: "a", length: 2, serial: 3n })).toMatchObject({ sku: "a", length: 2, serial: 3 });
  });

  it("a bigint beside numbers or text is an array of its decimal text, and elsewhere an integer", () => {
    const amount = method(rare, "amount");
    expect(lowerPayload(amount.request, [5n, 5n])).toEqual([["5"], 5]);
    expect(lowerPayload(amount.request, [5, true])).toEqual([5, true]);
  });

  it("open keys lie beside the declared fields", () => {
    const { request } = method(rare, "headers");
    expect(lowerPayload(request, [{ host: "a", length: 1, other: "b", gone: undefined }])).toEqual([
      { host: "a", length: 1, other: "b" },
    ]);
  });
});

describe("what is not of its form is refused with its path", () => {
  it.each<[object, string]>([
    [{ pair: [] }, "pair[0]: expected string, got undefined"],
    [{ pair: ["a", "b"] }, "pair[1]: expected number, got string"],
    [{ path: ["a", 1n, "b"] }, "path[2]: expected bigint"],
    [{ samples: [1] }, "samples: expected "],
    [{ size: "7 px" }, 'size: expected "auto" | `${number}px`, got string'],
    [{ size: "px" }, 'size: expected "auto" | `${number}px`, got string'],
    [{ order: "order-x" }, "order: expected `draft/${string}` | `order-${number}`, got string"],
    [{ version: "v1.5" }, "version: expected `v${bigint}`, got string"],
    [{ zero: 1n }, "zero: expected 0n, got "],
    [{ step: 2n }, "step: expected -1n | 1n | 9007199254740993n, got "],
    [{ flags: 4 }, "flags: expected 0 | 1 | 2 | 3, got number"],
    [{ rooms: { a: "x" } }, "rooms[0]: expected key of the declared form, got another"],
    [{ rooms: { "01": "x" } }, "rooms[0]: expected key of the declared form, got another"],
    [{ byForm: { y: new Date(0) } }, "byForm[0]: expected key of the declared form, got another"],
  ])("%o", (change, message) => {
    const lower = () => lowerPayload(forms.request, changed(change));
    const lift = () => {
      const [plainForm] = lowerPayload(forms.request, [sample]) as [object];
      return liftPayload(forms.request, [{ ...plainForm, ...change }]);
    };
    for (const way of [lower, lift]) expect(way).toThrow(`forms.${message}`);
  });

  it("text that could be read in many ways and in none, in steps that are bounded", () => {
    // Ten million characters: with the square of them as steps, this would hang.
    for (const hostile of [`1-${"x-".repeat(5_000_000)}`, "/".repeat(10_000_000), "1".repeat(10_000_000)]) {
      const lower = () => lowerPayload(forms.request, changed({ span: hostile }));
      expect(lower).toThrow("forms.span: expected `${number}-${string}x` |");
      expect(() => lowerPayload(forms.request, changed({ size: hostile }))).toThrow("forms.size: expected ");
    }
  });

  it("bytes that do not come out even", () => {
    const [plainForm] = lowerPayload(forms.request, [sample]) as [object];
    const lift = () => liftPayload(forms.request, [{ ...plainForm, samples: new Uint8Array(9) }]);
    expect(lift).toThrow("forms.samples: expected bytes of Float64Array, a multiple of 8, got 9 bytes");
  });

  it("an object that none of the own fields tells apart is read as the one that has none", () => {
    const outcome = method(rare, "outcome");
    expect(liftPayload(outcome.request, [{ other: 1 }])).toEqual([{}]);
    expect(() => liftPayload(outcome.request, [{ ok: 1 }])).toThrow("outcome.ok: expected Date, got number");
    expect(() => liftPayload(outcome.request, ["ok"])).toThrow("outcome: expected object, got string");
  });

  it("a boxed bigint that holds anything but one decimal text", () => {
    const { request } = method(rare, "amount");
    for (const box of [[], [5], ["x"], ["5", "6"], [["5"]]]) {
      expect(() => liftPayload(request, [box, true])).toThrow(/^amount: expected /);
    }
  });

  it("an open key of __proto__, and an open value of another type", () => {
    const { request } = method(rare, "headers");
    const hostile: unknown = JSON.parse('[{"host":"a","__proto__":{"length":1}}]');
    expect(() => lowerPayload(request, hostile as unknown[])).toThrow("headers[0]: expected key other than __proto__");
    expect(() => liftPayload(request, hostile)).toThrow("the key __proto__");
    expect(() => liftPayload(request, [{ host: "a", other: true }])).toThrow(
      "headers[0]: expected number | string, got boolean",
    );
  });
});

describe("what is dropped", () => {
  it("are elements beyond a tuple's last, and keys that a numeric index signature does not mean", () => {
    const [lifted] = liftPayload(forms.request, lowerPayload(forms.request, changed({ pair: ["a", 1, "more"] }))) as [
      { pair: unknown[] },
    ];
    expect(lifted.pair).toEqual(["a", 1]);
    const { response = expect.fail() } = method(rare, "headers");
    expect(liftPayload(response, { title: "a", 1: 5, other: 6 })).toEqual({ title: "a", when: undefined, 1: 5n });
  });
});
