// Length-prefixed framing: u32 big-endian length ‖ payload, as Python's struct.pack("!I", n) + payload writes it.
import type { Batch } from "./batch.js";
import { TransportError } from "./errors.js";
import { headerBytes, LengthPrefixedDecoder, type ReadPayload, type TakesParts } from "./frame-decoder.js";
import type { Framing } from "./framing.js";
import { checkInteger } from "./option-check.js";
import type { PayloadPart } from "./payload-part.js";
import type { FirstFrame } from "./preamble.js";

/** How long frames may be, and who writes and reads them. */
export interface LengthPrefixedOptions<Sent, Item = Uint8Array> {
  /** The greatest payload that is taken, in bytes: 1 to 2³²−1. The header's 4 bytes do not count. */
  readonly maxFrameBytes: number;
  /** The greatest that is sent. Default `maxFrameBytes`: for a protocol that has one limit for both directions. */
  readonly maxSentBytes?: number | undefined;
  /** What a connection must begin with. Default: any frame. */
  readonly firstFrame?: FirstFrame | undefined;
  /** Writes an item's payload to the batch; default: the item is a Uint8Array, which is handed over (`Batch.append`). */
  readonly write?: ((item: Sent, batch: Batch) => void) | undefined;
  /** Reads an item from its payload; default: the item is the payload, as a view. */
  readonly read?: ReadPayload<Item> | undefined;
}

/** The same for items of a protocol's own, with those that read and write them. */
export interface ItemOptions<Sent, Item> extends LengthPrefixedOptions<Sent, Item> {
  readonly write: (item: Sent, batch: Batch) => void;
  readonly read: ReadPayload<Item>;
}

/** The same, where long payloads are wanted as they come. */
export interface PartedOptions<Sent, Item> extends ItemOptions<Sent, Item> {
  readonly takesParts: TakesParts;
}

/**
 * Frames of a 4-byte big-endian length and that many bytes. An empty frame is a frame.
 *
 * @throws TransportError `bad-option`
 */
export function lengthPrefixed<Sent, Item>(options: PartedOptions<Sent, Item>): Framing<Item | PayloadPart, Sent>;
export function lengthPrefixed<Sent, Item>(options: ItemOptions<Sent, Item>): Framing<Item, Sent>;
export function lengthPrefixed(options: LengthPrefixedOptions<Uint8Array>): Framing<Uint8Array>;
export function lengthPrefixed<Sent>(
  options: LengthPrefixedOptions<Sent> & { readonly write: (item: Sent, batch: Batch) => void },
): Framing<Uint8Array, Sent>;
export function lengthPrefixed(
  options: LengthPrefixedOptions<Uint8Array> & Partial<Pick<PartedOptions<Uint8Array, Uint8Array>, "takesParts">>,
): Framing<Uint8Array | PayloadPart, Uint8Array> {
  const { maxFrameBytes, maxSentBytes = maxFrameBytes, firstFrame, takesParts } = options;
  const { write = appendBytes, read = viewOf } = options;
  checkInteger("maxFrameBytes", maxFrameBytes, 1, 0xffff_ffff);
  checkInteger("maxSentBytes", maxSentBytes, 1, 0xffff_ffff);
  if (firstFrame !== undefined) {
    checkInteger("firstFrame.maxBytes", firstFrame.maxBytes, firstFrame.magic.length, 0xffff_ffff);
  }

  return {
    encode(item, batch) {
      const start = batch.byteLength;
      const at = batch.reserve(headerBytes);
      write(item, batch);
      const bytes = batch.byteLength - start - headerBytes;
      if (bytes > maxSentBytes) throw tooLarge(bytes, maxSentBytes);
      const { buffer } = batch;
      buffer[at] = bytes >>> 24;
      buffer[at + 1] = bytes >>> 16;
      buffer[at + 2] = bytes >>> 8;
      buffer[at + 3] = bytes;
    },
    decoder: () => new LengthPrefixedDecoder({ maxFrameBytes, firstFrame, read, takesParts }),
  };
}

function appendBytes(bytes: Uint8Array, batch: Batch): void {
  batch.append(bytes);
}

function viewOf(bytes: Buffer, from: number, to: number): Uint8Array {
  return bytes.subarray(from, to);
}

function tooLarge(bytes: number, maxSentBytes: number): TransportError {
  return new TransportError(
    "frame-too-large",
    `a frame of ${bytes} bytes cannot be sent: the limit is ${maxSentBytes} (maxSentBytes, or else maxFrameBytes); raise it, and the other end's, or send less in one frame`,
  );
}
