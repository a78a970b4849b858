// The end of a connection that is asked for: from our DRAIN until the peer has said which stream was its last and nothing is
// open any more, or the grace has passed. PROTOCOL.md §12. Knows how many streams are open, and nothing of them.
//
//   sent ── DRAIN_ACK ──▶ answered ── nothing is open ──▶ over
//     └────────────────────────┴── the grace has passed, or the connection has ended ──▶ over
import { longestTimerMs } from "./clock.js";

/** What it asks of its session. */
export interface DrainHost {
  readonly openStreams: number;
}

/** One drain of ours. It runs from its construction on. */
export class Drain {
  /** Resolves when nothing has to be waited for any more; never rejects. */
  readonly over: Promise<void>;
  readonly #host: DrainHost;
  readonly #timer: NodeJS.Timeout;
  #isAnswered = false;
  #end = (): void => {};

  /** @param graceMs how long what is open may take, in ms; Infinity: as long as it does */
  constructor(host: DrainHost, graceMs: number) {
    this.#host = host;
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#timer = setTimeout(() => this.stop(), Math.min(graceMs, longestTimerMs));
  }

  /** Whether the peer has said its last stream: it may open no more. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** DRAIN_ACK came. */
  answered(): void {
    this.#isAnswered = true;
    this.look();
  }

  /** A stream is over: it may have been the last. */
  look(): void {
    if (this.#isAnswered && this.#host.openStreams === 0) this.stop();
  }

  /** Whatever is open: the wait is over. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#end();
  }
}
