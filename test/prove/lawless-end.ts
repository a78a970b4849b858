// One end of a connection over TLS that keeps no rule: it writes as fast as it is let, and remembers how the other end left.
// Knows not which end it is.
import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { FrameSplitter, type RawFrame } from "../support/frame-splitter.js";
import { kinds, reasons } from "../support/raw-frame.js";

export class LawlessEnd {
  readonly closed: Promise<void>;
  /** Of the GOAWAY that came. */
  reason: string | undefined;
  readonly #socket: TLSSocket;
  readonly #splitter = new FrameSplitter();
  #isDeaf = false;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#splitter.push(chunk)) this.hear(frame);
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** What is said when the connection is over. */
  get end(): string {
    return this.reason ?? (this.#isDeaf ? "closed, for a reason that nobody read" : "closed without a reason");
  }

  /** Resolves when there is room for more, or nobody to take it. */
  async send(...bytes: readonly Uint8Array[]): Promise<void> {
    if (!this.isOpen || this.#socket.write(Buffer.concat(bytes))) return;
    await Promise.race([once(this.#socket, "drain").catch(() => {}), this.closed]);
  }

  /** The same, with a record of TLS for each byte: what is written while another byte is under way would share one. */
  async sendBytewise(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.isOpen; at++) {
      await new Promise((written) => this.#socket.write(bytes.subarray(at, at + 1), written));
    }
  }

  stopReading(): void {
    this.#isDeaf = true;
    this.#socket.pause();
  }

  leave(): void {
    this.#socket.destroy();
  }

  protected hear({ kind, fields }: RawFrame): void {
    if (kind === kinds.goAway) this.reason = reasons[fields[0] ?? -1] ?? "unknown";
  }
}
