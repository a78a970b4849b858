// A reader of msgpack written from its specification and PROTOCOL.md §10.2 alone, for comparison: recursive, slow, plain.
import type { ValueBounds } from "../../dist/guard.js";

/** The one value of `bytes`. @throws Error for all that PROTOCOL.md §10.2 refuses */
export function readValue(bytes: Uint8Array, bounds: ValueBounds): unknown {
  const reader = new Reader(bytes, bounds);
  const value = reader.value(0);
  if (reader.left > 0) throw new Error("trailing bytes");
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #bounds: ValueBounds;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array, bounds: ValueBounds) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#bounds = bounds;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): unknown {
    if (++this.#values > this.#bounds.maxValues) throw new Error("too many values");
    const byte = this.#uint(1);
    if (byte <= 0x7f) return byte;
    if (byte <= 0x8f) return this.#map(byte & 15, depth);
    if (byte <= 0x9f) return this.#array(byte & 15, depth);
    if (byte <= 0xbf) return this.#text(byte & 31);
    if (byte >= 0xe0) return byte - 256;
    switch (byte) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return Buffer.from(this.#take(this.#uint(2 ** (byte - 0xc4))));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#uint(2 ** (byte - 0xc7)), byte);
      case 0xca:
        return this.#take(4).readFloatBE();
      case 0xcb:
        return this.#take(8).readDoubleBE();
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(2 ** (byte - 0xcc));
      case 0xcf:
        return whole(this.#take(8).readBigUInt64BE());
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const length = 2 ** (byte - 0xd0);
        return this.#take(length).readIntBE(0, length);
      }
      case 0xd3:
        return whole(this.#take(8).readBigInt64BE());
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(2 ** (byte - 0xd4), byte);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(2 ** (byte - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(2 ** (byte - 0xdb)), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(2 ** (byte - 0xdd)), depth);
      default:
        throw new Error("0xc1 begins no value");
    }
  }

  #array(count: number, depth: number): unknown[] {
    this.#deeper(depth);
    const array: unknown[] = [];
    for (let index = 0; index < count; index++) array.push(this.value(depth + 1));
    return array;
  }

  #map(count: number, depth: number): Record<string, unknown> {
    this.#deeper(depth);
    const map: Record<string, unknown> = {};
    for (let index = 0; index < count; index++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string" || key === "__proto__") throw new Error("a key that is not allowed");
      map[key] = this.value(depth + 1);
    }
    return map;
  }

  #deeper(depth: number): void {
    if (depth + 1 > this.#bounds.maxDepth) throw new Error("nested too deep");
  }

  #text(length: number): string {
    return this.#take(length).toString("utf8");
  }

  #extension(length: number, byte: number): unknown {
    const type = this.#take(1).readInt8();
    const data = this.#take(length);
    if (type === 0 && byte === 0xd4 && data[0] === 0) return undefined;
    // The three layouts of a timestamp, each in the one form that the specification gives it.
    if (type === -1 && byte === 0xd6) return new Date(data.readUInt32BE() * 1000);
    if (type === -1 && byte === 0xd7) {
      const both = data.readBigUInt64BE();
      return new Date(Number(both & 0x3_ffff_ffffn) * 1000 + Math.floor(Number(both >> 34n) / 1e6));
    }
    if (type === -1 && byte === 0xc7 && length === 12) {
      return new Date(Number(data.readBigInt64BE(4)) * 1000 + Math.floor(data.readUInt32BE() / 1e6));
    }
    throw new Error("an extension that is not named");
  }

  #uint(length: number): number {
    return this.#take(length).readUIntBE(0, length);
  }

  #take(length: number): Buffer {
    if (length > this.left) throw new Error("cut off");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function whole(value: bigint): number | bigint {
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}
