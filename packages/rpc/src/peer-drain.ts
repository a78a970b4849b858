// A drain that the peer asked for, from our DRAIN_ACK on: once nothing is open the end is the peer's to say, but it may not stay away
// for ever. PROTOCOL.md §12.
import type { DrainHost } from "./drain.js";
import { Patience } from "./patience.js";

/** The one of a connection. */
export class PeerDrain {
  readonly #host: DrainHost;
  readonly #timeoutMs: number;
  readonly #overdue: () => void;
  #patience: Patience | undefined;

  /** @param overdue called each time that the peer has not ended the connection within `timeoutMs`, and still nothing is open */
  constructor(host: DrainHost, timeoutMs: number, overdue: () => void) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#overdue = overdue;
  }

  /** A stream is over: it may have been the last. */
  look(): void {
    if (this.#host.openStreams > 0) return;
    this.#patience ??= new Patience(this.#timeoutMs, () => {
      this.#patience = undefined;
      if (this.#host.openStreams === 0) this.#overdue();
    });
  }

  /** The connection has ended. */
  stop(): void {
    this.#patience?.stop();
  }
}
