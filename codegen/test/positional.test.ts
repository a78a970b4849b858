// The positional form of generated code: the vectors of PROTOCOL.md §10.5, and what a reader does with bytes that do not fit.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodePayload, encodePayload } from "../../packages/rpc/dist/form.js";
import { spanOf, viewOf } from "../../packages/rpc/dist/span.js";
import { loadText, method } from "./generated-code.js";

interface Vector {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  readonly bytes: string;
  readonly decodeOnly?: boolean;
}

const file = new URL("../../test/vectors/positional.json", import.meta.url);
const { declarations, vectors } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly declarations: readonly string[];
  readonly vectors: readonly Vector[];
};
const source = [
  ...declarations.map((each) => `export ${each}`),
  "export interface Vectors {",
  ...vectors.map(({ type }, index) => `  v${index}(): Promise<${type}>;`),
  "}",
];
const service = await loadText("vectors", source.join("\n"), "vectorsService");
const bounds = { maxDepth: 32, maxValues: 65_536 };

/** JSON's notation of what it lacks. */
function valueOf(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(valueOf);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json);
  const [tag, content] = entries[0] ?? [];
  if (tag === "$undefined") return undefined;
  if (tag === "$bytes") return new Uint8Array(Buffer.from(String(content), "hex"));
  if (tag === "$date") return new Date(Number(content));
  if (tag === "$int") return BigInt(String(content));
  if (tag === "$set") return new Set((content as unknown[]).map(valueOf));
  if (tag === "$map") return new Map(content as [unknown, unknown][]);
  return Object.fromEntries(entries.map(([key, part]) => [key, valueOf(part)]));
}

function responseOf(index: number) {
  const { response } = method(service, `v${index}`);
  if (response === undefined) throw new Error(`v${index} has no response`);
  return response;
}

describe.each(vectors.map((each, index) => ({ ...each, index })))(
  "$name: $type",
  ({ index, value, bytes, decodeOnly }) => {
    const hex = bytes.replaceAll(" ", "");

    it.skipIf(decodeOnly === true)("is written as these bytes", () => {
      expect(viewOf(encodePayload(responseOf(index), valueOf(value), "positional")).toString("hex")).toBe(hex);
    });

    it("is read from these bytes", () => {
      expect(decodePayload(responseOf(index), spanOf(Buffer.from(hex, "hex")), "positional", bounds)).toEqual(
        valueOf(value),
      );
    });
  },
);

describe("bytes that do not fit the contract", () => {
  const read = (name: string, hex: string): unknown => {
    const index = vectors.findIndex((each) => each.name === name);
    return decodePayload(responseOf(index), spanOf(Buffer.from(hex.replaceAll(" ", ""), "hex")), "positional", bounds);
  };

  it.each([
    ["fields by name, whatever their order in the source", "91 02", "result: expected object, got array of 1"],
    ["fields by name, whatever their order in the source", "93 02 a0 c0", "result: expected object, got array of 3"],
    ["fields by name, whatever their order in the source", "80", "result: expected object, got another object"],
    [
      "fields by name, whatever their order in the source",
      "92 c0 05",
      "result.count: expected number, got null; result.sku: expected string, got number",
    ],
    ["an array", "93 01 a161 c3", "result[0]: expected string, got number; result[2]: expected string, got boolean"],
    ["a Map is keys and values in turn", "91 a161", "result: expected keys and values in turn, got array of 1"],
    [
      "a Map is keys and values in turn",
      "92 01 a161",
      "result[0].key: expected string, got number; result[0].value: expected number, got string",
    ],
    ["the number of a literal, by the order of their texts", "02", 'result: expected "large" | "small", got another'],
    ["the number of a literal, by the order of their texts", "ff", 'result: expected "large" | "small", got another'],
    [
      "the number of a literal, by the order of their texts",
      "ca3f000000",
      'result: expected "large" | "small", got another',
    ],
    ["a member by its discriminant", "92 02 c0", "result: expected object, got another"],
    ["a member by its discriminant", "92 c0 c0", "result: expected object, got array"],
    [
      "a member by its discriminant",
      "92 01 92 a1 78 05",
      'result.kind: expected "dog", got string; result.name: expected string, got number',
    ],
    ["a Date is milliseconds", "cb7ff8000000000000", "result: expected Date, got invalid Date"],
    ["a Date is milliseconds", "ca3f000000", "result: expected Date, got invalid Date"],
    [
      "a small bigint",
      "a3312e35",
      "result: expected bigint, safe integer or at most 1300 decimal characters, got string",
    ],
    ["a template", "a1 61", "result: expected `a-${number}`, got string"],
  ])("of %s: %s", (name, hex, message) => {
    expect(() => read(name, hex)).toThrow(expect.objectContaining({ name: "PayloadError", message }) as Error);
  });

  it.each([
    ["a Record is a map", "81 a9 5f5f70726f746f5f5f 01", /__proto__/],
    ["an index signature stands behind the fields", "92 01 81 a9 5f5f70726f746f5f5f 01", /__proto__/],
    ["an index signature stands behind the fields", "92 01 81 a2 6964 05", /key of the declared form/],
  ])("%s: %s pollutes nothing", (name, hex, message) => {
    expect(() => read(name, hex)).toThrow(message);
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("are refused as no value where they end early, go on, or are nested too deep", () => {
    for (const hex of ["92 02", "9202a374656100", "c1"]) {
      expect(() => read("fields by name, whatever their order in the source", hex)).toThrow(
        expect.objectContaining({ name: "MalformedValue" }) as Error,
      );
    }
    const deep = `${"92 91 ".repeat(40)} 90 a0`;
    expect(() => read("a type that holds itself", deep)).toThrow("nested deeper than 32 (limit maxDepth)");
  });
});
