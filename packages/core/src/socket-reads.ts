// Reading a client's socket into the same two pieces of memory again and again, by node:net's `onread`: a stream would make a
// new piece for each read, which for bulk costs more than decrypting it. Sockets of a server cannot do that.
import type { OnReadOpts } from "node:net";

/**
 * What one socket reads. Made before the socket, since `onread` is an option of connecting; whoever owns the connection
 * sets `take`, in the turn in which it is ready, when nothing can have been read yet.
 */
export class SocketReads {
  /** For node:net or node:tls. */
  readonly onread: OnReadOpts;
  /**
   * Gets each chunk, as a view of memory that is used again. Returns whether somebody may look at the chunk after the call:
   * then it stays as it is until the next chunk but one.
   */
  take: (chunk: Buffer) => boolean = () => false;

  #memory: Buffer;
  #other: Buffer | undefined;

  /** @param bytes the most that is read at once; as much again is taken as soon as a chunk is looked at for longer */
  constructor(bytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(bytes);
    this.onread = {
      // Asked before the first read, and after each.
      buffer: () => this.#memory,
      callback: (length) => {
        const memory = this.#memory;
        if (this.take(length === memory.length ? memory : memory.subarray(0, length))) {
          this.#memory = this.#other ?? Buffer.allocUnsafeSlow(bytes);
          this.#other = memory;
        }
        return true;
      },
    };
  }
}
