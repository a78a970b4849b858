// What a peer has sent, as the other end reads it: where the next frame begins, and whether it said goodbye. Bytes may
// come from damaged frames, so that nobody knows otherwise.
import { FrameSplitter } from "../support/frame-splitter.js";
import { kinds } from "../support/raw-frame.js";

/** Follows the bytes that one end sends. */
export class SentBytes {
  /** Frames that are complete. */
  frames = 0;
  /** Whether one of them says that the connection ends, or asks for it to. */
  saysGoodbye = false;
  readonly #splitter = new FrameSplitter();

  add(bytes: Buffer): void {
    for (const { kind } of this.#splitter.push(bytes)) {
      this.frames++;
      if (kind === kinds.goAway || kind === kinds.drain || kind === kinds.drainAck) this.saysGoodbye = true;
    }
  }

  /** How many bytes the frame still lacks that was begun; 0 between two frames. */
  get missing(): number {
    return this.#splitter.missing;
  }
}
