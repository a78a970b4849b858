// The outgoing bytes of one turn: what encoders write into. It knows no frames and no sockets.

/** A first buffer is small, so that thousands of idle connections cost little. */
const firstBytes = 512;

/** A tail of this size or less is not worth keeping, and a buffer larger than that is given back after its burst. */
const smallestTailBytes = 128;
const largestKeptBytes = 4096;

/** Copying costs less than one more chunk in the write up to about here. */
const referenceBytes = 8192;

const nothing: Buffer = Buffer.alloc(0);

interface Reference {
  /** Where in the copied bytes it belongs. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Who waits for the bytes before `end` to be written. */
interface Awaiting {
  readonly end: number;
  readonly done: () => void;
}

/**
 * A growing run of bytes. Encoders reserve room and write into `buffer` at the offset that they got; large bodies are
 * referenced instead of copied. Offsets stay valid until `take`, `buffer` itself only until the next `reserve` or
 * `ensure`: read it again after each.
 */
export class Batch {
  /** Where to write; its bytes before `length` are taken. */
  buffer = nothing;
  /** How many bytes of `buffer` are written. An encoder that called `ensure` moves it forward itself. */
  length = 0;

  #references: Reference[] = [];
  #referencedBytes = 0;
  #awaiting: Awaiting[] | undefined;
  #nextBytes = firstBytes;

  /** All bytes in the batch, copied and referenced: a mark for {@link rewind}. */
  get byteLength(): number {
    return this.length + this.#referencedBytes;
  }

  /** Makes room for `bytes` more after `length`, without taking it. */
  ensure(bytes: number): void {
    if (this.length + bytes > this.buffer.length) this.#grow(bytes);
  }

  /** Takes room for `bytes` and returns its offset in `buffer`. The room holds old bytes: write all of it. */
  reserve(bytes: number): number {
    const at = this.length;
    if (at + bytes > this.buffer.length) this.#grow(bytes);
    this.length = at + bytes;
    return at;
  }

  /**
   * Appends `bytes`: copied up to 8 KiB, referenced above. The caller hands the memory over and must not write to it
   * again, since nobody can tell when the socket has read it.
   */
  append(bytes: Uint8Array): void {
    if (bytes.length > referenceBytes) {
      this.#references.push({ at: this.length, bytes });
      this.#referencedBytes += bytes.length;
    } else if (bytes.length > 0) {
      const at = this.reserve(bytes.length);
      this.buffer.set(bytes, at);
    }
  }

  /**
   * Calls `done` when all that is in the batch now has been written and its memory is nobody's any more; never, where the
   * transport cannot know that, or does not come to it.
   */
  whenWritten(done: () => void): void {
    (this.#awaiting ??= []).push({ end: this.byteLength, done });
  }

  /** Takes back everything after `byteLength` was as given: a failed encode leaves nothing behind. */
  rewind(byteLength: number): void {
    let last = this.#references.at(-1);
    while (last !== undefined && last.at + this.#referencedBytes > byteLength) {
      this.#references.pop();
      this.#referencedBytes -= last.bytes.length;
      last = this.#references.at(-1);
    }
    this.length = byteLength - this.#referencedBytes;
    this.#awaiting = this.#awaiting?.filter(({ end }) => end <= byteLength);
  }

  /** Hands over whom to tell when what {@link take} hands over next has been written; nothing where nobody asked. */
  takeAwaiting(): (() => void)[] | undefined {
    const awaiting = this.#awaiting?.map(({ done }) => done);
    this.#awaiting = undefined;
    return awaiting;
  }

  /**
   * Hands the bytes over, in order, as chunks to write, and starts anew. The batch never writes to their memory again: a
   * socket may read it until its write's callback.
   */
  take(): Uint8Array[] {
    const { buffer, length } = this;
    const chunks: Uint8Array[] = [];
    let start = 0;
    for (const { at, bytes } of this.#references) {
      if (at > start) chunks.push(buffer.subarray(start, at));
      chunks.push(bytes);
      start = at;
    }
    if (length > start) chunks.push(buffer.subarray(start, length));

    const keep = buffer.length <= largestKeptBytes && buffer.length - length >= smallestTailBytes;
    this.buffer = keep ? buffer.subarray(length) : nothing;
    // A busy connection allocates once a turn what its last turn needed, instead of doubling up to it each time.
    this.#nextBytes = Math.max(firstBytes, length);
    this.length = 0;
    if (this.#referencedBytes > 0) {
      this.#references = [];
      this.#referencedBytes = 0;
    }
    return chunks;
  }

  #grow(bytes: number): void {
    const needed = this.length + bytes;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.length === 0 ? this.#nextBytes : 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
