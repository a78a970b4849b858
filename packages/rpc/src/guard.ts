// Looks over one msgpack value before a library decodes it: one pass, no recursion, nothing allocated but on refusal.
// msgpackr cannot be made safe by its options alone (it would define records, build shared objects, loop for seconds on
// a trailing byte), so nothing that this function refuses ever reaches it. PROTOCOL.md §10.2.

/** How much one value may be. */
export interface ValueBounds {
  readonly maxDepth: number;
  readonly maxValues: number;
}

/** What this side has encoded itself, or looked over already, may be as much as any limit allows. */
export const anySize: ValueBounds = { maxDepth: 512, maxValues: Infinity };

// How many elements are still to come in each open array or map: entries of a map count twice, key and value.
const pending = new Float64Array(513);
// Whether the open container is a map, where every second element must be a text key.
const inMap = new Uint8Array(513);
// Where each of them begins.
const begins = new Float64Array(513);

/** Containers of more bytes are worth remembering: smaller ones are looked through as fast. */
const largeBytes = 32;

/** Where large containers end, by where they begin. */
export type Ends = Map<number, number>;

const protoKey = [0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f]; // __proto__

/** @returns why `bytes` is not one acceptable value, or undefined where it is */
export function refuseValue(bytes: Uint8Array, bounds: ValueBounds): string | undefined {
  return refuseSpan({ bytes, from: 0, to: bytes.length }, bounds);
}

/** As {@link refuseValue}, of a part of `bytes`. Fills `ends`, so that no container has to be looked through again. */
export function refuseSpan(
  { bytes, from, to }: { readonly bytes: Uint8Array; readonly from: number; readonly to: number },
  bounds: ValueBounds,
  ends?: Ends,
): string | undefined {
  const end = endOfValue(bytes, from, to, bounds, ends);
  if (typeof end === "string") return end;
  return end === to ? undefined : `${to - end} bytes follow the value`;
}

/** @returns where the value that begins at `start`, and has to end at `end` or before, ends; or why it is not acceptable */
export function endOfValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  bounds: ValueBounds,
  ends?: Ends,
): number | string {
  let at = start;
  let depth = 0;
  let values = 0;
  pending[0] = 1;
  inMap[0] = 0;
  for (;;) {
    while (pending[depth] === 0) {
      if (depth === 0) return at;
      const begin = begins[depth] as number;
      if (ends !== undefined && at - begin > largeBytes) ends.set(begin, at);
      depth--;
    }
    if (at >= end) return "the value is cut off";
    if (++values > bounds.maxValues) return `more than ${bounds.maxValues} values (limit maxValues)`;
    // In a map the number of elements to come is even exactly before a key.
    const isKey = inMap[depth] === 1 && (pending[depth] as number) % 2 === 0;
    pending[depth] = (pending[depth] as number) - 1;
    const begin = at;
    const byte = bytes[at++] as number;
    let length = -1; // of what follows the header, in bytes
    let count = -1; // of the elements of a container
    let map = false;
    if (byte <= 0x7f || byte >= 0xe0) length = 0;
    else if (byte <= 0x8f) {
      count = byte & 0x0f;
      map = true;
    } else if (byte <= 0x9f) count = byte & 0x0f;
    else if (byte <= 0xbf) {
      length = byte & 0x1f;
      if (isKey) {
        if (at + length > end) return "the value is cut off";
        if (isProtoKey(bytes, at, length)) return "the key __proto__";
        at += length;
        continue;
      }
    } else {
      switch (byte) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          length = 0;
          break;
        case 0xcc:
        case 0xd0:
          length = 1;
          break;
        case 0xcd:
        case 0xd1:
          length = 2;
          break;
        case 0xca:
        case 0xce:
        case 0xd2:
          length = 4;
          break;
        case 0xcb:
        case 0xcf:
        case 0xd3:
          length = 8;
          break;
        case 0xc4:
        case 0xd9:
          if (at + 1 > end) return "the value is cut off";
          length = bytes[at++] as number;
          break;
        case 0xc5:
        case 0xda:
          if (at + 2 > end) return "the value is cut off";
          length = u16(bytes, at);
          at += 2;
          break;
        case 0xc6:
        case 0xdb:
          if (at + 4 > end) return "the value is cut off";
          length = u32(bytes, at);
          at += 4;
          break;
        case 0xdc:
        case 0xde:
          if (at + 2 > end) return "the value is cut off";
          count = u16(bytes, at);
          map = byte === 0xde;
          at += 2;
          break;
        case 0xdd:
        case 0xdf:
          if (at + 4 > end) return "the value is cut off";
          count = u32(bytes, at);
          map = byte === 0xdf;
          at += 4;
          break;
        case 0xd4:
          if (bytes[at] !== 0 || bytes[at + 1] !== 0) return "an extension that PROTOCOL.md does not name";
          length = 2;
          break;
        case 0xd6:
        case 0xd7:
          if (bytes[at] !== 0xff) return "an extension that PROTOCOL.md does not name";
          length = byte === 0xd6 ? 5 : 9;
          break;
        case 0xc7:
          if (bytes[at] !== 12 || bytes[at + 1] !== 0xff) return "an extension that PROTOCOL.md does not name";
          length = 14;
          break;
        default:
          return `the byte 0x${byte.toString(16)}, which begins no value`;
      }
      if (isKey) {
        if (byte !== 0xd9 && byte !== 0xda && byte !== 0xdb) return "a key that is not text";
        if (at + length > end) return "the value is cut off";
        if (isProtoKey(bytes, at, length)) return "the key __proto__";
      }
    }
    if (count >= 0) {
      if (isKey) return "a key that is not text";
      const elements = map ? count * 2 : count;
      // Each element takes a byte at least: a container cannot claim more than there is.
      if (elements > end - at) return "the value is cut off";
      if (++depth > bounds.maxDepth) return `nested deeper than ${bounds.maxDepth} (limit maxDepth)`;
      pending[depth] = elements;
      begins[depth] = begin;
      inMap[depth] = map ? 1 : 0;
      continue;
    }
    if (isKey && (byte <= 0x7f || byte >= 0xe0)) return "a key that is not text";
    if (length > end - at) return "the value is cut off";
    at += length;
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}

function isProtoKey(bytes: Uint8Array, at: number, length: number): boolean {
  if (length !== protoKey.length) return false;
  for (let index = 0; index < length; index++) if (bytes[at + index] !== protoKey[index]) return false;
  return true;
}
