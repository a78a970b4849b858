// Chunks in, payloads out, whole or in parts: u32 big-endian length ‖ payload. Pure; knows neither sockets nor what a payload
// means.
import { TransportError } from "./errors.js";
import type { FrameDecoder } from "./framing.js";
import { HeldBytes } from "./held-bytes.js";
import { PayloadPart } from "./payload-part.js";
import { Preamble, type FirstFrame } from "./preamble.js";

/** How many bytes the length takes in front of each payload. */
export const headerBytes = 4;

/**
 * Whether a payload that its chunk cuts is handed out in parts, instead of being gathered first: asked once, with what is in
 * of it, which lies in `bytes` from `from` to `to`, and with the length of the whole. That comes as the first part then, at once.
 */
export type TakesParts = (bytes: Buffer, from: number, to: number, length: number) => boolean;

/**
 * What a whole payload is, which lies in `bytes` from `from` to `to`: without a view of its own, which costs as much as
 * reading a small one. The bytes will not be written to again. What it throws ends the reading, as a length over the limit does.
 */
export type ReadPayload<Item> = (bytes: Buffer, from: number, to: number) => Item;

/** As `lengthPrefixed` has them, checked. */
export interface DecoderOptions<Item> {
  readonly maxFrameBytes: number;
  readonly firstFrame?: FirstFrame | undefined;
  readonly read: ReadPayload<Item>;
  readonly takesParts?: TakesParts | undefined;
}

/** The decoder behind `lengthPrefixed`. The length is checked before anything of its frame is buffered. */
export class LengthPrefixedDecoder<Item> implements FrameDecoder<Item | PayloadPart> {
  readonly #maxFrameBytes: number;
  readonly #read: ReadPayload<Item>;
  readonly #takesParts: TakesParts | undefined;
  /** That of the next frame: the first one may have its own. */
  #limit: number;
  #preamble: Preamble | undefined;
  /** Bytes of a header that is cut by a chunk's end, and their value so far. */
  #headerBytes = 0;
  #length = 0;
  readonly #held = new HeldBytes();
  /** How much of a payload went out in parts already; 0: none is under way. */
  #partedBytes = 0;

  constructor({ maxFrameBytes, firstFrame, read, takesParts }: DecoderOptions<Item>) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#read = read;
    this.#takesParts = takesParts;
    this.#limit = firstFrame?.maxBytes ?? maxFrameBytes;
    this.#preamble = firstFrame && new Preamble(firstFrame);
  }

  get bufferedBytes(): number {
    return this.#headerBytes + this.#held.length + this.#partedBytes;
  }

  push(given: Uint8Array, items: (Item | PayloadPart)[], lent = false): void {
    let chunk = bufferOf(given);
    let isLent = lent;
    if (this.#preamble?.check(chunk) === true) this.#preamble = undefined;
    const end = chunk.length;
    let at = 0;
    if (this.#partedBytes > 0 && end > 0) at = this.#nextPart(chunk, items);
    else if (this.#headerBytes > 0) at = this.#continue(chunk, items);
    while (at < end) {
      const start = at + headerBytes;
      if (start > end) return this.#begin(chunk, at);
      const length = chunk[at]! * 0x1000000 + ((chunk[at + 1]! << 16) | (chunk[at + 2]! << 8) | chunk[at + 3]!);
      if (length > this.#limit) throw this.#tooLarge(length);
      if (start + length > end) {
        if (start === end || this.#takesParts?.(chunk, start, end, length) !== true) return this.#begin(chunk, at);
        this.#headerBytes = headerBytes;
        this.#length = length;
        this.#partedBytes = end - start;
        items.push(new PayloadPart(chunk, start, end, 0, length));
        return;
      }
      if (isLent) {
        chunk = Buffer.from(chunk);
        isLent = false;
      }
      at = start + length;
      items.push(this.#read(chunk, start, at));
      this.#limit = this.#maxFrameBytes;
    }
  }

  /** Hands out what the chunk begins with of the payload that goes in parts; returns where that ends. */
  #nextPart(chunk: Buffer, items: (Item | PayloadPart)[]): number {
    const offset = this.#partedBytes;
    const end = Math.min(chunk.length, this.#length - offset);
    items.push(new PayloadPart(chunk, 0, end, offset, this.#length));
    this.#partedBytes = offset + end;
    if (this.#partedBytes === this.#length) {
      this.#partedBytes = 0;
      this.#endFrame();
    }
    return end;
  }

  /** Holds what the chunk has of a frame that it does not complete; `at` is where the frame begins. */
  #begin(chunk: Uint8Array, at: number): void {
    this.#continue(at === 0 ? chunk : chunk.subarray(at), []);
  }

  /** Goes on with the frame that is held; returns how much of the chunk belonged to it. */
  #continue(chunk: Uint8Array, items: (Item | PayloadPart)[]): number {
    let at = 0;
    while (this.#headerBytes < headerBytes) {
      if (at === chunk.length) return at;
      this.#length = this.#length * 256 + chunk[at++]!;
      this.#headerBytes++;
      if (this.#headerBytes === headerBytes && this.#length > this.#limit) throw this.#tooLarge(this.#length);
    }
    const end = Math.min(chunk.length, at + this.#length - this.#held.length);
    if (end > at) this.#held.append(chunk, at, end, this.#length);
    if (this.#held.length === this.#length) {
      items.push(this.#read(this.#held.take(this.#length), 0, this.#length));
      this.#endFrame();
    }
    return end;
  }

  #endFrame(): void {
    this.#limit = this.#maxFrameBytes;
    this.#headerBytes = 0;
    this.#length = 0;
  }

  #tooLarge(length: number): TransportError {
    return new TransportError(
      "frame-too-large",
      `the peer announced a frame of ${length} bytes; this end takes up to ${this.#limit}: ` +
        "raise maxFrameBytes here, or send less in one frame",
    );
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
