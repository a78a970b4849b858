import type { CallContext } from "@tautline/rpc";
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

/** Of an implementation: no prototype, methods as fields, inherited, with private fields. */
class Counter {
  #taken = 0;
  take(): number {
    return ++this.#taken;
  }
}

class Inheriting extends Counter {}

class Fields {
  readonly #taken = 7;
  readonly take = (): number => this.#taken;
}

describe("an implementation", () => {
  const service = defineService<object>("Stock", [stockMethod({ service: "Stock", name: "take" })]);

  it.each<[string, object, unknown]>([
    ["an instance of a class with private fields", new Counter(), 1],
    ["an instance that inherits its methods", new Inheriting(), 1],
    ["an instance with methods as fields", new Fields(), 7],
    ["a frozen object", Object.freeze({ take: () => 2 }), 2],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { take: () => 3 }), 3],
    ["a Proxy", new Proxy({ take: () => 4 }, {}), 4],
  ])("may be %s", (_what, implementation, answer) => {
    const binding = service.handle(implementation).handlers.get("Stock/take");
    expect(binding?.invoke([], {} as CallContext)).toBe(answer);
  });

  it.each([undefined, null, "text", () => 1])("is refused where it is %s", (implementation) => {
    expect(() => service.handle(implementation as unknown as object)).toThrowError(
      "Stock.handle: the implementation must be an instance of a class or an object of functions",
    );
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
