import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liftBuffer, liftTypedArray, lowerTypedArray } from "../dist/binary.js";

describe("a typed array", () => {
  it("is its bytes, the little end first", () => {
    expect([...lowerTypedArray(new Int16Array([1, -2]), "a", Int16Array)]).toEqual([1, 0, 254, 255]);
    expect([...lowerTypedArray(new Float32Array([1]), "a", Float32Array)]).toEqual([0, 0, 128, 63]);
    expect([...lowerTypedArray(new BigInt64Array([-1n]), "a", BigInt64Array)]).toEqual(new Array(8).fill(255));
  });

  it("comes back from bytes that lie anywhere", () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.nat(7), (value, shift) => {
        const lowered = lowerTypedArray(value, "a", Float64Array);
        const frame = new Uint8Array(lowered.length + shift);
        frame.set(lowered, shift);
        expect(liftTypedArray(frame.subarray(shift), "a", Float64Array)).toEqual(value);
      }),
    );
  });

  it("that is a part of a larger one sends that part alone", () => {
    const part = new Uint16Array([1, 2, 3]).subarray(1, 2);
    expect([...lowerTypedArray(part, "a", Uint16Array)]).toEqual([2, 0]);
  });

  it("has memory of its own once lifted", () => {
    const bytes = new Uint8Array(8);
    const lifted = liftTypedArray(bytes, "a", Uint32Array);
    bytes.fill(1);
    expect([...lifted]).toEqual([0, 0]);
  });

  it("of another class, or bytes that do not come out even, are refused", () => {
    const lower = () => lowerTypedArray(new Int8Array(8), "a", Float64Array);
    expect(lower).toThrow("a: expected Float64Array, got Int8Array");
    const lift = () => liftTypedArray(new Uint8Array(9), "a", Float64Array);
    expect(lift).toThrow("a: expected bytes of Float64Array, a multiple of 8, got 9 bytes");
    expect(() => liftTypedArray([1], "a", Float64Array)).toThrow("a: expected bytes of Float64Array, got array");
  });
});

describe("a buffer", () => {
  it("comes back as one of its own", () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const lifted = liftBuffer(bytes.subarray(1, 3), "a");
    expect(lifted).toBeInstanceOf(ArrayBuffer);
    bytes.fill(0);
    expect([...new Uint8Array(lifted)]).toEqual([2, 3]);
  });

  it("is neither a view on one nor anything else", () => {
    expect(() => liftBuffer("text", "a")).toThrow("a: expected bytes of ArrayBuffer, got string");
  });
});
