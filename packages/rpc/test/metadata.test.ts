import { expect, it } from "vitest";
import { Metadata, type MetadataInit } from "../dist/metadata.js";

const invalid = expect.objectContaining({ name: "RpcError", code: "invalid-argument", executed: "no" });

it.each<[string, MetadataInit]>([
  ["an object", { a: "1", b: Uint8Array.of(2) }],
  [
    "pairs",
    [
      ["a", "1"],
      ["b", Uint8Array.of(2)],
    ],
  ],
  [
    "a Map",
    new Map<string, string | Uint8Array>([
      ["a", "1"],
      ["b", Uint8Array.of(2)],
    ]),
  ],
  ["Metadata", new Metadata({ a: "1", b: Uint8Array.of(2) })],
])("is made of %s", (_, init) => {
  expect([...new Metadata(init)]).toEqual([
    ["a", "1"],
    ["b", Uint8Array.of(2)],
  ]);
});

it("is a copy of the Metadata that it is made of", () => {
  const first = new Metadata({ a: "1" });
  const second = new Metadata(first).set("a", "2");
  expect([first.get("a"), second.get("a")]).toEqual(["1", "2"]);
});

it("has one value for each key, and gives text only where it is text", () => {
  const metadata = new Metadata().set("k", "1").set("k", "2").set("b", Uint8Array.of(1));
  expect([metadata.size, metadata.get("k"), metadata.text("k")]).toEqual([2, "2", "2"]);
  expect([metadata.get("b"), metadata.text("b"), metadata.text("none")]).toEqual([
    Uint8Array.of(1),
    undefined,
    undefined,
  ]);
  expect([metadata.delete("k"), metadata.delete("k"), metadata.has("k")]).toEqual([true, false, false]);
});

it("finds nothing under the names of a prototype's members", () => {
  const metadata = new Metadata();
  for (const key of ["constructor", "tostring", "__proto__"])
    expect([metadata.get(key), metadata.has(key)]).toEqual([undefined, false]);
});

it.each(["a", "0", "a-b_c.d", "traceparent", "x".repeat(64)])("takes the key %s", (key) => {
  expect(new Metadata().set(key, "v").has(key)).toBe(true);
});

it.each(["", "A", "_a", "-a", ".a", "a b", "ä", "a\n", "x".repeat(65), "__proto__", "a/b"])(
  "refuses the key %j",
  (key) => {
    expect(() => new Metadata().set(key, "v")).toThrowError(invalid);
    expect(() => Metadata.received(new Map([[key, "v"]]))).toThrowError(invalid);
  },
);

it("refuses a reserved key from a program and takes it from the peer", () => {
  expect(() => new Metadata({ "tautline-x": "1" })).toThrowError(/"tautline-x" is reserved.*begin with "tautline-"/);
  expect(Metadata.received(new Map([["tautline-x", "1"]])).get("tautline-x")).toBe("1");
});

it("refuses what is neither text nor bytes, and names the key", () => {
  const numbers: Iterable<readonly [string, string]> = JSON.parse('[["k", 1]]');
  expect(() => new Metadata(numbers)).toThrowError('metadata "k" must be a string or a Uint8Array, not number');
});
