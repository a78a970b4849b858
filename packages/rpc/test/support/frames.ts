// Frames and their payloads as bytes, for tests: encoded by the real codec, given and shown as hex.
import { Batch } from "@tautline/core";
import { encodeFrame } from "../../dist/frame-codec.js";
import type { Frame } from "../../dist/frame.js";

/** The payload of one frame, without the length before it. */
export function payloadOf(frame: Frame): Buffer {
  const batch = new Batch();
  encodeFrame(frame, batch);
  return Buffer.concat(batch.take());
}

/** Bytes from hex in which blanks separate what belongs together. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

/** The frame with its bytes as hex, its span's too: equal frames are equal whatever kind of array they hold. */
export function readable(frame: Frame): Record<string, unknown> {
  if ("bytes" in frame) {
    const { bytes, from, to, ...fields } = frame;
    return { ...hexFields(fields), fragment: bytes.subarray(from, to).toString("hex") };
  }
  return hexFields(frame);
}

function hexFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]: [string, unknown]) => [
      name,
      field instanceof Uint8Array ? Buffer.from(field).toString("hex") : field,
    ]),
  );
}
