// The two objects by position, written straight into a batch and read straight from a frame: what a generator could emit at
// best, by hand and with nothing checked. Lengths of texts and lists are one byte, or 255 and four.
import type { Address, Order, OrderLine, Small } from "../../contract/workload.js";

/** Methods of Buffer that are there in every Node of today, and in no declarations. */
export interface FastBuffer extends Buffer {
  utf8Write(text: string, at: number): number;
  utf8Slice(start: number, end: number): string;
}

/** Short texts go by a loop of their own: a call into the runtime costs more. */
const shortWrite = 24;
const shortRead = 16;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

const states: readonly Order["state"][] = ["placed", "paid", "sent"];

/** Where the next byte is written; `room` sees to it that there is space. */
export class Writer {
  buffer: FastBuffer;
  at = 0;

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafe(bytes) as FastBuffer;
  }

  /** A message may be longer than a batch. */
  room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.buffer.length + bytes)) as FastBuffer;
    larger.set(this.buffer.subarray(0, this.at));
    this.buffer = larger;
  }

  u8(value: number): void {
    this.buffer[this.at++] = value;
  }

  u32(value: number): void {
    const { buffer, at } = this;
    buffer[at] = value >>> 24;
    buffer[at + 1] = value >>> 16;
    buffer[at + 2] = value >>> 8;
    buffer[at + 3] = value;
    this.at = at + 4;
  }

  f64(value: number): void {
    const { buffer, at } = this;
    float[0] = value;
    for (let index = 0; index < 8; index++) buffer[at + index] = floatBytes[index] ?? 0;
    this.at = at + 8;
  }

  length(value: number): void {
    if (value < 255) return this.u8(value);
    this.u8(255);
    this.u32(value);
  }

  text(text: string): void {
    const { length } = text;
    this.room(5 + 3 * length);
    if (length <= shortWrite) {
      const { buffer, at } = this;
      let index = 0;
      for (; index < length; index++) {
        const code = text.charCodeAt(index);
        if (code > 0x7f) break;
        buffer[at + 1 + index] = code;
      }
      if (index === length) {
        buffer[at] = length;
        this.at = at + 1 + length;
        return;
      }
    }
    const bytes = Buffer.byteLength(text);
    this.length(bytes);
    this.at += this.buffer.utf8Write(text, this.at);
  }
}

export class Reader {
  buffer: FastBuffer;
  at = 0;

  constructor() {
    this.buffer = Buffer.alloc(0) as FastBuffer;
  }

  u8(): number {
    return this.buffer[this.at++] ?? 0;
  }

  u32(): number {
    const { buffer, at } = this;
    this.at = at + 4;
    return (
      (buffer[at] ?? 0) * 0x1000000 +
      (((buffer[at + 1] ?? 0) << 16) | ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0))
    );
  }

  f64(): number {
    const { buffer, at } = this;
    for (let index = 0; index < 8; index++) floatBytes[index] = buffer[at + index] ?? 0;
    this.at = at + 8;
    return float[0] ?? 0;
  }

  length(): number {
    const short = this.u8();
    return short === 255 ? this.u32() : short;
  }

  text(): string {
    const length = this.length();
    const { buffer, at } = this;
    const end = at + length;
    this.at = end;
    if (length > shortRead) return buffer.utf8Slice(at, end);
    let text = "";
    for (let index = at; index < end; index++) {
      const code = buffer[index] ?? 0;
      if (code > 0x7f) return buffer.utf8Slice(at, end);
      text += String.fromCharCode(code);
    }
    return text;
  }
}

export function writeSmall(to: Writer, value: Small): void {
  to.room(64);
  to.u32(value.id);
  to.text(value.name);
  to.length(value.tags.length);
  for (const tag of value.tags) to.text(tag);
  to.room(8);
  to.f64(value.score);
}

export function readSmall(from: Reader): Small {
  const id = from.u32();
  const name = from.text();
  const tags: string[] = [];
  for (let left = from.length(); left > 0; left--) tags.push(from.text());
  return { id, name, tags, score: from.f64() };
}

export function writeOrder(to: Writer, value: Order): void {
  to.room(64);
  to.u32(value.id);
  to.u8(states.indexOf(value.state));
  to.text(value.customer);
  to.text(value.email);
  writeAddress(to, value.shipTo);
  to.length(value.lines.length);
  for (const line of value.lines) writeLine(to, line);
  to.room(16);
  to.f64(value.total);
  to.u8(value.note === undefined ? 0 : 1);
  if (value.note !== undefined) to.text(value.note);
}

export function readOrder(from: Reader): Order {
  const id = from.u32();
  const state = states[from.u8()] ?? "placed";
  const customer = from.text();
  const email = from.text();
  const shipTo = { street: from.text(), city: from.text(), postcode: from.text(), country: from.text() };
  const lines: OrderLine[] = [];
  for (let left = from.length(); left > 0; left--) lines.push(readLine(from));
  const total = from.f64();
  const order: Order = { id, state, customer, email, shipTo, lines, total };
  if (from.u8() === 1) order.note = from.text();
  return order;
}

function writeAddress(to: Writer, { street, city, postcode, country }: Address): void {
  to.text(street);
  to.text(city);
  to.text(postcode);
  to.text(country);
}

function writeLine(to: Writer, line: OrderLine): void {
  to.text(line.sku);
  to.text(line.title);
  to.room(32);
  to.u32(line.quantity);
  to.f64(line.unitPrice);
  to.u8(line.gift ? 1 : 0);
}

function readLine(from: Reader): OrderLine {
  return {
    sku: from.text(),
    title: from.text(),
    quantity: from.u32(),
    unitPrice: from.f64(),
    gift: from.u8() === 1,
  };
}
