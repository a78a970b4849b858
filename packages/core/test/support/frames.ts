// Byte-level helpers for framings: encode to one Buffer, decode from chunks, cut at given places.
import { Batch, type FrameDecoder, type Framing } from "../../dist/index.js";

/** The frames of `items`, as the bytes on the wire. */
export function encodeAll<Sent>(framing: Framing<unknown, Sent>, items: readonly Sent[]): Buffer {
  const batch = new Batch();
  for (const item of items) framing.encode(item, batch);
  return Buffer.concat(batch.take());
}

/** What `decoder` makes of `chunks`, as Buffers. */
export function decodeAll(decoder: FrameDecoder<Uint8Array>, chunks: readonly Uint8Array[]): Buffer[] {
  const items: Uint8Array[] = [];
  for (const chunk of chunks) decoder.push(chunk, items);
  return items.map((item) => Buffer.from(item));
}

/** `bytes` cut at `places` (taken modulo its length, in any order). */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
