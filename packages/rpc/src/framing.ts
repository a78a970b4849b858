// How this protocol's frames lie on a core transport. PROTOCOL.md §3.
import { lengthPrefixed, type Framing, type Listener, type PayloadPart, type Transport } from "@tautline/core";
import { comesInParts } from "./cut-message.js";
import { decodeFrame, encodeFrame } from "./frame-codec.js";
import { helloMagic, maxHelloBytes, type Frame } from "./frame.js";
import type { Limits } from "./limits.js";

/** Names this protocol and its major version to TLS (PROTOCOL.md §2.2). */
export const alpn = "tautline/1";

/** What carries a session, and where such come from. */
export type FrameTransport = Transport<Frame | PayloadPart, Frame>;
export type FrameListener = Listener<Frame | PayloadPart, Frame>;

/** Frames in, whole, and frames out; the first must be HELLO. A Violation ends the reading. */
export function frameFraming(limits: Limits): Framing<Frame> {
  return lengthPrefixed(layout(limits));
}

/** The same, with long messages as they come. */
export function partedFraming(limits: Limits): Framing<Frame | PayloadPart, Frame> {
  return lengthPrefixed({ ...layout(limits), takesParts: comesInParts });
}

function layout(limits: Limits) {
  return {
    maxFrameBytes: limits.maxFrameBytes,
    // What may be sent is the peer's to say: the sender cuts messages by its settings.
    maxSentBytes: 0xffff_ffff,
    firstFrame: { magic: helloMagic, maxBytes: maxHelloBytes },
    write: encodeFrame,
    read: decodeFrame,
  };
}
