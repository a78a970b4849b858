// Finds a peer that is gone without a word: where nothing was heard for a while it is asked, and given up where it does not
// answer. Any byte counts as an answer. Knows times and counters, and nothing of sockets.
//
//   listening ── silent for so long ──▶ asked ── nothing within the timeout ──▶ lost
//       ▲                                 │
//       └────────── any byte ─────────────┘
import { setImmediate } from "node:timers";
import { longestTimerMs, now } from "./clock.js";
import { checkDuration } from "./option-check.js";

/** How a peer that is gone is told from one that has nothing to say. */
export interface KeepaliveOptions {
  /** Asked by PING when nothing was heard for so long while calls are open, in ms. Default 20,000; Infinity: never. */
  readonly keepaliveMs?: number | undefined;
  /**
   * The same while no call is open, in ms. Default 45,000, since proxies and load balancers cut connections that are silent for
   * a minute; Infinity: never.
   */
  readonly idleKeepaliveMs?: number | undefined;
  /** Heard of within so long after a PING, or destroyed, in ms. Default 10,000: a lost peer is found within 30 s. */
  readonly keepaliveTimeoutMs?: number | undefined;
}

export type KeepaliveTimes = { readonly [Name in keyof KeepaliveOptions]-?: number };

/** @throws RpcError `invalid-argument` naming the option */
export function checkKeepalive(options: KeepaliveOptions): KeepaliveTimes {
  const { keepaliveMs = 20_000, idleKeepaliveMs = 45_000, keepaliveTimeoutMs = 10_000 } = options;
  return {
    keepaliveMs: checkDuration("keepaliveMs", keepaliveMs, { infinite: true }),
    idleKeepaliveMs: checkDuration("idleKeepaliveMs", idleKeepaliveMs, { infinite: true }),
    keepaliveTimeoutMs: checkDuration("keepaliveTimeoutMs", keepaliveTimeoutMs),
  };
}

export const defaultKeepalive: KeepaliveTimes = checkKeepalive({});

/** One connection, as far as it matters here. */
export interface Watched {
  readonly receivedBytes: number;
  /** When something whole came for the last time, on the clock of `now`. */
  readonly receivedAt: number;
  readonly openStreams: number;
  /** Sends PING, where none is under way, and tells {@link Keepalive.asked}. */
  ask(): void;
  /** It was not heard of in time. */
  lost(timeoutMs: number): void;
}

/** Watches one connection from `start` to `stop`, by a timer that keeps no process alive. */
export class Keepalive {
  readonly #watched: Watched;
  readonly #times: KeepaliveTimes;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #heardBytes = 0;
  #heardAt = 0;
  /** Of something whole. */
  #receivedAt = 0;
  #askedAt: number | undefined;

  constructor(watched: Watched, times: KeepaliveTimes) {
    this.#watched = watched;
    this.#times = times;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** A PING was sent, for whatever reason: it is to be answered. */
  asked(): void {
    const at = now();
    this.#listen(at);
    if (this.#askedAt !== undefined) return;
    this.#askedAt = at;
    this.#arm(this.#times.keepaliveTimeoutMs);
  }

  #listen(at: number): void {
    const { receivedBytes } = this.#watched;
    if (receivedBytes !== this.#heardBytes) {
      this.#heardBytes = receivedBytes;
      const { receivedAt } = this.#watched;
      // Of what is not whole yet it is known only that it came since the last look.
      this.#heardAt = receivedAt === this.#receivedAt ? at : receivedAt;
      this.#receivedAt = receivedAt;
      if (this.#askedAt !== undefined && this.#heardAt >= this.#askedAt) this.#askedAt = undefined;
    }
  }

  readonly #look = (): void => {
    if (this.#stopped) return;
    const at = now();
    this.#listen(at);
    if (this.#askedAt !== undefined) return this.#judge(at - this.#askedAt);
    const { keepaliveMs, idleKeepaliveMs } = this.#times;
    const allowedMs = this.#watched.openStreams > 0 ? keepaliveMs : idleKeepaliveMs;
    const leftMs = allowedMs - (at - this.#heardAt);
    if (leftMs <= 0) return this.#watched.ask();
    // A call may be opened meanwhile, and shorten it.
    this.#arm(Math.min(leftMs, keepaliveMs));
  };

  #judge(waitedMs: number): void {
    const { keepaliveTimeoutMs } = this.#times;
    if (waitedMs < keepaliveTimeoutMs) return this.#arm(keepaliveTimeoutMs - waitedMs);
    const { receivedBytes } = this.#watched;
    // Timers come before what was received: a process that stood still itself looks at that first.
    setImmediate(() => {
      if (this.#stopped) return;
      if (this.#watched.receivedBytes === receivedBytes) this.#watched.lost(keepaliveTimeoutMs);
      else this.#look();
    });
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped || ms === Infinity) return;
    this.#timer = setTimeout(this.#look, Math.min(Math.ceil(ms), longestTimerMs)).unref();
  }
}
