// The check of a connection's very first bytes: is this our protocol at all? Magic comes before trust in a length.
import { TransportError } from "./errors.js";

/** What the first frame of a connection must be. */
export interface FirstFrame {
  /** Its payload begins with these bytes. */
  readonly magic: Uint8Array;
  /** Its payload's greatest length. */
  readonly maxBytes: number;
}

const shownBytes = 16;
const headerBytes = 4;

/** Looks at the stream's first bytes as they arrive, before anything else believes them. */
export class Preamble {
  readonly #first: FirstFrame;
  readonly #seen: number[] = [];
  readonly #neededBytes: number;

  constructor(first: FirstFrame) {
    this.#first = first;
    this.#neededBytes = headerBytes + first.magic.length;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @returns true once length and magic are in and right: nothing more needs to be checked.
   * @throws TransportError `bad-preamble` at the first byte that cannot be ours
   */
  check(chunk: Uint8Array): boolean {
    const from = this.#seen.length;
    // More than what is checked is kept only to be shown.
    const take = Math.max(shownBytes, this.#neededBytes) - from;
    for (const byte of chunk.subarray(0, take)) this.#seen.push(byte);

    const { magic, maxBytes } = this.#first;
    const seen = this.#seen;
    if (seen.length >= headerBytes) {
      const length = seen.slice(0, headerBytes).reduce((sum, byte) => sum * 256 + byte, 0);
      if (length > maxBytes || length < magic.length) throw this.#refusal();
    }
    for (let at = Math.max(from, headerBytes); at < Math.min(seen.length, this.#neededBytes); at++) {
      if (seen[at] !== magic[at - headerBytes]) throw this.#refusal();
    }
    return seen.length >= this.#neededBytes;
  }

  #refusal(): TransportError {
    const { magic, maxBytes } = this.#first;
    const expected = `a frame of ${magic.length} to ${maxBytes} bytes that begins with ${show(magic)}`;
    const hint = recognise(Buffer.from(this.#seen));
    return new TransportError(
      "bad-preamble",
      `the peer does not speak this protocol: the connection begins with ${show(this.#seen)}, not with ${expected}` +
        (hint === undefined ? "" : ` (${hint})`),
    );
  }
}

/** At most 16 bytes, as text where all are printable ASCII (line ends aside), else as hex: safe for a log. */
function show(bytes: ArrayLike<number>): string {
  const shown = Buffer.from(Array.from(bytes).slice(0, shownBytes));
  const text = shown.toString("latin1");
  return /^[\x20-\x7e\r\n]+$/.test(text) ? JSON.stringify(text) : `0x${shown.toString("hex")}`;
}

function recognise(bytes: Buffer): string | undefined {
  const text = bytes.toString("latin1");
  if (/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|PRI) /.test(text)) return "an HTTP request: wrong port?";
  if (text.startsWith("HTTP/")) return "an HTTP response: a proxy, or the wrong port?";
  if (text.startsWith("SSH-")) return "an SSH server: wrong port?";
  // RFC 8446 §5.1: a content type from 20 to 23, then a version whose first byte is 3.
  const [contentType = 0, major] = bytes;
  if (contentType >= 20 && contentType <= 23 && major === 3)
    return "a TLS record: the peer uses TLS, this end does not";
  return undefined;
}
