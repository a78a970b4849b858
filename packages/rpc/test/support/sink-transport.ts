// A transport that takes whatever it is given, while a test says that there is room.
import type { Peer, Transport } from "@tautline/core";
import type { Frame } from "../../dist/frame.js";

export class SinkTransport implements Transport<Frame> {
  readonly peer: Peer = { kind: "memory", address: "memory", tls: undefined };
  queuedBytes = 0;
  readonly sentBytes = 0;
  readonly receivedBytes = 0;
  readonly closed = new Promise<void>(() => {});
  writable = true;

  send(): boolean {
    return this.writable;
  }

  drained(): Promise<void> {
    return new Promise(() => {});
  }

  close(): Promise<void> {
    return this.closed;
  }

  abort(): void {}

  ref(): void {}

  unref(): void {}

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Frame[], undefined> {}
}
