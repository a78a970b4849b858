// Writes msgpack piece by piece into memory that it keeps, for generated code: no intermediate values are made. Knows no
// contract and checks nothing but ranges. https://github.com/msgpack/msgpack/blob/master/spec.md, PROTOCOL.md §10.
import type { Fields } from "./fields.js";
import { mayRest, slabBytes, takeRested } from "./rested-memory.js";
import type { Span } from "./span.js";

/** Texts up to this are written by the loop, which costs less than the call into native code. */
const shortText = 24;

// A double's bytes, looked at through its own memory; the machine may have them in either order.
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
// Of a float, as an integer: in that order, all machines agree.
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);
double[0] = 2;
const lastFirst = doubleBytes[0] === 0;

const nothing: Buffer = Buffer.alloc(0);

/** Writes one message after another, in the positional form; {@link take} ends each. `NamedWriter` writes the other one. */
export class MsgpackWriter {
  /** Whether objects are maps, and literals are written; else fields lie in their order, and literals are left out. */
  readonly isNamed: boolean = false;
  #buffer: Buffer = nothing;
  /** Where this message begins, and where it goes on. */
  #start = 0;
  #length = 0;

  /** What was written since the last message. It is not written to any more. */
  take(): Span {
    const message = { bytes: this.#buffer, from: this.#start, to: this.#length };
    this.#start = this.#length;
    this.#letGo();
    return message;
  }

  /** Forgets what was written since. */
  reset(): void {
    this.#length = this.#start;
    this.#letGo();
  }

  /** A piece that a large message took for itself is not kept for the small ones behind it. */
  #letGo(): void {
    if (!mayRest(this.#buffer)) return;
    this.#buffer = nothing;
    this.#start = 0;
    this.#length = 0;
  }

  nil(): void {
    this.#byte(0xc0);
  }

  /** `undefined` in a position: extension 0. */
  absent(): void {
    const at = this.#reserve(3);
    this.#buffer[at] = 0xd4;
    this.#buffer[at + 1] = 0;
    this.#buffer[at + 2] = 0;
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** The shortest form that holds it: an integer up to 32 bits, a float, else a double. */
  number(value: number): void {
    if ((value | 0) === value || value >>> 0 === value) return this.#integer(value);
    if (Math.fround(value) === value) this.#float(value);
    else this.double(value);
  }

  protected double(value: number): void {
    const at = this.#reserve(9);
    const buffer = this.#buffer;
    double[0] = value;
    buffer[at] = 0xcb;
    if (lastFirst) {
      for (let index = 0; index < 8; index++) buffer[at + 8 - index] = doubleBytes[index] as number;
    } else buffer.set(doubleBytes, at + 1);
  }

  #float(value: number): void {
    float[0] = value;
    this.#sized(0xca, 4, floatBits[0] as number);
  }

  #integer(value: number): void {
    if (value >= 0) {
      if (value < 0x80) this.#byte(value);
      else if (value < 0x1_00) this.#sized(0xcc, 1, value);
      else if (value < 0x1_00_00) this.#sized(0xcd, 2, value);
      else this.#sized(0xce, 4, value);
    } else if (value >= -0x20) this.#byte(value & 0xff);
    else if (value >= -0x80) this.#sized(0xd0, 1, value);
    else if (value >= -0x80_00) this.#sized(0xd1, 2, value);
    else this.#sized(0xd2, 4, value);
  }

  /** @param value from −2⁶³ to 2⁶⁴ − 1 */
  bigint(value: bigint): void {
    if (value >= -0x80_00_00_00n && value <= 0xff_ff_ff_ffn) return this.#integer(Number(value));
    const at = this.#reserve(9);
    this.#buffer[at] = value < 0n ? 0xd3 : 0xcf;
    if (value < 0n) this.#buffer.writeBigInt64BE(value, at + 1);
    else this.#buffer.writeBigUInt64BE(value, at + 1);
  }

  /** Half of a surrogate pair becomes U+FFFD. */
  string(value: string): void {
    const { length } = value;
    if (length > shortText) return this.#longString(value);
    // No character takes more than three bytes, and so few stay below the two bytes of another header.
    const start = this.#reserve(2 + 3 * shortText);
    const buffer = this.#buffer;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) {
        this.#length = start;
        return this.#longString(value);
      }
      buffer[start + 1 + index] = code;
    }
    buffer[start] = 0xa0 | length;
    this.#length = start + 1 + length;
  }

  #longString(value: string): void {
    const most = value.length * 3;
    const start = this.#reserve(5 + most);
    // As if it were all ASCII; what is not moves up a little.
    const guess = textHeader(value.length);
    const bytes = this.#buffer.write(value, start + guess, most, "utf8");
    const header = textHeader(bytes);
    if (header !== guess) this.#buffer.copyWithin(start + header, start + guess, start + guess + bytes);
    this.#length = start;
    if (header === 1) this.#byte(0xa0 | bytes);
    else if (header === 2) this.#sized(0xd9, 1, bytes);
    else if (header === 3) this.#sized(0xda, 2, bytes);
    else this.#sized(0xdb, 4, bytes);
    this.#length = start + header + bytes;
  }

  bytes(value: Uint8Array): void {
    const { length } = value;
    if (length < 0x1_00) this.#sized(0xc4, 1, length);
    else if (length < 0x1_00_00) this.#sized(0xc5, 2, length);
    else this.#sized(0xc6, 4, length);
    const at = this.#reserve(length);
    this.#buffer.set(value, at);
  }

  /** The head of an array: its elements follow. */
  array(length: number): void {
    if (length < 0x10) this.#byte(0x90 | length);
    else if (length < 0x1_00_00) this.#sized(0xdc, 2, length);
    else this.#sized(0xdd, 4, length);
  }

  /** The head of a map: as many pairs of key and value follow. */
  map(size: number): void {
    if (size < 0x10) this.#byte(0x80 | size);
    else if (size < 0x1_00_00) this.#sized(0xde, 2, size);
    else this.#sized(0xdf, 4, size);
  }

  /** The head of an object: the values of as many of its fields follow, in their order. */
  object(_fields: Fields, length: number): void {
    // Said here for most objects: one call less for each.
    if (length < 0x10) this.#byte(0x90 | length);
    else this.array(length);
  }

  /** The head of the map of an object's open keys, behind its fields. */
  open(size: number): void {
    this.map(size);
  }

  /** The head of a union's member, by its number: its value follows. */
  member(number: number): void {
    this.array(2);
    this.number(number);
  }

  /** The one value that a type has. */
  literal(_value: unknown): void {
    this.nil();
  }

  /** One of several values, by its number among them. */
  choice(number: number, _value: unknown): void {
    this.number(number);
  }

  /** Milliseconds since 1970. */
  date(ms: number): void {
    this.number(ms);
  }

  /** The timestamp extension, in its shortest form. */
  timestamp(ms: number): void {
    const seconds = Math.floor(ms / 1000);
    const ns = (ms - seconds * 1000) * 1e6;
    const isShort = seconds >= 0 && seconds < 0x4_00_00_00_00;
    if (isShort && ns === 0 && seconds < 0x1_00_00_00_00) {
      this.#sized(0xd6, 1, 0xff);
      this.#u32(seconds);
    } else if (isShort) {
      this.#sized(0xd7, 1, 0xff);
      this.#u32(ns * 4 + Math.floor(seconds / 0x1_00_00_00_00));
      this.#u32(seconds);
    } else {
      this.#sized(0xc7, 2, 0x0c_ff);
      this.#u32(ns);
      this.#u32(Math.floor(seconds / 0x1_00_00_00_00));
      this.#u32(seconds);
    }
  }

  /** How much of this message is written. */
  protected get written(): number {
    return this.#length - this.#start;
  }

  /** Raises a number of `size` bytes that was written at a place of this message. */
  protected raise(place: number, size: 1 | 4, by: number): void {
    const at = this.#start + place;
    if (size === 1) this.#buffer[at] = (this.#buffer[at] as number) + by;
    else this.#buffer.writeUInt32BE(this.#buffer.readUInt32BE(at) + by, at);
  }

  /** The head of a map whose size may be raised later: {@link raise} the four bytes behind its first. */
  protected largeMap(size: number): void {
    this.#sized(0xdf, 4, size);
  }

  #u32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value >>> 0, at);
  }

  #byte(byte: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = byte;
  }

  /** A first byte, and a number in the bytes after it. */
  #sized(first: number, size: number, value: number): void {
    let at = this.#reserve(1 + size);
    const buffer = this.#buffer;
    buffer[at++] = first;
    if (size === 4) {
      buffer[at++] = value >>> 24;
      buffer[at++] = value >>> 16;
    }
    if (size >= 2) buffer[at++] = value >>> 8;
    buffer[at] = value;
  }

  /** Room for `size` more bytes. May put another buffer in place: look at `#buffer` only behind it. */
  #reserve(size: number): number {
    if (this.#length + size > this.#buffer.length) this.#grow(this.#length + size);
    const at = this.#length;
    this.#length = at + size;
    return at;
  }

  /** Moves the message to a new piece of memory; those before it stay where they are, with whoever took them. */
  #grow(end: number): void {
    const written = this.#buffer.subarray(this.#start, this.#length);
    // Messages lie one behind another, and none is copied unless it crosses the end. Twice what is there, so that one that
    // grows step by step is not copied with each of them.
    const size = Math.max(slabBytes, end - this.#start, written.length * 2);
    const grown = (size > slabBytes ? takeRested(size, size * 2) : undefined) ?? Buffer.allocUnsafeSlow(size);
    grown.set(written);
    this.#buffer = grown;
    this.#length = written.length;
    this.#start = 0;
  }
}

function textHeader(bytes: number): number {
  return bytes < 0x20 ? 1 : bytes < 0x1_00 ? 2 : bytes < 0x1_00_00 ? 3 : 5;
}
