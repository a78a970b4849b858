// Bytes where they lie, without a view of their own: a view costs 200 bytes and as much time as reading a small message.

/** Part of `bytes`: of a chunk that was received, or of memory that was written. Whoever holds it keeps all of `bytes`. */
export interface Span {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** All of `bytes`. */
export function spanOf(bytes: Uint8Array): Span {
  return { bytes: bufferOf(bytes), from: 0, to: bytes.length };
}

export function lengthOf({ from, to }: Span): number {
  return to - from;
}

/** A span as a view. */
export function viewOf({ bytes, from, to }: Span): Buffer {
  return bytes.subarray(from, to);
}

/** The same memory, with the methods of a Buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
