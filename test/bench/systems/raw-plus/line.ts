// One end of the fastest line: u32 length ‖ kind ‖ u32 id ‖ body. Messages are written into a batch where they will be sent from,
// and read where they arrived; bulk is handed to the socket as it is, many chunks in one write. It may get faster with time.
import type { TLSSocket } from "node:tls";
import { Reader, Writer, type FastBuffer } from "./codec.js";

const batchBytes = 32 * 1024;
const headerBytes = 9;
/** A stream waits above so much that the socket has not taken yet. */
const enoughWaitingBytes = 1024 * 1024;

/** `reader` stands at the body, which ends at `end`; `held` says whether its memory is nobody else's. */
export type OnFrame = (kind: number, id: number, reader: Reader, end: number, held: boolean) => void;

export class Line {
  readonly #socket: TLSSocket;
  readonly #onFrame: OnFrame;
  readonly #reader = new Reader();
  #writer = new Writer(batchBytes);
  #scheduled = false;
  #held: FastBuffer | undefined;
  #heldBytes = 0;
  readonly #length = Buffer.alloc(4);
  #lengthBytes = 0;

  constructor(socket: TLSSocket, onFrame: OnFrame) {
    this.#socket = socket;
    this.#onFrame = onFrame;
  }

  /** Begins a frame: write its body to what this gives back, then `finish`. */
  begin(kind: number, id: number): Writer {
    const writer = this.#writer;
    writer.room(headerBytes);
    const { buffer, at } = writer;
    buffer[at + 4] = kind;
    writer.at = at + 5;
    writer.u32(id);
    return writer;
  }

  /** @param start where the frame began: `position` before `begin` */
  finish(start: number): void {
    const writer = this.#writer;
    const end = writer.at;
    writer.at = start;
    writer.u32(end - start - 4);
    writer.at = end;
    if (end >= batchBytes) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  get position(): number {
    return this.#writer.at;
  }

  /** A frame whose body is handed over; many in a row are one write where the caller corks the line. */
  sendBytes(kind: number, id: number, bytes: Uint8Array): void {
    this.flush();
    const header = Buffer.allocUnsafe(headerBytes);
    header.writeUInt32BE(5 + bytes.length, 0);
    header[4] = kind;
    header.writeUInt32BE(id, 5);
    this.#socket.cork();
    this.#socket.write(header);
    this.#socket.write(bytes);
    this.#socket.uncork();
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  flush(): void {
    const { buffer, at } = this.#writer;
    if (at === 0) return;
    this.#socket.write(buffer.subarray(0, at));
    this.#writer = new Writer(batchBytes);
  }

  get isFull(): boolean {
    return this.#socket.writableLength > enoughWaitingBytes;
  }

  whenDrained(go: () => void): void {
    // Not at once: reading must have its turn, too.
    this.#socket.once("drain", () => setImmediate(go));
  }

  receive(chunk: FastBuffer): void {
    const reader = this.#reader;
    let at = 0;
    while (at < chunk.length) {
      if (this.#held === undefined && this.#lengthBytes === 0 && chunk.length - at >= 4) {
        reader.buffer = chunk;
        reader.at = at;
        const length = reader.u32();
        const end = at + 4 + length;
        if (end <= chunk.length) {
          this.#onFrame(reader.u8(), reader.u32(), reader, end, false);
          at = end;
          continue;
        }
      }
      at = this.#hold(chunk, at);
    }
  }

  #hold(chunk: FastBuffer, from: number): number {
    let at = from;
    while (this.#held === undefined) {
      if (at === chunk.length) return at;
      this.#length[this.#lengthBytes++] = chunk[at++] ?? 0;
      if (this.#lengthBytes === 4) this.#held = Buffer.allocUnsafeSlow(this.#length.readUInt32BE(0)) as FastBuffer;
    }
    const taken = chunk.copy(this.#held, this.#heldBytes, at);
    this.#heldBytes += taken;
    if (this.#heldBytes === this.#held.length) {
      const reader = this.#reader;
      reader.buffer = this.#held;
      reader.at = 0;
      this.#held = undefined;
      this.#heldBytes = 0;
      this.#lengthBytes = 0;
      this.#onFrame(reader.u8(), reader.u32(), reader, reader.buffer.length, true);
    }
    return at + taken;
  }
}
