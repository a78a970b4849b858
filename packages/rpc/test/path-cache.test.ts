import * as fc from "fast-check";
import { expect, it } from "vitest";
import { bytesOfPath, pathOf } from "../dist/path-cache.js";

// Few letters of all widths, so that paths share their slots and differ by one byte.
const path = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "/", "é", "€", "😀"), maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 60 }),
);

it("gives each path its own bytes and each bytes their own text, whatever was asked for before", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 20 }), fc.nat({ max: 9 }), (paths, before) => {
      for (const each of [...paths, ...paths]) {
        const bytes = Buffer.from(each);
        expect(Buffer.compare(bytesOfPath(each), bytes)).toBe(0);
        const chunk = Buffer.concat([Buffer.alloc(before, 0x61), bytes, Buffer.of(0x61)]);
        expect(pathOf(chunk, before, before + bytes.length)).toBe(bytes.toString());
      }
    }),
    { numRuns: 500 },
  );
});

it("does not take a peer's bytes that are no UTF-8 for those of the text that they are read as", () => {
  const broken = Buffer.from([0x61, 0x2f, 0xff, 0x62]);
  const text = pathOf(broken, 0, broken.length);
  expect(text).toBe("a/\ufffdb");
  expect(Buffer.compare(bytesOfPath(text), Buffer.from(text))).toBe(0);
});
