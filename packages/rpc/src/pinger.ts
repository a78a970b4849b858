// PING and PONG: one of ours under way at a time, shared by all who ask. PROTOCOL.md §11.
import type { Frame } from "./frame.js";
import type { RpcError } from "./rpc-error.js";
import { Violation } from "./violation.js";

interface Waiter {
  readonly resolve: (roundTripMs: number) => void;
  readonly reject: (error: RpcError) => void;
}

export class Pinger {
  readonly #send: (frame: Frame) => void;
  #count = 0;
  #sentAt = 0;
  #waiters: Waiter[] = [];

  constructor(send: (frame: Frame) => void) {
    this.#send = send;
  }

  /** The round trip in ms. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#waiters.length > 1) return;
      this.#count++;
      this.#sentAt = performance.now();
      this.#send({ kind: "ping", opaque: this.#opaque() });
    });
  }

  answer(opaque: Uint8Array): void {
    // A copy: the batch may keep a reference, and this is a view of the peer's bytes.
    this.#send({ kind: "pong", opaque: Uint8Array.from(opaque) });
  }

  /** @throws Violation for a PONG that answers nothing */
  settle(opaque: Uint8Array): void {
    if (this.#waiters.length === 0 || Buffer.compare(opaque, this.#opaque()) !== 0) {
      throw new Violation("protocol-error", "a PONG that answers no PING");
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve(performance.now() - this.#sentAt);
  }

  fail(error: RpcError): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }

  #opaque(): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(this.#count));
    return bytes;
  }
}
