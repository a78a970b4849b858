// One end of the reference line: u32 length ‖ kind ‖ u32 id ‖ msgpack. Frozen: figures of today are compared with those of
// years ago through it. One batch buffer per connection, flushed by process.nextTick and at 16 KiB. No limits, no errors.
import type { TLSSocket } from "node:tls";
import { Packr } from "msgpackr";

const batchBytes = 16 * 1024;
const headerBytes = 4;
const prefixBytes = 5;
const enoughWaitingBytes = 1024 * 1024;

// Binary parts are copied: the client's chunks are one static buffer.
const packr = new Packr({ useRecords: false, copyBuffers: true });

export type OnMessage = (kind: number, id: number, value: unknown) => void;

export class Line {
  readonly #socket: TLSSocket;
  readonly #onMessage: OnMessage;
  #batch = Buffer.allocUnsafe(batchBytes);
  #used = 0;
  #scheduled = false;
  /** A frame that is not whole yet, its length included. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  readonly #header = Buffer.alloc(headerBytes);
  #headerBytes = 0;

  constructor(socket: TLSSocket, onMessage: OnMessage) {
    this.#socket = socket;
    this.#onMessage = onMessage;
  }

  send(kind: number, id: number, value: unknown): void {
    const body = packr.pack(value);
    const bytes = headerBytes + prefixBytes + body.length;
    if (this.#used + bytes > batchBytes) this.#flush();
    if (bytes > batchBytes) {
      this.#socket.write(writeFrame(Buffer.allocUnsafe(bytes), 0, kind, id, body));
      return;
    }
    writeFrame(this.#batch, this.#used, kind, id, body);
    this.#used += bytes;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Calls back when the socket has taken what was sent. */
  whenDrained(go: () => void): void {
    // Not at once: where the kernel takes all that it is given, a drain follows each write before anything is read.
    this.#socket.once("drain", () => setImmediate(go));
  }

  /** Whether a stream should wait: more than 1 MiB is on its way to the kernel. */
  get isFull(): boolean {
    return this.#socket.writableLength > enoughWaitingBytes;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#socket.write(this.#batch.subarray(0, this.#used));
    // The socket reads the old one until it is written.
    this.#batch = Buffer.allocUnsafe(batchBytes);
    this.#used = 0;
  }

  receive(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#held === undefined && this.#headerBytes === 0 && chunk.length - at >= headerBytes) {
        const end = at + headerBytes + chunk.readUInt32BE(at);
        if (end <= chunk.length) {
          this.#deliver(chunk, at + headerBytes, end);
          at = end;
          continue;
        }
      }
      at = this.#hold(chunk, at);
    }
  }

  /** Takes what the chunk has of a frame that it cuts; returns where it goes on. */
  #hold(chunk: Buffer, from: number): number {
    let at = from;
    while (this.#held === undefined) {
      if (at === chunk.length) return at;
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      if (this.#headerBytes === headerBytes) this.#held = Buffer.allocUnsafe(this.#header.readUInt32BE(0));
    }
    const taken = chunk.copy(this.#held, this.#heldBytes, at);
    this.#heldBytes += taken;
    if (this.#heldBytes === this.#held.length) {
      const frame = this.#held;
      this.#held = undefined;
      this.#heldBytes = 0;
      this.#headerBytes = 0;
      this.#deliver(frame, 0, frame.length);
    }
    return at + taken;
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const value: unknown = packr.unpack(bytes.subarray(start + prefixBytes, end));
    this.#onMessage(bytes.readUInt8(start), bytes.readUInt32BE(start + 1), value);
  }
}

function writeFrame(to: Buffer, at: number, kind: number, id: number, body: Uint8Array): Buffer {
  to.writeUInt32BE(prefixBytes + body.length, at);
  to.writeUInt8(kind, at + headerBytes);
  to.writeUInt32BE(id, at + headerBytes + 1);
  to.set(body, at + headerBytes + prefixBytes);
  return to;
}
