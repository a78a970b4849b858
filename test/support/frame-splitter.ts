// What one end of a connection has said, frame by frame, wherever its chunks are cut. Checks nothing: the bytes may be of
// damaged frames.

/** One frame, taken apart as far as its header; zeros where it is too short to have one. */
export interface RawFrame {
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  readonly fields: Buffer;
}

export class FrameSplitter {
  #pending: Buffer = Buffer.alloc(0);

  /** The frames that are whole with `chunk`, in order; they may be views of it. */
  push(chunk: Buffer): readonly RawFrame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: RawFrame[] = [];
    for (let end = this.#end; end <= this.#pending.length; end = this.#end) {
      frames.push(frameOf(this.#pending.subarray(4, end)));
      this.#pending = this.#pending.subarray(end);
    }
    return frames;
  }

  /** How many bytes the frame still lacks that was begun, or its length does; 0 between two frames. */
  get missing(): number {
    return this.#pending.length === 0 ? 0 : this.#end - this.#pending.length;
  }

  /** Where the frame ends that was begun; where its length does, while that is not whole. */
  get #end(): number {
    return this.#pending.length < 4 ? 4 : 4 + this.#pending.readUInt32BE(0);
  }
}

function frameOf(payload: Buffer): RawFrame {
  const [kind = 0, flags = 0] = payload;
  return { kind, flags, stream: payload.length < 6 ? 0 : payload.readUInt32BE(2), fields: payload.subarray(6) };
}
