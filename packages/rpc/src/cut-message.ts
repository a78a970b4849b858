// A MESSAGE frame that comes in parts, as fragments of its own: what was cut by its sender is cut a little finer, and so a long
// message is copied once, from where it arrived to where it is put together. Pure. PROTOCOL.md §7.
import type { PayloadPart } from "@tautline/core";
import { decodeFrame } from "./frame-codec.js";
import { frameKinds, headerBytes, type Frame, type MessageFrame } from "./frame.js";

/** Shorter payloads are gathered: putting them together later would cost more than a copy. */
const leastBytes = 4096;

/** Whether a payload can come in parts: its header is in, and something of its fragment behind it. */
export function comesInParts(bytes: Buffer, from: number, to: number, length: number): boolean {
  return length >= leastBytes && bytes[from] === frameKinds.message && to - from > headerBytes + 4;
}

/** The frame that is under way on one connection; between its parts no other comes. */
export class CutMessage {
  #frame: MessageFrame | undefined;

  /**
   * The part as a fragment, a span of it: FIRST where the frame has it and with its first part, LAST and END likewise with
   * its last.
   *
   * @throws Violation as `decodeFrame` does
   */
  take(part: PayloadPart): Frame {
    const { bytes, from, to, offset, length } = part;
    const begun = offset === 0 ? decodeFrame(bytes, from, to, length) : this.#frame;
    if (begun?.kind !== "message") throw new TypeError("a part of what is no MESSAGE");
    const { stream } = begun;
    if (offset === 0) {
      this.#frame = begun;
      const { first, total } = begun;
      // Begun is not ended: the first part is never the last.
      return { kind: "message", stream, first, last: false, end: false, total, bytes, from: begun.from, to };
    }
    const isLast = part.last;
    const last = begun.last && isLast;
    const end = begun.end && isLast;
    return { kind: "message", stream, first: false, last, end, total: 0, bytes, from, to };
  }
}
