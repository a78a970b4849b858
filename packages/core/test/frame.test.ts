import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { Batch, lengthPrefixed } from "../dist/index.js";
import { cut, decodeAll, encodeAll } from "./support/frames.js";

const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });
const payload = fc.uint8Array({ maxLength: 200 });
const places = fc.array(fc.nat(), { maxLength: 40 });

test("any split of the bytes gives the same frames", () => {
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 20 }), places, (payloads, at) => {
      const decoder = framing.decoder();
      const frames = decodeAll(decoder, cut(encodeAll(framing, payloads), at));
      expect(frames).toEqual(payloads.map((bytes) => Buffer.from(bytes)));
      expect(decoder.bufferedBytes).toBe(0);
    }),
  );
});

test("one byte at a time gives the same frames, large ones included", () => {
  const payloads = [Buffer.alloc(0), Buffer.alloc(100_000, 3), Buffer.from("x")];
  const bytes = encodeAll(framing, payloads);
  expect(
    decodeAll(
      framing.decoder(),
      Array.from(bytes, (byte) => Buffer.of(byte)),
    ),
  ).toEqual(payloads);
});

test("a frame that lies whole in a chunk is a view of it", () => {
  const chunk = encodeAll(framing, [Buffer.from("first"), Buffer.from("second")]);
  const items: Uint8Array[] = [];
  framing.decoder().push(chunk, items);
  expect(items.every((item) => item.buffer === chunk.buffer)).toBe(true);
});

// Holds PROTOCOL.md §3.1a, §3.1b.
test("an oversized length is refused by the header alone, with nothing buffered and nothing allocated", () => {
  const small = lengthPrefixed({ maxFrameBytes: 1000 });
  const allocations = [vi.spyOn(Buffer, "allocUnsafe"), vi.spyOn(Buffer, "allocUnsafeSlow"), vi.spyOn(Buffer, "alloc")];
  onTestFinished(() => allocations.forEach((spy) => spy.mockRestore()));
  for (const chunks of [["000003e9"], ["00", "00", "03", "e9"], ["ffffffff"]]) {
    const decoder = small.decoder();
    expect(() =>
      decodeAll(
        decoder,
        chunks.map((hex) => Buffer.from(hex, "hex")),
      ),
    ).toThrowError(
      expect.objectContaining({ code: "frame-too-large", message: expect.stringMatching(/up to 1000.*maxFrameBytes/) }),
    );
    expect(decoder.bufferedBytes).toBeLessThanOrEqual(4);
  }
  for (const spy of allocations) for (const [bytes] of spy.mock.calls) expect(bytes).toBeLessThan(1000);
});

test("frames before an oversized one are delivered", () => {
  const items: Uint8Array[] = [];
  const chunk = Buffer.concat([encodeAll(framing, [Buffer.from("good")]), Buffer.from("ffffffff", "hex")]);
  expect(() => framing.decoder().push(chunk, items)).toThrowError();
  expect(items.map((item) => Buffer.from(item).toString())).toEqual(["good"]);
});

test("an announced length costs no memory before its bytes come", () => {
  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
  onTestFinished(() => allocate.mockRestore());
  const decoder = framing.decoder();
  const length = 1 << 20;
  decoder.push(Buffer.from([0, length >>> 16, 0, 0]), []);
  expect(allocate).not.toHaveBeenCalled();
  let received = 0;
  const items: Uint8Array[] = [];
  while (received < length) {
    decoder.push(Buffer.alloc(8192), items);
    received += 8192;
    const largest = Math.max(...allocate.mock.calls.map(([bytes]) => bytes));
    expect(largest).toBeLessThanOrEqual(Math.max(32 * 1024, 4 * received));
  }
  expect(items.map((item) => item.length)).toEqual([length]);
  expect(allocate.mock.calls.length).toBeGreaterThan(1);
});

test("an item that is too long to send is refused", () => {
  const small = lengthPrefixed({ maxFrameBytes: 10 });
  expect(encodeAll(small, [Buffer.alloc(10)])).toHaveLength(14);
  expect(() => small.encode(Buffer.alloc(11), new Batch())).toThrowError(
    expect.objectContaining({ code: "frame-too-large" }),
  );
});

test("an item writes itself behind its length", () => {
  const texts = lengthPrefixed<string>({
    maxFrameBytes: 100,
    write: (text, batch) => {
      const at = batch.reserve(Buffer.byteLength(text));
      batch.buffer.write(text, at);
    },
  });
  expect(encodeAll(texts, ["ab", ""]).toString("hex")).toBe("00000002616200000000");
});

test("a limit that cannot be meant is refused by name", () => {
  for (const maxFrameBytes of [0, -1, 1.5, NaN, 2 ** 32]) {
    expect(() => lengthPrefixed({ maxFrameBytes })).toThrowError(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining("maxFrameBytes") }),
    );
  }
});

// Python's struct is how most other languages' examples write this framing.
const unpack = `
import struct, sys
data = sys.stdin.buffer.read()
while data:
    (length,) = struct.unpack("!I", data[:4])
    print(data[4:4 + length].decode())
    data = data[4 + length:]
`;
const pack = `
import struct, sys
for text in ["from", "", "Python \\u00e9"]:
    payload = text.encode()
    sys.stdout.buffer.write(struct.pack("!I", len(payload)) + payload)
`;

function python(program: string, input?: Buffer): Buffer {
  const run = spawnSync("python3", ["-c", program], { input, env: { ...process.env, PYTHONIOENCODING: "utf-8" } });
  if (run.error !== undefined) throw new Error("this test needs python3 on the PATH", { cause: run.error });
  expect(run.stderr.toString()).toBe("");
  return run.stdout;
}

test("Python reads our frames with struct.unpack", () => {
  const bytes = encodeAll(framing, [Buffer.from("to"), Buffer.from(""), Buffer.from("Python é")]);
  expect(python(unpack, bytes).toString()).toBe("to\n\nPython é\n");
});

test("frames that Python wrote with struct.pack are read", () => {
  const frames = decodeAll(framing.decoder(), [python(pack)]);
  expect(frames.map(String)).toEqual(["from", "", "Python é"]);
});

test("the first frame's limit is its own, below and above that of the others", () => {
  const magic = Buffer.from("TAUT");
  for (const [maxFrameBytes, first, later] of [
    [10, 50, 10],
    [100, 20, 100],
  ] as const) {
    const firstFrame = { magic, maxBytes: first };
    const framing = lengthPrefixed({ maxFrameBytes, maxSentBytes: 1000, firstFrame });
    const whole = encodeAll(framing, [Buffer.concat([magic, Buffer.alloc(first - 4)]), Buffer.alloc(later)]);
    for (const cut of [whole.length, 1, 7]) {
      const decoder = framing.decoder();
      const items: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += cut) decoder.push(whole.subarray(at, at + cut), items);
      expect(items.map(({ length }) => length)).toEqual([first, later]);
      const more = encodeAll(framing, [Buffer.alloc(later + 1)]);
      expect(() => decoder.push(more, items)).toThrowError(`takes up to ${maxFrameBytes}`);
    }
  }
});

const numbers = lengthPrefixed<number, string>({
  maxFrameBytes: 100,
  write: (item, batch) => {
    const at = batch.reserve(1);
    batch.buffer[at] = item;
  },
  read: (bytes, from, to) => {
    if (bytes[from] === 13) throw new Error("unlucky");
    return `${bytes.length}: ${bytes.subarray(from, to).toString("hex")}`;
  },
});

test("a reader of items gets the chunk itself, and where the payload lies in it", () => {
  const items: string[] = [];
  numbers.decoder().push(Buffer.from("000000010100000002aabb", "hex"), items);
  expect(items).toEqual(["11: 01", "11: aabb"]);
});

test("what a reader of items throws ends the decoding behind the items before", () => {
  const items: string[] = [];
  const chunk = Buffer.from("0000000101000000010d0000000102", "hex");
  expect(() => numbers.decoder().push(chunk, items)).toThrowError("unlucky");
  expect(items).toEqual(["15: 01"]);
});
