import fc from "fast-check";
import { expect, test } from "vitest";
import { copyBytes, isSameBytes } from "../dist/copy-bytes.js";

const bytes = fc.uint8Array({ maxLength: 40 });

test("the asked bytes are copied, and nothing beside them", () => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(), fc.nat(), (own, target, cut, shift) => {
      const from = cut % (own.length + 1);
      const length = Math.min(own.length - from, target.length);
      const at = shift % (target.length - length + 1);
      const expected = Uint8Array.from(target);
      expected.set(own.subarray(from, from + length), at);
      copyBytes(target, at, own, from, length);
      expect(target).toEqual(expected);
    }),
  );
});

test("bytes are the same where each of them is", () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.nat(), (before, own, behind, which) => {
      const all = Uint8Array.from([...before, ...own, ...behind]);
      expect(isSameBytes(own, all, before.length)).toBe(true);
      if (own.length === 0) return;
      const at = before.length + (which % own.length);
      all[at] = (all[at] ?? 0) ^ 1;
      expect(isSameBytes(own, all, before.length)).toBe(false);
    }),
  );
});

test("what ends before is not the same", () => {
  expect(isSameBytes(Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(1, 2, 3, 4), 0)).toBe(false);
});
