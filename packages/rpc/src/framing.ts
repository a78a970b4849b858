// How this protocol's frames lie on a core transport. PROTOCOL.md §3.
import { lengthPrefixed, type Framing } from "@tautline/core";
import { encodeFrame } from "./frame-codec.js";
import { helloMagic, maxHelloBytes, type Frame } from "./frame.js";
import type { Limits } from "./limits.js";

/** Names this protocol and its major version to TLS (PROTOCOL.md §2.2). */
export const alpn = "tautline/1";

/** Payloads in, frames out; the first frame must begin as HELLO does. */
export function frameFraming(limits: Limits): Framing<Uint8Array, Frame> {
  return lengthPrefixed<Frame>({
    maxFrameBytes: limits.maxFrameBytes,
    // What may be sent is the peer's to say: the sender cuts messages by its settings.
    maxSentBytes: 0xffff_ffff,
    firstFrame: { magic: helloMagic, maxBytes: maxHelloBytes },
    write: encodeFrame,
  });
}
