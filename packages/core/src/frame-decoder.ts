// Chunks in, whole payloads out: u32 big-endian length ‖ payload. Pure; knows neither sockets nor what a payload means.
import { TransportError } from "./errors.js";
import type { FrameDecoder } from "./framing.js";
import { HeldBytes } from "./held-bytes.js";
import { Preamble, type FirstFrame } from "./preamble.js";

/** How many bytes the length takes in front of each payload. */
export const headerBytes = 4;

/** The decoder behind `lengthPrefixed`. The length is checked before anything of its frame is buffered. */
export class LengthPrefixedDecoder implements FrameDecoder<Uint8Array> {
  readonly #maxFrameBytes: number;
  /** That of the next frame: the first one may have its own. */
  #limit: number;
  #preamble: Preamble | undefined;
  /** Bytes of a header that is cut by a chunk's end, and their value so far. */
  #headerBytes = 0;
  #length = 0;
  readonly #held = new HeldBytes();

  constructor(maxFrameBytes: number, firstFrame: FirstFrame | undefined) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#limit = firstFrame?.maxBytes ?? maxFrameBytes;
    this.#preamble = firstFrame && new Preamble(firstFrame);
  }

  get bufferedBytes(): number {
    return this.#headerBytes + this.#held.length;
  }

  push(chunk: Uint8Array, items: Uint8Array[]): void {
    if (this.#preamble?.check(chunk) === true) this.#preamble = undefined;
    const end = chunk.length;
    let at = this.#headerBytes > 0 ? this.#continue(chunk, items) : 0;
    while (at < end) {
      const start = at + headerBytes;
      if (start > end) return this.#begin(chunk, at);
      const length = chunk[at]! * 0x1000000 + ((chunk[at + 1]! << 16) | (chunk[at + 2]! << 8) | chunk[at + 3]!);
      if (length > this.#limit) throw this.#tooLarge(length);
      if (start + length > end) return this.#begin(chunk, at);
      at = start + length;
      items.push(chunk.subarray(start, at));
      this.#limit = this.#maxFrameBytes;
    }
  }

  /** Holds what the chunk has of a frame that it does not complete; `at` is where the frame begins. */
  #begin(chunk: Uint8Array, at: number): void {
    this.#continue(at === 0 ? chunk : chunk.subarray(at), []);
  }

  /** Goes on with the frame that is held; returns how much of the chunk belonged to it. */
  #continue(chunk: Uint8Array, items: Uint8Array[]): number {
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
      items.push(this.#held.take(this.#length));
      this.#limit = this.#maxFrameBytes;
      this.#headerBytes = 0;
      this.#length = 0;
    }
    return end;
  }

  #tooLarge(length: number): TransportError {
    return new TransportError(
      "frame-too-large",
      `the peer announced a frame of ${length} bytes; this end takes up to ${this.#limit}: ` +
        "raise maxFrameBytes here, or send less in one frame",
    );
  }
}
