// Line-protocol framing behind the same interface: each item is followed by a delimiter that it must not contain.
import { TransportError } from "./errors.js";
import type { FrameDecoder, Framing } from "./framing.js";
import { HeldBytes } from "./held-bytes.js";
import { badOption, checkInteger } from "./option-check.js";

/** What ends a frame, and how long one may be. */
export interface DelimitedOptions {
  /** Text (sent as UTF-8) or bytes, at least one. Default: a line feed. */
  readonly delimiter?: string | Uint8Array | undefined;
  /** The greatest item, in bytes, in both directions, without its delimiter: at least 1. */
  readonly maxFrameBytes: number;
}

/**
 * Frames that end in a delimiter, which is no part of the item; an empty item is an item.
 * Sending an item that contains it throws `bad-option`: nothing is escaped.
 *
 * @throws TransportError `bad-option`
 */
export function delimited({ delimiter = "\n", maxFrameBytes }: DelimitedOptions): Framing<Uint8Array> {
  checkInteger("maxFrameBytes", maxFrameBytes, 1);
  // A copy: the caller's bytes may change.
  const mark = typeof delimiter === "string" ? Buffer.from(delimiter) : Buffer.from(delimiter);
  if (mark.length === 0) throw badOption("delimiter", "must have at least one byte");

  return {
    encode(item, batch) {
      if (item.length > maxFrameBytes) {
        throw new TransportError(
          "frame-too-large",
          `a frame of ${item.length} bytes cannot be sent: maxFrameBytes is ${maxFrameBytes}; raise it on both ends`,
        );
      }
      // The item's last bytes count with the delimiter's first ones: "a" before "aa" would end one byte too early.
      const tail = item.subarray(Math.max(0, item.length - mark.length + 1));
      if (viewOf(item).includes(mark) || Buffer.concat([tail, mark]).indexOf(mark) < tail.length) {
        throw badOption("item", "contains the delimiter, or ends so that it would begin early: choose another framing");
      }
      batch.append(item);
      batch.append(mark);
    },
    decoder: () => new DelimitedDecoder(mark, maxFrameBytes),
  };
}

class DelimitedDecoder implements FrameDecoder<Uint8Array> {
  readonly #mark: Buffer;
  readonly #maxFrameBytes: number;
  readonly #held = new HeldBytes();

  constructor(mark: Buffer, maxFrameBytes: number) {
    this.#mark = mark;
    this.#maxFrameBytes = maxFrameBytes;
  }

  get bufferedBytes(): number {
    return this.#held.length;
  }

  push(chunk: Uint8Array, items: Uint8Array[], lent = false): void {
    const mark = this.#mark;
    const bytes = lent ? Buffer.from(chunk) : viewOf(chunk);
    let at = this.#held.length > 0 ? this.#continue(bytes, items) : 0;
    while (at < bytes.length) {
      const end = bytes.indexOf(mark, at);
      if (end === -1) return this.#hold(bytes, at);
      if (end - at > this.#maxFrameBytes) throw this.#tooLarge();
      items.push(bytes.subarray(at, end));
      at = end + mark.length;
    }
  }

  /** Goes on with the frame that is held; returns how much of the chunk belonged to it. */
  #continue(chunk: Buffer, items: Uint8Array[]): number {
    const before = this.#held.length;
    // Only what could have been the delimiter's beginning is looked at again: a long line in tiny chunks stays linear.
    const from = Math.max(0, before - this.#mark.length + 1);
    const limit = this.#maxFrameBytes + this.#mark.length;
    const taken = Math.min(chunk.length, limit - before);
    this.#held.append(chunk, 0, taken, limit);
    const end = this.#held.view.indexOf(this.#mark, from);
    if (end === -1) {
      if (this.#held.length === limit) throw this.#tooLarge();
      return taken;
    }
    items.push(this.#held.take(end));
    return end + this.#mark.length - before;
  }

  #hold(chunk: Buffer, at: number): void {
    const limit = this.#maxFrameBytes + this.#mark.length;
    if (chunk.length - at >= limit) throw this.#tooLarge();
    this.#held.append(chunk, at, chunk.length, limit);
  }

  #tooLarge(): TransportError {
    return new TransportError(
      "frame-too-large",
      `the peer sent ${this.#maxFrameBytes} bytes without the delimiter ${JSON.stringify(this.#mark.toString("latin1"))}: ` +
        "raise maxFrameBytes here, or send shorter frames",
    );
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
