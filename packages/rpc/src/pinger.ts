// PING and PONG: one of ours under way at a time, shared by all who ask, and not more of them than a peer bears. PROTOCOL.md §11.
import { now } from "./clock.js";
import type { Frame } from "./frame.js";
import type { RpcError } from "./rpc-error.js";
import { failureOf, type SessionEnd } from "./session-end.js";
import { TokenBucket } from "./token-bucket.js";
import { Violation } from "./violation.js";

/** What a peer bears at once; and in each second (PROTOCOL.md §14, V22). */
const pingBurst = 1_000;
const pingsPerSecond = 100;
/** We keep within that by as much as clocks and networks may be off. */
const ownShare = 0.8;

interface Waiter {
  readonly resolve: (roundTripMs: number) => void;
  readonly reject: (error: RpcError) => void;
}

export class Pinger {
  readonly #send: (frame: Frame) => void;
  #count = 0;
  #sentAt = 0;
  #waiters: Waiter[] = [];
  readonly #own = new TokenBucket(pingBurst * ownShare, pingsPerSecond * ownShare);
  readonly #peers = new TokenBucket(pingBurst, pingsPerSecond);
  #later: NodeJS.Timeout | undefined;

  constructor(send: (frame: Frame) => void) {
    this.#send = send;
  }

  /** The round trip in ms. */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#waiters.length === 1) this.#ask();
    });
  }

  #ask(): void {
    if (!this.#own.take(now())) {
      this.#later = setTimeout(() => this.#ask(), 1000 / (pingsPerSecond * ownShare));
      return;
    }
    this.#later = undefined;
    this.#count++;
    this.#sentAt = now();
    this.#send({ kind: "ping", opaque: this.#opaque() });
  }

  /** @throws Violation for more than are borne */
  answer(opaque: Uint8Array): void {
    if (!this.#peers.take(now())) {
      throw new Violation(
        "excessive-load",
        `PING more often than ${pingBurst} times at once, or ${pingsPerSecond} times a second`,
      );
    }
    // A copy: the batch may keep a reference, and this is a view of the peer's bytes.
    this.#send({ kind: "pong", opaque: Uint8Array.from(opaque) });
  }

  /** @throws Violation for a PONG that answers nothing */
  settle(opaque: Uint8Array): void {
    if (this.#waiters.length === 0 || this.#later !== undefined || Buffer.compare(opaque, this.#opaque()) !== 0) {
      throw new Violation("protocol-error", "a PONG that answers no PING");
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve(now() - this.#sentAt);
  }

  fail(end: SessionEnd): void {
    clearTimeout(this.#later);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(failureOf(end, "no"));
  }

  #opaque(): Uint8Array {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(this.#count));
    return bytes;
  }
}
