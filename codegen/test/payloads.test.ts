// Runs generated code: what it lowers is encoded and decoded as on the wire, and lifted again.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liftPayload, lowerPayload } from "../../packages/rpc/dist/form.js";
import { PayloadError, type PayloadDetails } from "../../packages/rpc/dist/payload-error.js";
import { load, method, sendArguments, sendResult } from "./generated-code.js";

const catalog = await load("catalog", "catalogService");
const orders = await load("orders", "ordersService");

const key = fc.string().filter((each) => each !== "__proto__");

// Lifted objects are plain ones, so those that they are compared with must be.
function record<Model extends object, Required extends keyof Model = keyof Model>(
  model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> },
  requiredKeys: Required[] = Object.keys(model) as Required[],
) {
  return fc.record<Model, Required>(model, { noNullPrototype: true, requiredKeys });
}
function dictionary<Value>(values: fc.Arbitrary<Value>) {
  return fc.dictionary(key, values, { noNullPrototype: true, maxKeys: 4 });
}
const bigint = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n });
const number = fc.double({ noNaN: true }).map((each) => each + 0);
const date = fc.date({ noInvalidDate: true, min: new Date(-8e12), max: new Date(8e12) });
const bytes = fc.uint8Array().map((each) => new Uint8Array(each));
const level = fc.constantFrom(0, 5, 6);
const money = record(
  { amount: bigint, currency: fc.constantFrom("eur", "chf"), rounding: record({ digits: number }) },
  ["amount", "currency"],
);
const attribute = fc.oneof(fc.string(), number, fc.boolean(), fc.constant(null), fc.array(fc.string()));
const { item } = fc.letrec((tie) => ({
  item: record(
    {
      id: fc.string(),
      made: date,
      title: fc.string(),
      colour: fc.constantFrom("red", "blue"),
      level,
      size: fc.constantFrom("s", "l"),
      only: fc.constant("one"),
      price: money,
      paid: fc.boolean(),
      stock: bigint,
      picture: bytes,
      tags: fc.array(fc.string()),
      grid: fc.array(fc.array(number)),
      place: fc.tuple(number, number, fc.option(fc.string())),
      counts: dictionary(number),
      byLevel: fc
        .array(
          fc.tuple(
            level,
            fc.array(fc.string()).map((each) => new Set(each)),
          ),
        )
        .map((each) => new Map(each)),
      nicknames: fc.array(fc.string()).map((each) => new Set(each)),
      attributes: dictionary(attribute),
      seller: record({ name: fc.string(), address: record({ city: fc.string() }) }, ["name"]),
      parent: fc.option(tie("item"), { maxDepth: 2 }),
      replaced: fc.option(fc.string(), { nil: undefined }),
      either: fc.option(date),
      "shelf-mark": fc.string(),
      nothing: fc.constant(null),
      yes: fc.constant(true),
      blank: fc.constant(undefined),
    },
    [
      ...(["id", "title", "colour", "level", "only", "price", "paid", "stock", "picture", "tags", "grid"] as const),
      ...(["place", "counts", "byLevel", "nicknames", "attributes", "seller", "parent", "replaced"] as const),
      ...(["shelf-mark", "nothing", "yes", "blank"] as const),
    ],
  ),
}));
const circle = record({ kind: fc.constant("circle"), radius: number });
const shape = fc.oneof(
  circle,
  record({ kind: fc.constant("square"), side: bigint }),
  record({ kind: fc.constantFrom("dot", "point"), at: date }),
);
const mixed = fc.oneof(
  fc.constantFrom("auto", 7, null, undefined),
  date,
  bytes,
  circle,
  fc.array(fc.tuple(fc.string(), number)).map((each) => new Map(each)),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    record({ leaf: fc.string(), children: fc.constant([]) }),
    record({ leaf: fc.string(), children: fc.array(tie("tree"), { maxLength: 3 }) }),
  ),
}));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.oneof(fc.string(), number, fc.boolean(), fc.constant(null)),
    fc.array(tie("json"), { maxLength: 3 }),
    dictionary(tie("json")),
  ),
}));

describe("a value survives lowering, msgpack and lifting", () => {
  const runs = { numRuns: 50 };

  it("of every kind in one object", () => {
    const put = method(catalog, "put");
    fc.assert(
      fc.property(item, (value) => {
        expect(sendArguments(put, [value])).toStrictEqual([value]);
      }),
      runs,
    );
  });

  it.each([
    ["get", fc.option(item)],
    ["shapes", fc.option(shape, { nil: undefined })],
    [
      "painted",
      fc.oneof(
        record({ colour: fc.constant("red"), depth: number }),
        record({ colour: fc.constant("blue"), hue: fc.string() }),
      ),
    ],
    ["mixed", fc.array(mixed)],
    ["tree", tree],
    ["json", json],
    ["many", fc.tuple(fc.constantFrom("eur", "chf"), bigint)],
    ["patch", record({ entries: fc.array(fc.option(fc.constantFrom("red", "blue"))), next: fc.string() })],
  ])("as a result of %s", (name, values: fc.Arbitrary<unknown>) => {
    const of = method(catalog, name);
    fc.assert(
      fc.property(values, (value) => {
        expect(sendResult(of, value)).toStrictEqual(value);
      }),
      runs,
    );
  });

  it("as an item of a stream", () => {
    const { requestItem = expect.fail() } = method(orders, "importRows");
    fc.assert(
      fc.property(record({ sku: fc.string(), count: bigint }), (row) => {
        expect(liftPayload(requestItem, lowerPayload(requestItem, row))).toStrictEqual(row);
      }),
      runs,
    );
  });
});

describe("only what the contract declares crosses", () => {
  const line = { sku: "a", count: 1 };

  it("extra fields neither leave nor arrive, however deep", () => {
    const place = method(orders, "place");
    const given = { sku: "a", quantity: 1, lines: [{ ...line, secret: 1 }], secret: 2 };
    const kept = { sku: "a", quantity: 1, lines: [line] };
    expect(lowerPayload(place.request, [given, "extra"])).toStrictEqual([kept]);
    expect(liftPayload(place.request, [given, "extra"])).toStrictEqual([kept]);
  });

  it("an absent field stays absent, and one that is undefined is not sent", () => {
    const place = method(orders, "place");
    const [lowered] = lowerPayload(place.request, [{ sku: "a", quantity: 1, lines: [], note: undefined }]) as [object];
    expect(Object.keys(lowered)).toEqual(["lines", "quantity", "sku"]);
    const [lifted] = liftPayload(place.request, [{ sku: "a", quantity: 1, lines: [], note: undefined }]) as [object];
    expect(Object.keys(lifted)).toEqual(["lines", "quantity", "sku"]);
  });

  it("a key that leads to a prototype changes nothing", () => {
    const place = method(orders, "place");
    const kept = { sku: "a", quantity: 1, lines: [] };
    const hostile: unknown = JSON.parse(
      '[{"sku":"a","quantity":1,"lines":[],"__proto__":{"note":"x"},"constructor":1}]',
    );
    expect(lowerPayload(place.request, hostile as unknown[])).toStrictEqual([kept]);
    expect(() => liftPayload(place.request, hostile)).toThrow("the key __proto__");
    const [lifted] = liftPayload(place.request, [{ ...kept, constructor: 1, prototype: 2 }]) as [object];
    expect(lifted).toStrictEqual(kept);
    expect(Object.getPrototypeOf(lifted)).toBe(Object.prototype);
  });

  it("optional arguments may be missing", () => {
    const cancel = method(orders, "cancel");
    expect(sendArguments(cancel, ["1"])).toEqual(["1", undefined]);
    expect(sendArguments(cancel, ["1", "late"])).toEqual(["1", "late"]);
  });
});

describe("a value of another type is refused with its path", () => {
  it.each<[string, unknown, string]>([
    ["json", [new Date(0)], "json: expected Json[] | Record<string, Json> | boolean | number | string, got Date"],
    [
      "json",
      [{ a: [1, { b: undefined }, new Date(0)] }],
      "json[0][2]: expected Json[] | Record<string, Json> | boolean | number | string, got Date",
    ],
    [
      "shapes",
      [[{ kind: "circle", radius: 1 }, { kind: "cube" }]],
      'shapes[1].kind: expected "dot" | "point" | "circle" | "square", got string',
    ],
    ["shapes", [["circle"]], "shapes[0]: expected object, got string"],
    ["painted", [{ colour: "red", depth: "deep" }], "painted.depth: expected number, got string"],
    ["tree", [{ leaf: "a", children: [{ leaf: "b" }] }], "tree.children[0].children: expected array, got undefined"],
    ["flags", ["c", -1], 'flags: expected 0 | "a" | "b", got string'],
    ["pair", ["a", [["red"]]], 'right[0][1]: expected "l" | "s", got undefined'],
  ])("%s: %j", (name, args, message) => {
    const { request } = method(catalog, name);
    expect(() => lowerPayload(request, args as unknown[])).toThrow(new RegExp(`^${escape(message)}$`));
    expect(() => liftPayload(request, args)).toThrow(new RegExp(`^${escape(message)}$`));
  });
});

describe("a value that is wrong in several places is refused with each of them", () => {
  it.each<[string, string, unknown[], string[]]>([
    [
      "the objects of a union, of which an unknown one is not looked into",
      "shapes",
      [[{ kind: "circle", radius: "1" }, { kind: "cube", radius: "1" }, "dot", { kind: "dot" }]],
      ["shapes[0].radius", "shapes[1].kind", "shapes[2]", "shapes[3].at"],
    ],
    [
      "nested arrays",
      "tree",
      [
        {
          leaf: 1,
          children: [
            { leaf: "a", children: [{ leaf: 2, children: null }] },
            { leaf: 3, children: [] },
          ],
        },
      ],
      [
        "tree.children[0].children[0].children",
        "tree.children[0].children[0].leaf",
        "tree.children[1].leaf",
        "tree.leaf",
      ],
    ],
    [
      "arguments and tuples",
      "pair",
      [1, [["red", "s"], ["green"], 7]],
      ["left", "right[1][0]", "right[1][1]", "right[2]"],
    ],
    ["values of any depth", "json", [{ a: 1, b: new Date(0), c: [1, new Date(1)] }], ["json[1]", "json[2][1]"]],
  ])("%s", (_, name, args, paths) => {
    const { request } = method(catalog, name);
    for (const refused of [() => lowerPayload(request, args), () => liftPayload(request, args)]) {
      expect(detailsOf(refused).failures.map(({ path }) => path)).toEqual(paths);
    }
  });

  it("whichever way it goes, and whatever else it holds", () => {
    const put = method(catalog, "put");
    const [wrong] = fc.sample(item, 1).map((each) => ({
      ...each,
      colour: "green",
      price: { amount: 1, currency: "eur", rounding: { digits: "2" } },
      byLevel: [["low", [1]]],
      counts: { fine: 1, hunter2: "1" },
    }));
    const paths = ["item.colour", "item.price.amount", "item.price.rounding.digits", "item.counts[1]"];
    const lowered = detailsOf(() => lowerPayload(put.request, [wrong]));
    expect(lowered.failures.map(({ path }) => path).sort()).toEqual([...paths, "item.byLevel"].sort());
    expect(JSON.stringify(lowered)).not.toContain("hunter2");
  });

  it("as the page of types shows", () => {
    const page = readFileSync(new URL("../../docs/types.md", import.meta.url), "utf8");
    const section = page.split("\n## A value that does not fit\n")[1] ?? "";
    const block = (language: string) =>
      new RegExp(`^\`\`\`${language}\n(.*?)\n^\`\`\`$`, "ms").exec(section)?.[1] ?? "";
    expect(block("ts")).toBe('orders.place({ sku: 7, quantity: 1, lines: [{ sku: "tea" }, "milk"] });');
    const place = method(orders, "place");
    const given = [{ sku: 7, quantity: 1, lines: [{ sku: "tea" }, "milk"] }];
    for (const refused of [() => lowerPayload(place.request, given), () => liftPayload(place.request, given)]) {
      expect(`${place.path}: ${errorOf(refused).message}`).toBe(block("text"));
      expect(detailsOf(refused)).toEqual(JSON.parse(block("json")));
    }
  });
});

function errorOf(work: () => unknown): PayloadError {
  try {
    work();
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function detailsOf(work: () => unknown): PayloadDetails {
  return errorOf(work).details;
}

function escape(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
