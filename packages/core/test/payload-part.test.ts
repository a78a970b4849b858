import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { lengthPrefixed, PayloadPart } from "../dist/index.js";
import { cut, encodeAll } from "./support/frames.js";

/** Payloads of ten bytes or more come in parts, where a byte of them is in. */
const framing = lengthPrefixed({
  maxFrameBytes: 1 << 20,
  write: (item: Uint8Array, batch) => batch.append(item),
  read: (bytes, from, to) => bytes.subarray(from, to),
  takesParts: (_bytes, from, to, length) => to > from && length >= 10,
});

type Item = Buffer | PayloadPart;

/** The payloads that items are, whole again. */
function joined(items: readonly Item[]): Buffer[] {
  const payloads: Buffer[] = [];
  let parts: Uint8Array[] = [];
  for (const item of items) {
    if (!(item instanceof PayloadPart)) {
      expect(parts).toEqual([]);
      payloads.push(Buffer.from(item));
      continue;
    }
    expect(item.offset).toBe(Buffer.concat(parts).length);
    expect(item.to).toBeGreaterThan(item.from);
    parts.push(item.bytes.subarray(item.from, item.to));
    expect(Buffer.concat(parts).length === item.length).toBe(item.last);
    if (!item.last) continue;
    payloads.push(Buffer.concat(parts));
    parts = [];
  }
  expect(parts).toEqual([]);
  return payloads;
}

test("payloads are the same in parts, wherever chunks cut them", () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(payloads, fc.array(fc.nat(), { maxLength: 60 }), (payloads, places) => {
      const decoder = framing.decoder();
      const items: Item[] = [];
      let left = payloads.reduce((sum, { length }) => sum + 4 + length, 0);
      for (const chunk of cut(encodeAll(framing, payloads), places)) {
        decoder.push(chunk, items);
        left -= chunk.length;
        expect(decoder.bufferedBytes > 0 || left === 0 || isBoundary(payloads, left)).toBe(true);
      }
      expect(joined(items)).toEqual(payloads.map((bytes) => Buffer.from(bytes)));
      expect(decoder.bufferedBytes).toBe(0);
    }),
  );
});

/** Whether a frame begins `left` bytes before the end. */
function isBoundary(payloads: readonly Uint8Array[], left: number): boolean {
  let bytes = 0;
  return payloads.toReversed().some(({ length }) => (bytes += 4 + length) === left);
}

test("parts are views of their chunks, and nothing is allocated for them", () => {
  const bytes = encodeAll(framing, [Buffer.alloc(100_000, 1)]);
  const chunks = cut(
    bytes,
    Array.from({ length: 9 }, (_, index) => index * 10_000),
  );
  const decoder = framing.decoder();
  const allocations = [vi.spyOn(Buffer, "allocUnsafe"), vi.spyOn(Buffer, "allocUnsafeSlow"), vi.spyOn(Buffer, "alloc")];
  onTestFinished(() => allocations.forEach((spy) => spy.mockRestore()));
  const items: Item[] = [];
  for (const chunk of chunks) decoder.push(chunk, items);
  expect(items.every((item) => item instanceof PayloadPart && item.bytes.buffer === bytes.buffer)).toBe(true);
  for (const spy of allocations) expect(spy).not.toHaveBeenCalled();
});

test("a payload that is cut before its first byte is gathered whole", () => {
  const bytes = encodeAll(framing, [Buffer.alloc(20, 7)]);
  const items: Item[] = [];
  const decoder = framing.decoder();
  for (const chunk of cut(bytes, [4, 10])) decoder.push(chunk, items);
  expect(items).toEqual([Buffer.alloc(20, 7)]);
});

test("whole payloads of a chunk that is only lent are copies", () => {
  const whole = [Buffer.from("one"), Buffer.from("another"), Buffer.from("third")];
  const bytes = encodeAll(framing, [...whole, Buffer.alloc(1000, 9)]);
  const lent = Buffer.from(bytes.subarray(0, 100));
  const items: Item[] = [];
  framing.decoder().push(lent, items, true);
  const part = items.at(-1) as PayloadPart;
  expect([part.to - part.from, part.offset, part.length]).toEqual([100 - 7 - 11 - 9 - 4, 0, 1000]);
  lent.fill(0xee);
  expect(items.slice(0, -1).map((item) => Buffer.from(item as Uint8Array))).toEqual(whole);
});

test("a lent chunk may be used again while a payload that it cut is gathered", () => {
  const plain = lengthPrefixed({ maxFrameBytes: 1 << 20 });
  const lent = Buffer.alloc(50);
  const items: Uint8Array[] = [];
  const decoder = plain.decoder();
  for (const chunk of cut(encodeAll(plain, [Buffer.alloc(200, 5), Buffer.from("x")]), [50, 100, 150, 200])) {
    decoder.push(lent.subarray(0, Buffer.from(chunk).copy(lent)), items, true);
    lent.fill(0xee);
  }
  expect(items).toEqual([Buffer.alloc(200, 5), Buffer.from("x")]);
});
