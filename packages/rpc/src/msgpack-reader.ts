// Reads msgpack piece by piece from a message, for generated code: no intermediate values are made. What is asked for and
// is not there is left where it is; what is no msgpack, or beyond the bounds, throws. Knows no contract. PROTOCOL.md §10.
import { endOfValue, type ValueBounds } from "./guard.js";
import type { Fields, Members } from "./fields.js";
import { MalformedValue } from "./malformed-value.js";
import type { Span } from "./span.js";

/**
 * Texts up to this are read here, which costs less than the call into native code. Longer ones would be joined of parts by
 * reference, and copied by whoever looks at them.
 */
const shortText = 12;

/** From here on two objects cost less than filling. */
const unfilledBytes = 4096;

// A double's bytes, looked at through its own memory; the machine may have them in either order.
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
// Of a float, as an integer: in that order, all machines agree.
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);
double[0] = 2;
const lastFirst = doubleBytes[0] === 0;

const nothing: Buffer = Buffer.alloc(0);

/** What a value is: of the kinds that JavaScript tells apart, with an object for a map. */
export type MsgpackKind =
  | "null"
  | "undefined"
  | "boolean"
  | "number"
  | "string"
  | "bytes"
  | "array"
  | "object"
  | "Date";

/** Reads one message after another, in the positional form; `NamedReader` reads the other one. */
export class MsgpackReader {
  /** Whether objects are maps, and literals are there; else fields lie in their order, and literals are left out. */
  readonly isNamed: boolean = false;
  #bytes: Buffer = nothing;
  #at = 0;
  /** Where the message ends: the bytes may go on with other messages, which are none of its business. */
  #to = 0;
  /** Containers that may still be opened inside those that are open, and values that may still come. */
  #depth = 0;
  #values = 0;
  #bounds: ValueBounds = { maxDepth: 0, maxValues: 0 };

  /** Begins a message. What is read from it is a copy; the bytes are looked at until {@link release}. */
  begin({ bytes, from, to }: Span, bounds: ValueBounds): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
    this.#depth = bounds.maxDepth;
    this.#values = bounds.maxValues - 1;
    this.#bounds = bounds;
  }

  /** The message is read. @throws MalformedValue where bytes are left */
  end(): void {
    const left = this.#to - this.#at;
    if (left > 0) throw new MalformedValue(`${left} bytes follow the value`);
  }

  /** Lets go of the message, read or not. */
  release(): void {
    this.#bytes = nothing;
  }

  /** What comes next. */
  kind(): MsgpackKind {
    const byte = this.#peek();
    if (byte <= 0x7f || byte >= 0xe0) return "number";
    if (byte <= 0x8f || byte === 0xde || byte === 0xdf) return "object";
    if (byte <= 0x9f || byte === 0xdc || byte === 0xdd) return "array";
    if (byte <= 0xbf || (byte >= 0xd9 && byte <= 0xdb)) return "string";
    if (byte === 0xc0) return "null";
    if (byte === 0xc2 || byte === 0xc3) return "boolean";
    if (byte >= 0xc4 && byte <= 0xc6) return "bytes";
    if (byte === 0xd4) return "undefined";
    return byte >= 0xca && byte <= 0xd3 ? "number" : "Date";
  }

  /** Passes over one value, whatever it is. */
  skip(): void {
    this.#peek();
    const { maxValues } = this.#bounds;
    const end = endOfValue(this.#bytes, this.#at, this.#to, { maxDepth: this.#depth, maxValues });
    if (typeof end === "string") throw new MalformedValue(end);
    this.#at = end;
  }

  /** Takes nil, where it comes next. */
  nil(): boolean {
    if (this.#peek() !== 0xc0) return false;
    this.#at++;
    return true;
  }

  /** Takes extension 0, `undefined` in a position, where it comes next. */
  absent(): boolean {
    if (this.#peek() !== 0xd4) return false;
    this.#need(3);
    if (this.#bytes[this.#at + 1] !== 0 || this.#bytes[this.#at + 2] !== 0) {
      throw new MalformedValue("an extension that PROTOCOL.md does not name");
    }
    this.#at += 3;
    return true;
  }

  /** The timestamp extension, in ms; a finer part is dropped. */
  timestamp(): number | undefined {
    const byte = this.#peek();
    if (byte !== 0xd6 && byte !== 0xd7 && byte !== 0xc7) return undefined;
    this.#need(byte === 0xd6 ? 6 : byte === 0xd7 ? 10 : 15);
    const bytes = this.#bytes;
    const at = this.#at;
    if (bytes[at + (byte === 0xc7 ? 2 : 1)] !== 0xff || (byte === 0xc7 && bytes[at + 1] !== 12)) {
      throw new MalformedValue("an extension that PROTOCOL.md does not name");
    }
    this.#at = at + (byte === 0xd6 ? 6 : byte === 0xd7 ? 10 : 15);
    if (byte === 0xd6) return u32(bytes, at + 2) * 1000;
    if (byte === 0xc7) return Math.trunc(Number(bytes.readBigInt64BE(at + 7)) * 1000 + u32(bytes, at + 3) / 1e6);
    const high = u32(bytes, at + 2);
    return Math.trunc(((high & 3) * 0x1_00_00_00_00 + u32(bytes, at + 6)) * 1000 + (high >>> 2) / 1e6);
  }

  /** Undefined where something else comes next; so do all that follow. */
  boolean(): boolean | undefined {
    const byte = this.#peek();
    if (byte !== 0xc2 && byte !== 0xc3) return undefined;
    this.#at++;
    return byte === 0xc3;
  }

  number(): number | undefined {
    const byte = this.#peek();
    if (byte <= 0x7f) {
      this.#at++;
      return byte;
    }
    if (byte >= 0xe0) {
      this.#at++;
      return byte - 0x1_00;
    }
    if (byte < 0xca || byte > 0xd3) return undefined;
    const size = numberSizes[byte - 0xca] as number;
    this.#need(1 + size);
    const bytes = this.#bytes;
    const at = this.#at + 1;
    this.#at = at + size;
    switch (byte) {
      case 0xca:
        floatBits[0] = u32(bytes, at);
        return float[0];
      case 0xcb:
        if (!lastFirst) return bytes.readDoubleBE(at);
        for (let index = 0; index < 8; index++) doubleBytes[7 - index] = bytes[at + index] as number;
        return double[0];
      case 0xcc:
        return bytes[at];
      case 0xcd:
        return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      case 0xce:
        return u32(bytes, at);
      case 0xcf:
        return this.#exact(Number(bytes.readBigUInt64BE(at)));
      case 0xd0:
        return bytes.readInt8(at);
      case 0xd1:
        return bytes.readInt16BE(at);
      case 0xd2:
        return bytes.readInt32BE(at);
      default:
        return this.#exact(Number(bytes.readBigInt64BE(at)));
    }
  }

  /** No number that would not be what was sent: the integer still comes next, for who tells so. */
  #exact(value: number): number | undefined {
    if (Number.isSafeInteger(value)) return value;
    this.#at -= 9;
    return undefined;
  }

  /** An integer of any width. */
  bigint(): bigint | undefined {
    const byte = this.#peek();
    if (byte === 0xcf || byte === 0xd3) {
      this.#need(9);
      const at = this.#at + 1;
      this.#at += 9;
      return byte === 0xcf ? this.#bytes.readBigUInt64BE(at) : this.#bytes.readBigInt64BE(at);
    }
    if (byte === 0xca || byte === 0xcb) return undefined;
    const value = this.number();
    return value === undefined ? undefined : BigInt(value);
  }

  /** What is no UTF-8 becomes U+FFFD. */
  string(): string | undefined {
    const byte = this.#peek();
    if (byte >= 0xa0 && byte <= 0xbf) {
      const length = byte & 0x1f;
      this.#need(1 + length);
      const start = this.#at + 1;
      this.#at = start + length;
      const text = length <= shortText ? this.#shortText(start, length) : undefined;
      return text ?? this.#bytes.toString("utf8", start, start + length);
    }
    if (byte < 0xd9 || byte > 0xdb) return undefined;
    const length = this.#sizeOf(byte - 0xd9);
    const start = this.#at;
    this.#at += length;
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** Undefined where it is not all ASCII. */
  #shortText(start: number, length: number): string | undefined {
    const bytes = this.#bytes;
    const end = start + length;
    let at = start;
    let text = "";
    for (; at + 4 <= end; at += 4) {
      const a = bytes[at] as number;
      const b = bytes[at + 1] as number;
      const c = bytes[at + 2] as number;
      const d = bytes[at + 3] as number;
      if (((a | b | c | d) & 0x80) !== 0) return undefined;
      text += String.fromCharCode(a, b, c, d);
    }
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** In memory of its own, all of it: whoever gets it may look at its `buffer`, or transfer it. */
  bytes(): Uint8Array | undefined {
    const byte = this.#peek();
    if (byte < 0xc4 || byte > 0xc6) return undefined;
    const length = this.#sizeOf(byte - 0xc4);
    const start = this.#at;
    this.#at += length;
    // Large memory is not filled with zeros, only to be written over.
    const copy =
      length < unfilledBytes ? new Uint8Array(length) : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    copy.set(this.#bytes.subarray(start, start + length));
    return copy;
  }

  /** Opens an array and tells its length, or −1 where something else comes next; {@link close} leaves it. */
  array(): number {
    const byte = this.#peek();
    if (byte >= 0x90 && byte <= 0x9f) return this.#open(1, byte & 0x0f, 1);
    if (byte === 0xdc) return this.#open(3, this.#countOf(2), 1);
    if (byte === 0xdd) return this.#open(5, this.#countOf(4), 1);
    return -1;
  }

  /** The same for a map, with the number of its pairs. */
  map(): number {
    const byte = this.#peek();
    if (byte >= 0x80 && byte <= 0x8f) return this.#open(1, byte & 0x0f, 2);
    if (byte === 0xde) return this.#open(3, this.#countOf(2), 2);
    if (byte === 0xdf) return this.#open(5, this.#countOf(4), 2);
    return -1;
  }

  /**
   * Opens an object: its fields come next, in their order, each as its value or as absent. Tells how many of them can be there,
   * or −1 where something else comes next; {@link leave} leaves it.
   */
  object(_fields: Fields): number {
    return this.array();
  }

  /** The same for an array whose elements have a type each: `required` of them at least, and at most `most`. */
  tuple(_required: number, _most: number): number {
    return this.array();
  }

  /** Leaves what {@link object} or {@link tuple} opened. */
  leave(): void {
    this.close();
  }

  /** Opens the map of an object's open keys, which come behind its fields. */
  open(): number {
    return this.map();
  }

  /** Leaves it. */
  shut(): void {
    this.close();
  }

  /** Takes the one value that a type has. */
  literal(_value: unknown): boolean {
    return this.nil();
  }

  /** The number of one of `values`. */
  choice(_values: readonly unknown[]): number | undefined {
    return this.number();
  }

  /** Milliseconds since 1970. */
  date(): number | undefined {
    return this.number();
  }

  /** What the field `name` of the map that comes next is: known in the named form alone. */
  kindOf(_name: string): MsgpackKind | undefined {
    return undefined;
  }

  /** Takes the head of a union's member, an array of two and a number; −1 where something else comes next. */
  member(_members: Members): number {
    if (this.#peek() !== 0x92) return this.#wideMember();
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 1 >= this.#to) throw cutOff();
    const index = bytes[at + 1] as number;
    if (index > 0x7f) return this.#wideMember();
    this.#at = at + 2;
    return index;
  }

  /** The same, where the writer took more bytes for it than it needs. */
  #wideMember(): number {
    const at = this.#at;
    const byte = this.#peek();
    const width = byte === 0xdc ? 2 : byte === 0xdd ? 4 : 0;
    if (width === 0 ? byte !== 0x92 : this.#countOf(width) !== 2) return -1;
    this.#at = at + 1 + width;
    const index = this.number();
    if (index !== undefined && Number.isInteger(index) && index >= 0) return index;
    this.#at = at;
    return -1;
  }

  /** Leaves the container that was opened last; all of it is read. */
  close(): void {
    this.#depth++;
  }

  #open(header: number, count: number, each: number): number {
    this.#at += header;
    // Each element takes a byte at least: a container cannot claim more than there is.
    if (count * each > this.#to - this.#at) throw cutOff();
    this.#values -= count * each;
    if (this.#values < 0) throw new MalformedValue(`more than ${this.#bounds.maxValues} values (limit maxValues)`);
    if (--this.#depth < 0) throw new MalformedValue(`nested deeper than ${this.#bounds.maxDepth} (limit maxDepth)`);
    return count;
  }

  #countOf(size: 2 | 4): number {
    this.#need(1 + size);
    return size === 2 ? this.#bytes.readUInt16BE(this.#at + 1) : this.#bytes.readUInt32BE(this.#at + 1);
  }

  /** Passes over the header of text or bytes, whose length is written in 1, 2 or 4 bytes, and tells that length. */
  #sizeOf(width: number): number {
    const bytes = this.#bytes;
    const at = this.#at + 1;
    let length: number;
    if (width === 0) {
      this.#need(2);
      length = bytes[at] as number;
    } else if (width === 1) {
      this.#need(3);
      length = bytes.readUInt16BE(at);
    } else {
      this.#need(5);
      length = bytes.readUInt32BE(at);
    }
    this.#at = at + (1 << width);
    this.#need(length);
    return length;
  }

  /** Where what comes next begins. */
  protected get at(): number {
    return this.#at;
  }

  /** Where what may be read now ends. */
  protected get to(): number {
    return this.#to;
  }

  /** Goes on somewhere else. */
  protected move(bytes: Buffer, at: number, to: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#to = to;
  }

  /** Called where all is read that may be read now: goes on where the next value is. @throws MalformedValue where there is none */
  protected next(): void {
    throw cutOff();
  }

  #peek(): number {
    if (this.#at >= this.#to) this.next();
    const byte = this.#bytes[this.#at] as number;
    if (byte === 0xc1) throw new MalformedValue("the byte 0xc1, which begins no value");
    return byte;
  }

  #need(size: number): void {
    if (this.#at + size > this.#to) throw cutOff();
  }
}

/** How many bytes a number has behind its first, from 0xca to 0xd3. */
const numberSizes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

function u32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return (bytes[at] as number) * 0x1_00_00_00 + low;
}

function cutOff(): MalformedValue {
  return new MalformedValue("the value is cut off");
}
