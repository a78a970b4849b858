// How binary data other than Uint8Array crosses: as its bytes, the little end first on every machine. Knows no contract.
import { mismatch, refuse } from "./failures.js";
import type { At } from "./payload-error.js";

/** A class of typed arrays. */
export interface TypedArrayClass<T extends ArrayBufferView> {
  new (buffer: ArrayBuffer): T;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/**
 * Whether what an empty array shows is gone, since its buffer was transferred, or made smaller: it would arrive as empty, and
 * nobody would know.
 */
export function isDetached(empty: ArrayBufferView): boolean {
  try {
    // Asked of the array itself, since Node 20 has nothing to ask its buffer.
    Uint8Array.prototype.at.call(empty, 0);
    return false;
  } catch {
    return true;
  }
}

/** The bytes of a typed array, as a view on the same memory (a copy where the machine is big-endian). */
export function lowerTypedArray(value: unknown, at: At, type: TypedArrayClass<ArrayBufferView>): Uint8Array {
  if (!ArrayBuffer.isView(value) || !(value instanceof type)) return mismatch(value, at, type.name);
  if (value.byteLength === 0 && isDetached(value)) return refuse(at, type.name, `${type.name} of a detached buffer`);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isBigEndian ? swapped(new Uint8Array(bytes), type.BYTES_PER_ELEMENT) : bytes;
}

/** A typed array with memory of its own: the bytes that came lie anywhere, and elements must be aligned. */
export function liftTypedArray<T extends ArrayBufferView>(value: unknown, at: At, type: TypedArrayClass<T>): T {
  if (!(value instanceof Uint8Array)) return mismatch(value, at, `bytes of ${type.name}`);
  const size = type.BYTES_PER_ELEMENT;
  if (value.byteLength % size !== 0) {
    return refuse(at, `bytes of ${type.name}, a multiple of ${size}`, `${value.byteLength} bytes`);
  }
  const bytes = new Uint8Array(value);
  if (isBigEndian) swapped(bytes, size);
  return new type(bytes.buffer);
}

/** A buffer of its own: what came is a part of a larger one. */
export function liftBuffer(value: unknown, at: At): ArrayBuffer {
  if (!(value instanceof Uint8Array)) return mismatch(value, at, "bytes of ArrayBuffer");
  return new Uint8Array(value).buffer;
}

/** Turns each element's bytes around, in place. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
  return bytes;
}
