// What a peer has sent, as the other end reads it: where the next frame begins, and whether it said goodbye. Bytes may
// come from damaged frames, so that nobody knows otherwise.
import { kinds } from "../support/raw-frame.js";

/** Follows the bytes that one end sends. */
export class SentBytes {
  /** Frames that are complete. */
  frames = 0;
  /** Whether one of them says that the connection ends, or asks for it to. */
  saysGoodbye = false;
  #pending: Buffer = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= 4) {
      const end = 4 + this.#pending.readUInt32BE(0);
      if (this.#pending.length < end) return;
      this.frames++;
      const kind = this.#pending[4];
      if (kind === kinds.goAway || kind === kinds.drain || kind === kinds.drainAck) this.saysGoodbye = true;
      this.#pending = this.#pending.subarray(end);
    }
  }

  /** How many bytes the frame still lacks that was begun; 0 between two frames. */
  get missing(): number {
    if (this.#pending.length === 0) return 0;
    return this.#pending.length < 4
      ? 4 - this.#pending.length
      : 4 + this.#pending.readUInt32BE(0) - this.#pending.length;
  }
}
