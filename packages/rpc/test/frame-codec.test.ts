import { Batch } from "@tautline/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "../dist/frame-codec.js";
import type { Frame } from "../dist/frame.js";
import { spanOf } from "../dist/span.js";
import { goAwayReasons, Violation, type GoAwayReason } from "../dist/violation.js";
import { bytesOf, payloadOf, readable } from "./support/frames.js";
import { mutate, Random } from "./support/values.js";

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const id = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
// Above 8 KiB a batch refers to the bytes instead of copying them.
const fragment = fc.oneof(
  bytes(1, 100),
  fc.integer({ min: 8000, max: 9000 }).map((length) => Buffer.alloc(length, 7)),
);
const text = (maxBytes: number): fc.Arbitrary<string> =>
  fc.string({ unit: "binary", maxLength: maxBytes }).filter((text) => Buffer.byteLength(text) <= maxBytes);

/** Fragments of all positions: with the whole message, or with a total that is more. */
const part = fc.record({
  fragment,
  more: fc.integer({ min: 1, max: 1_000_000 }),
  last: fc.boolean(),
  flag: fc.boolean(),
});

const open = fc
  .record({
    part,
    stream: id,
    timeoutMs: u32,
    path: text(255),
    metadata: bytes(0, 300),
    oneWay: fc.boolean(),
    positional: fc.boolean(),
  })
  .map(({ part: { fragment, more, last, flag }, oneWay, ...rest }): Frame => {
    const total = last ? fragment.length : Math.min(fragment.length + more, 2 ** 32 - 1);
    return { kind: "open", last, end: last && (flag || oneWay), oneWay, total, ...spanOf(fragment), ...rest };
  });

const message = fc.record({ part, stream: id, first: fc.boolean() }).map(({ part, stream, first }): Frame => {
  const { fragment, more, last, flag } = part;
  const total = !first ? 0 : last ? fragment.length : fragment.length + more;
  return { kind: "message", stream, first, last, end: last && flag, total, ...spanOf(fragment) };
});

const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant("hello" as const), version: fc.nat({ max: 255 }), settings: bytes(0, 100) }),
  open,
  message,
  fc.record({ kind: fc.constant("head" as const), stream: id, metadata: bytes(1, 100) }),
  fc.record({ kind: fc.constant("end" as const), stream: id, code: fc.nat({ max: 255 }), outcome: bytes(0, 100) }),
  fc.record({ kind: fc.constant("cancel" as const), stream: id, code: fc.nat({ max: 255 }), reason: text(256) }),
  fc.record({
    kind: fc.constant("window" as const),
    stream: fc.oneof(fc.constant(0), id),
    credit: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  }),
  fc.record({ kind: fc.constantFrom("ping" as const, "pong" as const), opaque: bytes(8, 8) }),
  fc.record({ kind: fc.constant("drain" as const), graceMs: u32 }),
  fc.record({ kind: fc.constant("drain-ack" as const), last: u32 }),
  fc.record({
    kind: fc.constant("go-away" as const),
    reason: fc.constantFrom(...goAwayReasons),
    last: u32,
    text: text(1024),
  }),
);

function refusal(hex: string): GoAwayReason | "accepted" {
  try {
    decodeFrame(bytesOf(hex));
    return "accepted";
  } catch (error) {
    if (error instanceof Violation) return error.reason;
    throw error;
  }
}

/** A frame that was accepted can be encoded again, and is then the same. */
function expectFrameOrViolation(payload: Buffer): void {
  let frame: Frame;
  try {
    frame = decodeFrame(payload);
  } catch (error) {
    if (!(error instanceof Violation)) expect.fail(`${String(error)} for ${payload.toString("hex")}`);
    return;
  }
  if (frame.kind === "extension" || !isWellFormed(frame)) return;
  expect(readable(decodeFrame(payloadOf(frame)))).toEqual(readable(frame));
}

/** Text that was no UTF-8, or longer than may be shown, is not the same a second time. */
function isWellFormed(frame: Frame): boolean {
  const text =
    frame.kind === "open"
      ? frame.path
      : frame.kind === "cancel"
        ? frame.reason
        : frame.kind === "go-away"
          ? frame.text
          : "";
  return !text.includes("\ufffd");
}

describe("every frame", () => {
  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(readable(decodeFrame(payloadOf(frame)))).toEqual(readable(frame));
      }),
      { numRuns: 1000 },
    );
  });

  it("is cut off or longer than its fields, at any length, without a worse answer than a violation", () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (frame, at) => {
        const payload = payloadOf(frame);
        for (const cut of [payload.subarray(0, at % payload.length), Buffer.concat([payload, Buffer.of(at & 0xff)])]) {
          expectFrameOrViolation(cut);
        }
      }),
    );
  });

  it("reads its fields as views of the payload, without copying them", () => {
    const payload = payloadOf({
      kind: "message",
      stream: 1,
      first: true,
      last: true,
      end: false,
      total: 3,
      ...spanOf(Buffer.from("abc")),
    });
    const frame = decodeFrame(payload);
    payload.write("xyz", 6);
    expect(readable(frame)).toMatchObject({ fragment: Buffer.from("xyz").toString("hex") });
  });
});

describe("bytes of any kind", () => {
  it("never make it throw anything but a violation", () => {
    const header = fc.tuple(
      fc.nat({ max: 0x90 }),
      fc.nat({ max: 0x0f }),
      fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 32 - 1),
    );
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 40 }), ([kind, bits, stream], rest) => {
        const payload = Buffer.from([kind, bits, 0, 0, 0, 0, ...rest]);
        payload.writeUInt32BE(stream, 2);
        expectFrameOrViolation(payload);
        expectFrameOrViolation(Buffer.from(rest));
      }),
      { numRuns: 5000 },
    );
  });

  it("that are almost a frame never make it throw anything but a violation", () => {
    const random = new Random(14);
    const seeds = fc.sample(anyFrame, { numRuns: 200, seed: 14 }).map(payloadOf);
    for (let round = 0; round < 20_000; round++) {
      expectFrameOrViolation(mutate(seeds[random.below(seeds.length)] ?? Buffer.alloc(0), random));
    }
  });
});

describe("V5: lengths", () => {
  it.each([
    ["nothing", ""],
    ["half a header", "0700000000"],
    ["OPEN without fields", "0206 00000001"],
    ["OPEN without the length of its metadata", "0206 00000001 00000000 01 61"],
    ["OPEN whose path is cut off", "0206 00000001 00000000 05 612f62 0000"],
    ["OPEN whose metadata is cut off", "0206 00000001 00000000 03 612f62 0002 80"],
    ["OPEN whose total is cut off", "0200 00000001 00000000 03 612f62 0000 0000ff"],
    ["OPEN whose fragment is empty", "0206 00000001 00000000 03 612f62 0000"],
    ["OPEN whose first fragment is empty", "0200 00000001 00000000 03 612f62 0000 000000ff"],
    ["MESSAGE whose total is cut off", "0301 00000001 0000ff"],
    ["HEAD without a map", "0400 00000001"],
    ["END without a code", "0500 00000001"],
    ["CANCEL without a code", "0600 00000001"],
    ["WINDOW of three bytes", "0700 00000001 000001"],
    ["WINDOW with a byte behind it", "0700 00000001 00000001 00"],
    ["PING of seven bytes", "0800 00000000 00000000000000"],
    ["PING of nine bytes", "0800 00000000 000000000000000000"],
    ["PONG of seven bytes", "0900 00000000 00000000000000"],
    ["PONG of nine bytes", "0900 00000000 000000000000000000"],
    ["DRAIN of three bytes", "0a00 00000000 000000"],
    ["DRAIN with a byte behind it", "0a00 00000000 00000000 00"],
    ["DRAIN_ACK of three bytes", "0b00 00000000 000000"],
    ["DRAIN_ACK with a byte behind it", "0b00 00000000 00000000 00"],
    ["GOAWAY without the whole of `last`", "0c00 00000000 00 000000"],
  ])("refuses %s", (_, hex) => {
    expect(refusal(hex)).toBe("protocol-error");
  });
});

describe("V6: kinds", () => {
  it("refuses every kind below 0x80 that is reserved or unknown, and 0", () => {
    const known = new Set([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c]);
    for (let kind = 0; kind < 0x80; kind++) {
      if (!known.has(kind))
        expect(refusal(`${kind.toString(16).padStart(2, "0")}00 00000000 00000000`)).toBe("protocol-error");
    }
  });

  // Holds PROTOCOL.md §4.2.
  it("ignores every kind from 0x80 on, whatever is behind its header", () => {
    for (let kind = 0x80; kind < 0x100; kind++) {
      for (const rest of ["00 00000000", "ff ffffffff", "01 00000001 616263"]) {
        expect(decodeFrame(bytesOf(kind.toString(16) + rest))).toEqual({ kind: "extension" });
      }
    }
  });
});

describe("V7: flags", () => {
  const allowed: readonly [name: string, kind: number, flags: readonly number[], fields: string][] = [
    ["HELLO", 0x01, [0x00], "54415554 01 80"],
    // With LAST, END, ONE_WAY and POSITIONAL; without LAST the four bytes behind the metadata are a total.
    ["OPEN", 0x02, [0x00, 0x02, 0x06, 0x08, 0x0e, 0x40, 0x42, 0x46, 0x48, 0x4e], "00000000 03 612f62 0000 000000ff 90"],
    ["MESSAGE", 0x03, [0x00, 0x01, 0x02, 0x03, 0x06, 0x07], "000000ff 90"],
    ["HEAD", 0x04, [0x00], "80"],
    ["END", 0x05, [0x00], "00"],
    ["CANCEL", 0x06, [0x00], "01"],
    ["WINDOW", 0x07, [0x00], "00000001"],
    ["PING", 0x08, [0x00], "0000000000000000"],
    ["PONG", 0x09, [0x00], "0000000000000000"],
    ["DRAIN", 0x0a, [0x00], "00000000"],
    ["DRAIN_ACK", 0x0b, [0x00], "00000000"],
    ["GOAWAY", 0x0c, [0x00], "00 00000000"],
  ];

  // Holds PROTOCOL.md §4.1.
  it.each(allowed)("allows %s exactly the flags of PROTOCOL.md §4", (_, kind, flags, fields) => {
    const stream = kind >= 0x02 && kind <= 0x07 ? "00000001" : "00000000";
    const accepted: number[] = [];
    for (let bits = 0; bits < 0x100; bits++) {
      const header = Buffer.of(kind, bits).toString("hex");
      const answer = refusal(`${header} ${stream} ${fields}`);
      if (answer === "accepted") accepted.push(bits);
      else expect(answer).toBe("protocol-error");
    }
    expect(accepted).toEqual(flags);
  });
});

describe("V8: streams", () => {
  it.each([
    ["OPEN", "0206", "00000000 03 612f62 0000 90"],
    ["MESSAGE", "0303", "90"],
    ["HEAD", "0400", "80"],
    ["END", "0500", "00"],
    ["CANCEL", "0600", "01"],
  ])("refuses %s for stream 0, and above the last id", (_, head, fields) => {
    for (const stream of ["00000001", "7fffffff"]) expect(refusal(head + stream + fields)).toBe("accepted");
    for (const stream of ["00000000", "80000000", "ffffffff"]) {
      expect(refusal(head + stream + fields)).toBe("protocol-error");
    }
  });

  it.each([
    ["HELLO", "0100", "54415554 01 80"],
    ["PING", "0800", "0000000000000000"],
    ["PONG", "0900", "0000000000000000"],
    ["DRAIN", "0a00", "00000000"],
    ["DRAIN_ACK", "0b00", "00000000"],
    ["GOAWAY", "0c00", "00 00000000"],
  ])("refuses %s for a stream", (_, head, fields) => {
    expect(refusal(`${head} 00000000 ${fields}`)).toBe("accepted");
    for (const stream of ["00000001", "80000000"]) expect(refusal(head + stream + fields)).toBe("protocol-error");
  });

  it("takes WINDOW for the connection and for streams up to the last id", () => {
    for (const stream of ["00000000", "00000001", "7fffffff"])
      expect(refusal(`0700 ${stream} 00000001`)).toBe("accepted");
    expect(refusal("0700 80000000 00000001")).toBe("protocol-error");
  });
});

describe("V11: what one fragment can show", () => {
  // Holds PROTOCOL.md §7.2c.
  it("refuses an empty fragment", () => {
    for (const flags of ["00", "01", "02", "03"]) expect(refusal(`03${flags} 00000001`)).toBe("protocol-error");
    expect(refusal("0301 00000001 000000ff")).toBe("protocol-error");
  });

  // Holds PROTOCOL.md §7.2a.
  it("refuses a total that is not more than its first fragment", () => {
    expect(refusal("0301 00000001 00000003 616263")).toBe("protocol-error");
    expect(refusal("0301 00000001 00000000 616263")).toBe("protocol-error");
    expect(refusal("0301 00000001 00000004 616263")).toBe("accepted");
    expect(refusal("0200 00000001 00000000 03 612f62 0000 00000003 616263")).toBe("protocol-error");
    expect(refusal("0200 00000001 00000000 03 612f62 0000 00000004 616263")).toBe("accepted");
  });

  // Holds PROTOCOL.md §7.2a.
  it("refuses a total above 2^30", () => {
    expect(refusal("0301 00000001 40000000 616263")).toBe("accepted");
    expect(refusal("0301 00000001 40000001 616263")).toBe("protocol-error");
    expect(refusal("0200 00000001 00000000 03 612f62 0000 40000000 616263")).toBe("accepted");
    expect(refusal("0200 00000001 00000000 03 612f62 0000 40000001 616263")).toBe("protocol-error");
  });
});

describe("V14: credit", () => {
  it("is 1 to 2^31-1", () => {
    expect(refusal("0700 00000001 00000000")).toBe("flow-control");
    expect(refusal("0700 00000000 80000000")).toBe("flow-control");
    expect(refusal("0700 00000000 ffffffff")).toBe("flow-control");
    for (const credit of ["00000001", "7fffffff"]) expect(refusal(`0700 00000000 ${credit}`)).toBe("accepted");
  });
});

describe("HELLO", () => {
  it("is refused as bad-hello where its magic is wrong, or its version is missing", () => {
    expect(refusal("0100 00000000 54415555 01 80")).toBe("bad-hello");
    expect(refusal("0100 00000000 54415554")).toBe("bad-hello");
    expect(refusal("0100 00000000 544155")).toBe("bad-hello");
  });

  it("of another version is read, so that it can be answered", () => {
    expect(decodeFrame(bytesOf("0100 00000000 54415554 02 80"))).toMatchObject({ kind: "hello", version: 2 });
  });
});

describe("text", () => {
  it("of CANCEL is cut at 256 bytes, between characters, by its sender", () => {
    const payload = payloadOf({ kind: "cancel", stream: 1, code: 1, reason: `${"x".repeat(255)}é` });
    expect(payload).toHaveLength(7 + 255);
    expect(payloadOf({ kind: "cancel", stream: 1, code: 1, reason: "é".repeat(128) })).toHaveLength(7 + 256);
    expect(payloadOf({ kind: "cancel", stream: 1, code: 1, reason: `${"x".repeat(253)}\u{1f600}` })).toHaveLength(
      7 + 253,
    );
  });

  it("of GOAWAY is cut at 1,024 bytes by its sender", () => {
    const frame = { kind: "go-away", reason: "none", last: 0 } as const;
    expect(payloadOf({ ...frame, text: "x".repeat(2000) })).toHaveLength(11 + 1024);
  });

  it("that is longer is cut by its receiver", () => {
    const cancel = Buffer.concat([bytesOf("0600 00000001 01"), Buffer.alloc(300, "x")]);
    expect(decodeFrame(cancel)).toMatchObject({ reason: "x".repeat(256) });
    const goAway = Buffer.concat([bytesOf("0c00 00000000 00 00000000"), Buffer.alloc(2000, "x")]);
    expect(decodeFrame(goAway)).toMatchObject({ text: "x".repeat(1024) });
  });

  it("that is no UTF-8 is replaced and not refused", () => {
    expect(decodeFrame(bytesOf("0600 00000001 01 ff61"))).toMatchObject({ reason: "\ufffda" });
  });
});

it("reads an unknown reason of GOAWAY as protocol-error", () => {
  for (const reason of ["09", "ff"]) {
    expect(decodeFrame(bytesOf(`0c00 00000000 ${reason} 00000000`))).toMatchObject({ reason: "protocol-error" });
  }
});

describe("a batch that is nearly full", () => {
  it("gets the same bytes of every kind of frame as an empty one, wherever its room ends", () => {
    const bytes = Buffer.alloc(40, 7);
    const frames: Frame[] = [
      { kind: "hello", version: 1, settings: bytes },
      {
        kind: "open",
        stream: 1,
        last: false,
        end: false,
        oneWay: false,
        positional: true,
        timeoutMs: 9,
        path: "a/b",
        metadata: bytes,
        total: 99,
        ...spanOf(bytes),
      },
      { kind: "message", stream: 1, first: true, last: false, end: false, total: 99, ...spanOf(bytes) },
      { kind: "head", stream: 1, metadata: bytes },
      { kind: "end", stream: 1, code: 3, outcome: bytes },
      { kind: "cancel", stream: 1, code: 1, reason: "enough" },
      { kind: "window", stream: 1, credit: 5 },
      { kind: "ping", opaque: bytes.subarray(0, 8) },
      { kind: "drain", graceMs: 5 },
      { kind: "drain-ack", last: 5 },
      { kind: "go-away", reason: "internal", last: 5, text: "why" },
    ];
    for (const frame of frames) {
      const alone = new Batch();
      encodeFrame(frame, alone);
      const expected = Buffer.concat(alone.take());
      for (let room = 0; room <= 160; room++) {
        const batch = new Batch();
        batch.reserve(1);
        const filled = batch.buffer.length - room;
        batch.reserve(filled - 1);
        encodeFrame(frame, batch);
        expect(Buffer.concat(batch.take()).subarray(filled)).toEqual(expected);
      }
    }
  });
});
