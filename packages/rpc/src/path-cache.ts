// Paths as text, by their bytes, and back: a connection names the same few methods again and again, and to compare a dozen
// bytes costs a tenth of decoding or encoding them.
import { isSameBytes } from "./copy-bytes.js";

const slots = 64;

interface Known {
  readonly bytes: Uint8Array;
  readonly path: string;
}

/** The last path of each slot, for all connections: at most 64 of at most 255 bytes. */
const known: (Known | undefined)[] = new Array<Known | undefined>(slots).fill(undefined);

/** The UTF-8 text from `start` to `end`. */
export function pathOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  const slot = slotOf(length, bytes[end - 1] ?? 0, bytes[end - 3] ?? 0);
  const found = known[slot];
  if (found?.bytes.length === length && isSameBytes(found.bytes, bytes, start)) return found.path;
  const own = Uint8Array.prototype.slice.call(bytes, start, end);
  const path = Buffer.from(own.buffer).toString("utf8");
  // Bytes that are no UTF-8 are not this text's.
  if (!path.includes("\ufffd")) known[slot] = { bytes: own, path };
  return path;
}

/** The path as UTF-8, not to be written to. */
export function bytesOfPath(path: string): Uint8Array {
  const { length } = path;
  // As for the bytes, where the path is ASCII; for others it is as good.
  const slot = slotOf(length, path.charCodeAt(length - 1) & 0xff, path.charCodeAt(length - 3) & 0xff);
  const found = known[slot];
  if (found !== undefined && found.path === path) return found.bytes;
  const bytes = Buffer.from(path);
  known[slot] = { bytes, path };
  return bytes;
}

/** The end of a path tells methods of one service apart, its length services. */
function slotOf(length: number, last: number, thirdLast: number): number {
  return (length + 31 * last + 17 * thirdLast) % slots;
}
