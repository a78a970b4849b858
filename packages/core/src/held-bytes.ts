// The bytes of a frame that is not whole yet, copied out of the chunks that it straddles.

/** The most that is allocated before any byte is in. */
const firstBytes = 32 * 1024;

/** How much more than what has arrived may be allocated: a peer pays at least a quarter of the memory that it costs. */
const growth = 4;

const nothing: Buffer = Buffer.alloc(0);

/**
 * A buffer that grows with what arrives and not with what was announced: a length of 4 MiB costs nothing until its bytes
 * come. A list of chunks would copy less, but one-byte chunks would cost a hundred times their size.
 */
export class HeldBytes {
  #buffer = nothing;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is held, as a view; valid until the next call. */
  get view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Appends `chunk[from, to)`. Never allocates more than `limit`, which must not be less than what is held after. */
  append(chunk: Uint8Array, from: number, to: number, limit: number): void {
    const length = this.#length + to - from;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(firstBytes, growth * length)));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk.subarray(from, to), this.#length);
    this.#length = length;
  }

  /** Hands over the first `bytes` of what is held, and forgets the rest. */
  take(bytes: number): Buffer {
    const taken = this.#buffer.subarray(0, bytes);
    this.#buffer = nothing;
    this.#length = 0;
    return taken;
  }
}
