import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { RpcError } from "../dist/rpc-error.js";
import { recursiveSchemaOf } from "../dist/schema.js";
import type { Sample } from "./support/lab.js";
import { sampleSchema, totalSchema } from "./support/lab.rpc.js";

interface Chain {
  next: Chain | null;
}

function sample(): Sample {
  return {
    id: 1,
    text: "one",
    big: 2n ** 70n,
    at: new Date(0),
    bytes: Uint8Array.of(1),
    tags: new Set(["a"]),
    stock: new Map([[1, "one"]]),
    parent: null,
    slots: ["a", undefined],
  };
}

/** What another library does with a schema: it knows the standard alone. */
function issuesOf(schema: StandardSchemaV1, value: unknown): StandardSchemaV1.FailureResult["issues"] {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new Error("nothing here has to be waited for");
  return result.issues ?? [];
}

function refusalOf(value: unknown): RpcError {
  try {
    sampleSchema.assert(value);
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the value was taken");
}

describe("a schema", () => {
  it("has the name of its type", () => {
    expect(sampleSchema.name).toBe("Sample");
  });

  it("takes a value of its type, and gives back that same value", () => {
    const value = { ...sample(), parent: sample() };
    expect(sampleSchema.is(value)).toBe(true);
    expect(sampleSchema.assert(value)).toBe(value);
    expect(sampleSchema["~standard"].validate(value)).toEqual({ value });
  });

  it("takes a value with keys that the type does not declare", () => {
    expect(sampleSchema.is({ ...sample(), colour: "red" })).toBe(true);
  });

  it("narrows the type of what it takes", () => {
    const value: unknown = sample();
    if (!sampleSchema.is(value)) throw new Error("refused");
    const text: string = value.text;
    expect(text).toBe("one");
  });

  it("tells every place that is wrong, what was expected there and what came, and never the value", () => {
    const value = {
      ...sample(),
      id: "secret",
      at: new Date(NaN),
      tags: new Set(["a", 2]),
      stock: new Map([[1, 1]]),
      parent: { ...sample(), big: 1 },
    };
    expect(sampleSchema.is(value)).toBe(false);
    const refusal = refusalOf(value);
    expect(refusal.code).toBe("invalid-argument");
    expect(refusal.details).toEqual({
      failures: [
        { path: "Sample.at", expected: "Date", actual: "invalid Date" },
        { path: "Sample.id", expected: "number", actual: "string" },
        { path: "Sample.parent.big", expected: "bigint", actual: "number" },
        { path: "Sample.stock[0].value", expected: "string", actual: "number" },
        { path: "Sample.tags[1]", expected: "string", actual: "number" },
      ],
    });
    expect(refusal.message).not.toContain("secret");
    expect(issuesOf(sampleSchema, value)).toEqual([
      { message: "expected Date, got invalid Date", path: ["at"] },
      { message: "expected number, got string", path: ["id"] },
      { message: "expected bigint, got number", path: ["parent", "big"] },
      { message: "expected string, got number", path: ["stock", 0, "value"] },
      { message: "expected string, got number", path: ["tags", 1] },
    ]);
  });

  it.each([undefined, null, 1, "text", [], new Map()])("refuses %o", (value) => {
    expect(sampleSchema.is(value)).toBe(false);
    expect(issuesOf(sampleSchema, value)).toEqual([
      { message: expect.stringContaining("expected object, got ") as string, path: [] },
    ]);
  });

  // By functions that import nothing: where the stack runs out, the test runner's imports give undefined and not an error.
  it("refuses a value that holds itself", () => {
    const isChain = (value: unknown): value is Chain => {
      const { next } = value as Chain;
      return next === null || isChain(next);
    };
    const schema = recursiveSchemaOf("Chain", isChain, (_to, value) => isChain(value));
    const value: Chain = { next: null };
    expect(schema.assert({ next: value })).toEqual({ next: value });
    value.next = value;
    expect(schema.is(value)).toBe(false);
    expect(() => schema.assert(value)).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: "value: expected nesting that ends, got a circle, or more levels than the stack has",
      }) as Error,
    );
  });

  it("of a type that does not lead back to itself takes and refuses as the others", () => {
    const value = { label: "all", sum: 3, count: 2 };
    expect(totalSchema.assert(value)).toBe(value);
    expect(() => totalSchema.assert({ ...value, sum: "3" })).toThrow(
      expect.objectContaining({ code: "invalid-argument", message: "Total.sum: expected number, got string" }) as Error,
    );
  });
});
