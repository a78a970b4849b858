// What is written for readers of no TypeScript: JSON Schema, which a validator of others takes at its word, and Markdown.
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { emitJsonSchema, emitMarkdown, generate } from "../dist/index.js";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url));
const modelsOf = (...names: string[]) => generate(names.map(fixture)).outputs.map(({ model }) => model);

describe("the reference of a contract", () => {
  it.each(["orders", "catalog", "bounds", "forms"])("is the one that was approved: %s", async (name) => {
    await expect(emitJsonSchema(modelsOf(name))).toMatchFileSnapshot(`expected/${name}.schema.json`);
    await expect(emitMarkdown(modelsOf(name))).toMatchFileSnapshot(`expected/${name}.md`);
  });

  it("names no path of the machine", () => {
    const models = modelsOf("orders", "catalog");
    for (const text of [emitJsonSchema(models), emitMarkdown(models)])
      expect(text).not.toContain(fixture("").slice(0, -3));
  });

  it("of several files has every service, and a type that they share once", () => {
    const models = modelsOf("orders", "catalog");
    const definitions = Object.keys((JSON.parse(emitJsonSchema([...models, ...models])) as { $defs: object }).$defs);
    expect(definitions).toContain("Orders/place.arguments");
    expect(definitions).toContain("shop.catalog.v2/put.arguments");
    expect(definitions.filter((each) => each.startsWith("Receipt"))).toEqual(["Receipt"]);
    expect(emitMarkdown(models)).toMatch(/^## Orders$[^]*^## Catalog$/m);
  });
});

describe("the JSON Schema", () => {
  const ajv = new Ajv2020({ strict: true, strictTuples: false, strictTypes: false, allErrors: true });
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  // What a format means is not the schema's to say.
  for (const format of ["uuid", "email", "uri"]) ajv.addFormat(format, true);
  ajv.addSchema(JSON.parse(emitJsonSchema(modelsOf("orders", "catalog", "bounds", "forms"))) as object, "services");
  const validator = (name: string) =>
    ajv.getSchema(`services#/$defs/${encodeURIComponent(name.replaceAll("/", "~1"))}`) ?? expect.fail(`no ${name}`);

  const lines = [{ sku: "tea", count: 2 }];
  const order = { sku: "tea", quantity: 1, lines };
  const item = {
    id: "i",
    title: "t",
    colour: "red",
    level: 5,
    only: "one",
    price: { amount: "12", currency: "eur" },
    paid: true,
    stock: "-90071992547409930",
    picture: "AAEC",
    tags: ["a"],
    grid: [[1], []],
    place: [1, 2, null],
    counts: { a: 1 },
    byLevel: [[0, ["a"]]],
    nicknames: [],
    attributes: { a: "x", b: null, c: ["d"] },
    seller: { name: "s" },
    parent: null,
    "shelf-mark": "s",
    nothing: null,
    yes: true,
    blank: null,
  };

  it.each([
    ["Orders/place.arguments", [order]],
    ["Orders/place.arguments", [{ ...order, note: "n", unknown: 1 }, "one too many"]],
    ["Orders/place.result", { id: "r", placed: "2026-11-22T10:00:00.000Z" }],
    ["Orders/watch.result", { kind: "cancelled", id: "x" }],
    ["Orders/importRows.items", { sku: "x", count: "12345678901234567890" }],
    ["Orders/importRows.result", { rows: 1, failed: [[3, "why"]] }],
    ["Orders/cancel.arguments", ["id"]],
    ["Orders/cancel.arguments", ["id", null]],
    ["OutOfStock", { sku: "x", left: 0 }],
    ["Accounts/find.arguments", ["name", 7]],
    ["Accounts/load.arguments", [["1", "2", "3"]]],
    ["Item", item],
    ["Json", { a: [1, { b: null }] }],
    ["Page<Shelf>", { entries: [{ next: null }] }],
  ])("takes what the contract takes: %s", (name, value) => {
    const validate = validator(name);
    const isValid = validate(value);
    expect(validate.errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
  });

  it.each([
    ["Orders/place.arguments", []],
    ["Orders/place.arguments", [{ ...order, quantity: "1" }]],
    ["Orders/place.arguments", [{ ...order, lines: [{ sku: 1, count: 2 }] }]],
    ["Orders/place.result", { id: "r", placed: "yesterday" }],
    ["Orders/watch.result", { kind: "lost", id: "x" }],
    ["Orders/importRows.items", { sku: "x", count: 1.5 }],
    ["Orders/importRows.result", { rows: 1, failed: [[3]] }],
    ["OutOfStock", { sku: "x" }],
    ["Accounts/find.arguments", [""]],
    ["Accounts/find.arguments", ["name", 0]],
    ["Accounts/find.arguments", ["name", 1.5]],
    ["Accounts/load.arguments", [["1", "2", "3", "4"]]],
    ["Item", { ...item, colour: "green" }],
    ["Item", { ...item, place: [1, 2] }],
  ])("refuses what the contract refuses: %s", (name, value) => {
    expect(validator(name)(value)).toBe(false);
  });
});
