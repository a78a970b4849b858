import fc from "fast-check";
import { expect, test } from "vitest";
import { Batch } from "../dist/index.js";

const large = 10_000;

test("chunks come out in the order in which bytes went in", () => {
  const sizes = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 8000, max: 9000 })), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const batch = new Batch();
      const pieces = lengths.map((length, index) => Buffer.alloc(length, index));
      for (const piece of pieces) batch.append(piece);
      expect(batch.byteLength).toBe(lengths.reduce((sum, length) => sum + length, 0));
      expect(Buffer.concat(batch.take()).equals(Buffer.concat(pieces))).toBe(true);
      expect(batch.byteLength).toBe(0);
    }),
  );
});

test("a large body is referenced and a small one is copied", () => {
  const batch = new Batch();
  const body = Buffer.alloc(large, 1);
  const small = Buffer.alloc(10, 2);
  batch.append(small);
  batch.append(body);
  const chunks = batch.take();
  expect(chunks[1]).toBe(body);
  small.fill(9);
  expect(chunks[0]).toEqual(Buffer.alloc(10, 2));
});

test("an offset stays valid while the buffer grows and bodies are referenced", () => {
  const batch = new Batch();
  const at = batch.reserve(4);
  batch.append(Buffer.alloc(large, 7));
  for (let index = 0; index < 1000; index++) batch.append(Buffer.alloc(10, 8));
  batch.buffer.writeUInt32BE(0xdecafbad, at);
  expect(Buffer.concat(batch.take()).readUInt32BE(0)).toBe(0xdecafbad);
});

test("a rewind takes back copied and referenced bytes, and nothing before them", () => {
  const step = fc.oneof(fc.nat(50), fc.constant(large));
  fc.assert(
    fc.property(fc.array(step), fc.array(step), (kept, lost) => {
      const batch = new Batch();
      const pieces = kept.map((length) => Buffer.alloc(length, 1));
      for (const piece of pieces) batch.append(piece);
      const mark = batch.byteLength;
      for (const length of lost) batch.append(Buffer.alloc(length, 2));
      batch.rewind(mark);
      expect(batch.byteLength).toBe(mark);
      expect(Buffer.concat(batch.take()).equals(Buffer.concat(pieces))).toBe(true);
    }),
  );
});

test("bytes that were taken are never written to again", () => {
  const batch = new Batch();
  batch.append(Buffer.alloc(100, 1));
  const taken = batch.take();
  for (let index = 0; index < 50; index++) {
    batch.append(Buffer.alloc(100, 2));
    if (index % 7 === 0) batch.take();
  }
  expect(Buffer.concat(taken).equals(Buffer.alloc(100, 1))).toBe(true);
});

test("an idle batch holds little, also after a burst", () => {
  const batch = new Batch();
  expect(batch.buffer.length).toBe(0);
  batch.append(Buffer.alloc(10));
  expect(batch.buffer.length).toBeLessThanOrEqual(1024);
  for (let index = 0; index < 100; index++) batch.append(Buffer.alloc(8000));
  batch.take();
  expect(batch.buffer.length).toBe(0);
});

test("who waits for the bytes up to some place is handed over with them, and taken back with them", () => {
  const batch = new Batch();
  const told: string[] = [];
  batch.append(Buffer.alloc(10));
  batch.whenWritten(() => told.push("kept"));
  const mark = batch.byteLength;
  batch.append(Buffer.alloc(large));
  batch.whenWritten(() => told.push("taken back"));
  batch.rewind(mark);
  for (const done of batch.takeAwaiting() ?? []) done();
  expect(told).toEqual(["kept"]);
  expect(batch.takeAwaiting()).toBeUndefined();
});
