import { describe, expect, it } from "vitest";
import { defineMethod, defineService, type MethodInit } from "../dist/binding.js";
import { argumentsOf, nothing } from "../dist/generated.js";
import { stockMethod } from "./support/stock.js";

function method(service: string, name: string): MethodInit {
  return {
    service,
    name,
    shape: "unary",
    parameters: 0,
    request: argumentsOf(0),
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
  const take = { service: "Stock", name: "take", serviceFingerprint: "0123456789abcdef" };
  const fingerprint = "0123456789abcdef0123456789abcdef";

  it.each([
    { ...take, fingerprint: "" },
    { ...take, fingerprint: "0123456789abcdef" },
    { ...take, fingerprint: `${fingerprint}0` },
    { ...take, fingerprint: fingerprint.toUpperCase() },
    { ...take, fingerprint: undefined },
    { ...take, fingerprint, serviceFingerprint: undefined },
    { ...take, fingerprint, serviceFingerprint: "0123456789abcde" },
  ])("with the fingerprints $fingerprint and $serviceFingerprint is refused", (fingerprints) => {
    expect(() => stockMethod(fingerprints)).toThrowError(/^Stock\/take has fingerprints that are not 32 digits/);
  });
});

describe("a service", () => {
  const one = {
    service: "Stock",
    fingerprint: "0123456789abcdef0123456789abcdef",
    serviceFingerprint: "0123456789abcdef",
  };

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
