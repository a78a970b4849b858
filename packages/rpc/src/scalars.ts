// What generated code writes and reads values with that have no parts.
import { isDetached, liftBuffer, liftTypedArray, lowerTypedArray, type TypedArrayClass } from "./binary.js";
import { asTemplate } from "./bounds.js";
import { mismatch, refuse } from "./failures.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import { decimalOf, fitsInt64, liftBigint } from "./payload.js";
import type { At } from "./payload-error.js";
import { passOver } from "./serializer.js";

export function writeString(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value === "string") to.string(value);
  else mismatch(value, at, "string");
}

export function readString(from: MsgpackReader, at: At): string {
  return from.string() ?? passOver(from, at, "string");
}

export function writeNumber(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value === "number") to.number(value);
  else mismatch(value, at, "number");
}

export function readNumber(from: MsgpackReader, at: At): number {
  return from.number() ?? passOver(from, at, "number");
}

export function writeBoolean(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value === "boolean") to.boolean(value);
  else mismatch(value, at, "boolean");
}

export function readBoolean(from: MsgpackReader, at: At): boolean {
  return from.boolean() ?? passOver(from, at, "boolean");
}

export function writeNull(to: MsgpackWriter, value: unknown, at: At): void {
  if (value === null) to.nil();
  else mismatch(value, at, "null");
}

export function readNull(from: MsgpackReader, at: At): null {
  return from.nil() ? null : passOver(from, at, "null");
}

export function writeUndefined(to: MsgpackWriter, value: unknown, at: At): void {
  if (value === undefined) to.literal(undefined);
  else mismatch(value, at, "undefined");
}

export function readUndefined(from: MsgpackReader, at: At): undefined {
  return from.literal(undefined) ? undefined : passOver(from, at, "undefined");
}

/** By position its milliseconds since 1970, as a number; under names a timestamp. */
export function writeDate(to: MsgpackWriter, value: unknown, at: At): void {
  if (value instanceof Date && !Number.isNaN(value.getTime())) to.date(value.getTime());
  else mismatch(value, at, "Date");
}

export function readDate(from: MsgpackReader, at: At): Date {
  const ms = from.date();
  if (ms === undefined) return passOver(from, at, "Date");
  const date = new Date(ms);
  return date.getTime() === ms ? date : refuse(at, "Date", "invalid Date");
}

export function writeBytes(to: MsgpackWriter, value: unknown, at: At): void {
  if (!(value instanceof Uint8Array)) return mismatch(value, at, "bytes");
  if (value.length === 0 && isDetached(value)) return refuse(at, "bytes", "bytes of a detached buffer");
  to.bytes(value);
}

export function readBytes(from: MsgpackReader, at: At): Uint8Array {
  return from.bytes() ?? passOver(from, at, "bytes");
}

export function writeBuffer(to: MsgpackWriter, value: unknown, at: At): void {
  if (value instanceof ArrayBuffer) writeBytes(to, new Uint8Array(value), at);
  else mismatch(value, at, "ArrayBuffer");
}

export function readBuffer(from: MsgpackReader, at: At): ArrayBuffer {
  return liftBuffer(readBytes(from, at), at);
}

export function writeTypedArray(
  to: MsgpackWriter,
  value: unknown,
  at: At,
  type: TypedArrayClass<ArrayBufferView>,
): void {
  const bytes: unknown = lowerTypedArray(value, at, type);
  if (bytes instanceof Uint8Array) to.bytes(bytes);
}

export function readTypedArray<T extends ArrayBufferView>(from: MsgpackReader, at: At, type: TypedArrayClass<T>): T {
  return liftTypedArray(readBytes(from, at), at, type);
}

export function writeTemplate(to: MsgpackWriter, value: unknown, at: At, pattern: RegExp, expected: string): void {
  writeString(to, asTemplate(value, at, pattern, expected), at);
}

export function readTemplate(from: MsgpackReader, at: At, pattern: RegExp, expected: string): string {
  return asTemplate(readString(from, at), at, pattern, expected);
}

/** An integer where it fits in 64 bits, signed or not; else decimal text. */
export function writeBigint(to: MsgpackWriter, value: unknown, at: At): void {
  if (typeof value !== "bigint") return mismatch(value, at, "bigint");
  if (fitsInt64(value)) return to.bigint(value);
  const text: unknown = decimalOf(value, at);
  if (typeof text === "string") to.string(text);
}

export function readBigint(from: MsgpackReader, at: At): bigint {
  const value = from.bigint() ?? from.string() ?? from.number();
  if (value === undefined) return passOver(from, at, "bigint");
  return typeof value === "bigint" ? value : liftBigint(value, at);
}
