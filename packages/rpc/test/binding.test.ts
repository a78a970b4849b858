import { describe, expect, it } from "vitest";
import { defineMethod, defineService, type MethodInit } from "../dist/binding.js";
import { argumentsOf, nothing } from "../dist/payload.js";
import { stockMethod } from "./support/stock-methods.js";

function method(service: string, name: string): MethodInit {
  return {
    service,
    name,
    shape: "unary",
    parameters: 0,
    request: argumentsOf(() => []),
    requestItem: undefined,
    response: nothing,
    errors: [],
    timeoutMs: undefined,
    idempotent: false,
  };
}

it("takes a path of 255 bytes of UTF-8, and refuses the one that OPEN could not carry", () => {
  expect(defineMethod(method("shop.Orders", "place")).path).toBe("shop.Orders/place");
  expect(Buffer.byteLength(defineMethod(method("é".repeat(100), "m".repeat(54))).path)).toBe(255);
  expect(() => defineMethod(method("é".repeat(100), "m".repeat(55)))).toThrowError(
    expect.objectContaining({
      code: "invalid-argument",
      message: expect.stringMatching(/is 256 bytes long, and 255 can be sent: shorten/),
    }),
  );
});

describe("a method", () => {
  const take = { service: "Stock", name: "take" };
  const fingerprint = "0123456789abcdef0123456789abcdef";

  it("can be agreed on where it has a fingerprint, and a positional form for everything that it carries", () => {
    expect(stockMethod({ ...take, fingerprint }).positional).toBe(true);
    expect(stockMethod(take).positional).toBe(false);
    expect(stockMethod({ ...take, fingerprint, positional: false }).positional).toBe(false);
    const whole = stockMethod({ ...take, fingerprint });
    expect(defineMethod({ ...whole, response: undefined, shape: "one-way" }).positional).toBe(true);
    const item = { lower: () => 1, lift: () => 1 };
    expect(defineMethod({ ...whole, requestItem: item, shape: "client-stream" }).positional).toBe(false);
  });

  it.each(["", "0123456789abcdef", `${fingerprint}0`, "0123456789ABCDEF0123456789ABCDEF", "x".repeat(32)])(
    "with the fingerprint %j is refused",
    (fingerprint) => {
      expect(() => stockMethod({ ...take, fingerprint })).toThrowError(/Stock\/take has the fingerprint ".*32 digits/);
    },
  );

  it("with a fingerprint of its service that HELLO could not carry is refused", () => {
    expect(() => stockMethod({ ...take, serviceFingerprint: "0123" })).toThrowError(/16 digits/);
  });
});

describe("a service", () => {
  const one = { service: "Stock", serviceFingerprint: "0123456789abcdef" };

  it("has the fingerprint that its methods tell", () => {
    const methods = [stockMethod({ ...one, name: "take" }), stockMethod({ ...one, name: "put" })];
    expect(defineService("Stock", methods).fingerprint).toBe("0123456789abcdef");
    expect(defineService("Stock", [stockMethod({ service: "Stock", name: "take" })]).fingerprint).toBeUndefined();
    expect(defineService("Stock", []).fingerprint).toBeUndefined();
  });

  it("is refused where they tell different ones", () => {
    const methods = [stockMethod({ ...one, name: "take" }), stockMethod({ service: "Stock", name: "put" })];
    expect(() => defineService("Stock", methods)).toThrowError(
      expect.objectContaining({
        code: "invalid-argument",
        message: "the methods of Stock tell different fingerprints of it: generate its file anew",
      }),
    );
  });
});
