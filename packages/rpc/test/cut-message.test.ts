import { Batch, PayloadPart } from "@tautline/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CutMessage } from "../dist/cut-message.js";
import type { Frame, MessageFrame } from "../dist/frame.js";
import { frameFraming, partedFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { lengthOf, spanOf, viewOf } from "../dist/span.js";

const limits = { ...defaultLimits, maxFrameBytes: 1 << 20 };

function message(fragment: Uint8Array, init: Partial<MessageFrame> = {}): MessageFrame {
  const { first = true, last = true } = init;
  const total = first ? fragment.length : 0;
  return { kind: "message", stream: 1, end: false, first, last, total, ...init, ...spanOf(fragment) };
}

/** The frames that a receiver gets of `frames`, by chunks that end at `ends`. Each chunk is wiped when it is done with. */
function received(frames: readonly Frame[], places: readonly number[]): Frame[] {
  const framing = frameFraming(limits);
  const batch = new Batch();
  for (const frame of frames) framing.encode(frame, batch);
  const bytes = Buffer.concat(batch.take());
  const ends = [...places.map((place) => place % bytes.length), bytes.length].sort((a, b) => a - b);
  const decoder = partedFraming({ ...limits, maxFrameBytes: 1 << 20 }).decoder();
  const cut = new CutMessage();
  const got: Frame[] = [];
  let from = 0;
  for (const end of ends) {
    const items: (Frame | PayloadPart)[] = [];
    const lent = Buffer.from(bytes.subarray(from, end));
    decoder.push(lent, items, true);
    for (const item of items) {
      const frame = item instanceof PayloadPart ? cut.take(item) : item;
      got.push(frame.kind === "message" ? { ...frame, ...spanOf(Buffer.from(viewOf(frame))) } : frame);
    }
    lent.fill(0xee);
    from = end;
  }
  return got;
}

/** Frames of one message joined to one, as far as they belong together by their flags. */
function joined(frames: readonly Frame[]): MessageFrame[] {
  const whole: MessageFrame[] = [];
  let parts: MessageFrame[] = [];
  for (const frame of frames) {
    if (frame.kind !== "message") continue;
    expect(lengthOf(frame)).toBeGreaterThan(0);
    expect(frame.first).toBe(parts.length === 0);
    expect(frame.end && !frame.last).toBe(false);
    parts.push(frame);
    if (!frame.last) continue;
    const body = Buffer.concat(parts.map(viewOf));
    expect(body.length).toBe(parts[0]?.total);
    whole.push(message(body, { end: frame.end }));
    parts = [];
  }
  expect(parts).toEqual([]);
  return whole;
}

const hello: Frame = { kind: "hello", version: 1, settings: Buffer.of(0x80) };

describe("a MESSAGE in parts", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 4000, max: 9000 })), {
    minLength: 1,
    maxLength: 6,
  });

  it("is the same message, wherever its frames are cut, and whatever comes of the chunks later", () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.array(fc.nat(), { maxLength: 30 }), (sizes, end, places) => {
        const messages = sizes.map((size, index) =>
          message(Buffer.alloc(size, index + 1), { end: end && index === sizes.length - 1 }),
        );
        expect(joined(received([hello, ...messages], places))).toEqual(messages);
      }),
    );
  });

  it("is so in fragments that are cut again", () => {
    const body = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index & 0xff));
    const fragments = [
      message(body.subarray(0, 8000), { last: false, total: 20_000 }),
      message(body.subarray(8000, 16_000), { first: false, last: false }),
      message(body.subarray(16_000), { first: false, end: true }),
    ];
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (places) => {
        const [whole, ...more] = joined(received([hello, ...fragments], places));
        expect(more).toEqual([]);
        expect([whole?.end, whole && Buffer.compare(viewOf(whole), body)]).toEqual([true, 0]);
      }),
    );
  });

  it("is refused by its first part where its total is not more than its fragment", () => {
    const bad = message(Buffer.alloc(8000), { last: false, total: 8000 });
    expect(() => received([hello, bad], [100])).toThrowError(
      expect.objectContaining({
        name: "Violation",
        message: expect.stringContaining("8000 bytes of a message of 8000"),
      }),
    );
  });
});
