import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { Batch, delimited } from "../dist/index.js";
import { cut, decodeAll, encodeAll } from "./support/frames.js";

// Few letters, so that items and chunk ends meet parts of the delimiter often.
const letters = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 12 });

test("any split of the bytes gives the same frames, for any delimiter", () => {
  const delimiter = fc.string({ unit: fc.constantFrom("a", "b", "\n"), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(delimiter, fc.array(letters), fc.array(fc.nat(), { maxLength: 30 }), (mark, texts, places) => {
      const framing = delimited({ delimiter: mark, maxFrameBytes: 12 });
      const sent = texts.filter((text) => `${text}${mark}`.indexOf(mark) === text.length);
      const bytes = encodeAll(
        framing,
        sent.map((text) => Buffer.from(text)),
      );
      const decoder = framing.decoder();
      expect(decodeAll(decoder, cut(bytes, places)).map(String)).toEqual(sent);
      expect(decoder.bufferedBytes).toBe(0);
    }),
  );
});

test("an item that contains the delimiter, or would end early, cannot be sent", () => {
  const lines = delimited({ maxFrameBytes: 100 });
  expect(() => lines.encode(Buffer.from("two\nlines"), new Batch())).toThrowError(/contains the delimiter/);
  const doubled = delimited({ delimiter: "aa", maxFrameBytes: 100 });
  expect(() => doubled.encode(Buffer.from("xa"), new Batch())).toThrowError(/contains the delimiter/);
});

test("a frame longer than the limit is refused without more than the limit buffered", () => {
  const framing = delimited({ delimiter: "\r\n", maxFrameBytes: 1000 });
  const limit = expect.objectContaining({ code: "frame-too-large", message: expect.stringContaining("1000 bytes") });
  expect(() => decodeAll(framing.decoder(), [Buffer.alloc(1001), Buffer.from("\r\n")])).toThrowError(limit);
  expect(() => decodeAll(framing.decoder(), [Buffer.concat([Buffer.alloc(1001), Buffer.from("\r\n")])])).toThrowError(
    limit,
  );
  expect(decodeAll(framing.decoder(), [Buffer.alloc(1000), Buffer.from("\r\n")])).toHaveLength(1);

  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
  onTestFinished(() => allocate.mockRestore());
  const decoder = framing.decoder();
  decoder.push(Buffer.alloc(999), []);
  expect(() => decoder.push(Buffer.alloc(1 << 20), [])).toThrowError(limit);
  expect(decoder.bufferedBytes).toBe(1002);
  for (const [bytes] of allocate.mock.calls) expect(bytes).toBeLessThanOrEqual(1002);
});

test("a long line in tiny chunks is not scanned again for each of them", () => {
  const search = vi.spyOn(Buffer.prototype, "indexOf");
  onTestFinished(() => search.mockRestore());
  const bytes = Buffer.alloc(20_000, "x");
  bytes.write("\r\n", 19_998);
  const framing = delimited({ delimiter: "\r\n", maxFrameBytes: 20_000 });
  const frames = decodeAll(
    framing.decoder(),
    Array.from(bytes, (byte) => Buffer.of(byte)),
  );
  expect(frames).toHaveLength(1);
  const scanned = search.mock.calls.reduce((sum, [, from], index) => {
    const searched = search.mock.contexts[index];
    return sum + (Buffer.isBuffer(searched) ? searched.length : 0) - Number(from ?? 0);
  }, 0);
  expect(scanned).toBeLessThanOrEqual(3 * bytes.length);
});

test("a delimiter without bytes is refused", () => {
  expect(() => delimited({ delimiter: "", maxFrameBytes: 10 })).toThrowError(
    expect.objectContaining({ code: "bad-option" }),
  );
});
