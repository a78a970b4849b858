// What is wrong with frames on purpose, and values that nobody expects.
import { frame, u32, value } from "../support/raw-frame.js";
import type { Random } from "./random.js";

/** The same bytes, damaged in one of the ways in which bytes are damaged. */
export function spoiled(bytes: Buffer, random: Random): Buffer {
  const at = random.int(bytes.length);
  const copy = Buffer.from(bytes);
  switch (random.int(8)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << random.int(8));
      return copy;
    case 1:
      copy[at] = random.pick([0, 1, 0x7f, 0x80, 0xc1, 0xff]);
      return copy;
    case 2:
      return withLength(copy.subarray(0, Math.max(5, at)));
    case 3:
      return withLength(Buffer.concat([copy, random.bytes(1 + random.int(16))]));
    case 4:
      return Buffer.concat([copy, copy]);
    case 5:
      return Buffer.concat([u32(random.pick([0, 1, 5, 6, 65_536, 65_537, 2 ** 31, 2 ** 32 - 1])), copy.subarray(4)]);
    case 6:
      return withLength(
        Buffer.concat([copy.subarray(0, Math.max(4, at)), random.bytes(4), copy.subarray(Math.max(4, at))]),
      );
    default:
      return frame(random.int(256), random.int(256), random.int(12), random.bytes(random.int(24)));
  }
}

/** With the length that its bytes have: what is wrong lies behind it. */
function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([u32(bytes.length - 4), bytes.subarray(4)]);
}

/** One msgpack value, or bytes that are none. */
export function payload(random: Random): Buffer {
  switch (random.int(6)) {
    case 0:
      return random.bytes(1 + random.int(40));
    case 1:
      return Buffer.alloc(1 + random.int(60), random.pick([0x91, 0x81, 0xdc, 0xdf, 0xc1, 0xd4]));
    case 2:
      return Buffer.concat([value(thing(random, 3)), random.bytes(random.int(3))]);
    default:
      return value(thing(random, 4));
  }
}

const texts = ["", "a", "__proto__", "constructor", "then", "\u{1f600}", "x".repeat(300)];

function thing(random: Random, depth: number): unknown {
  const kind = random.int(depth === 0 ? 7 : 10);
  const parts = () => Array.from({ length: random.int(4) }, () => thing(random, depth - 1));
  switch (kind) {
    case 0:
      return random.pick([null, undefined, true, false]);
    case 1:
      return random.pick([0, -1, 2 ** 31, 2 ** 53, NaN, Infinity, 0.1]);
    case 2:
      return random.pick([2n ** 64n - 1n, -(2n ** 63n)]);
    case 3:
    case 4:
      return random.pick(texts);
    case 5:
      return random.bytes(random.int(32));
    case 6:
      return new Date(random.int(2 ** 31));
    case 7:
    case 8:
      return parts();
    default:
      return new Map(parts().map((part) => [random.pick(texts), part]));
  }
}
