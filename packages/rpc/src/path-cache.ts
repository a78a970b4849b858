// Paths as text, by their bytes: a connection names the same few methods again and again, and to compare a dozen bytes costs
// a tenth of decoding them.
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
  // The end of a path tells methods of one service apart, its length services.
  const slot = (length + 31 * (bytes[end - 1] ?? 0) + 17 * (bytes[end - 3] ?? 0)) % slots;
  const found = known[slot];
  if (found !== undefined && isSame(found.bytes, bytes, start, length)) return found.path;
  const own = Uint8Array.prototype.slice.call(bytes, start, end);
  const path = Buffer.from(own.buffer).toString("utf8");
  known[slot] = { bytes: own, path };
  return path;
}

function isSame(path: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (path.length !== length) return false;
  for (let index = 0; index < length; index++) if (path[index] !== bytes[start + index]) return false;
  return true;
}
