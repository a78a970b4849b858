import { expect, it } from "vitest";
import { defineMethod, type MethodInit } from "../dist/binding.js";
import { argumentsOf, nothing } from "../dist/payload.js";

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
