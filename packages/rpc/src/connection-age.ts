// Ends connections that are old, or that nobody has used for long: load spreads anew, and certificates are looked at again.
// Knows when, and not what ending means.
import { longestTimerMs, now } from "./clock.js";
import { checkDuration } from "./option-check.js";
import type { Session } from "./session.js";

/** How long connections live; what is open on one that has to go may finish within the grace. */
export interface ConnectionAgeOptions {
  /** From its beginning, ± 10 % so that not all end at once, in ms. Default Infinity. */
  readonly maxConnectionAgeMs?: number | undefined;
  /** Without a call, in ms; found within 1.25 times that. Default Infinity. */
  readonly maxConnectionIdleMs?: number | undefined;
}

const looksPerIdle = 4;

export class ConnectionAge {
  readonly #maxAgeMs: number;
  readonly #maxIdleMs: number;
  readonly #over: (session: Session, why: string) => void;
  readonly #timers = new Map<Session, NodeJS.Timeout[]>();

  /** @throws RpcError `invalid-argument` naming the option */
  constructor(options: ConnectionAgeOptions, over: (session: Session, why: string) => void) {
    const { maxConnectionAgeMs = Infinity, maxConnectionIdleMs = Infinity } = options;
    this.#maxAgeMs = checkDuration("maxConnectionAgeMs", maxConnectionAgeMs, { infinite: true });
    this.#maxIdleMs = checkDuration("maxConnectionIdleMs", maxConnectionIdleMs, { infinite: true });
    this.#over = over;
  }

  watch(session: Session): void {
    const timers: NodeJS.Timeout[] = [];
    const end = (why: string): void => {
      this.forget(session);
      this.#over(session, why);
    };
    if (this.#maxAgeMs !== Infinity) {
      const age = Math.min(this.#maxAgeMs * (0.9 + Math.random() * 0.2), longestTimerMs);
      timers.push(setTimeout(() => end("its maximum age (maxConnectionAgeMs)"), age).unref());
    }
    if (this.#maxIdleMs !== Infinity) {
      let usedAt = now();
      let seen = -1;
      const look = (): void => {
        const { openStreams, streamsSoFar } = session;
        if (openStreams > 0 || streamsSoFar !== seen) usedAt = now();
        else if (now() - usedAt >= this.#maxIdleMs) end("nobody used it (maxConnectionIdleMs)");
        seen = streamsSoFar;
      };
      timers.push(setInterval(look, this.#maxIdleMs / looksPerIdle).unref());
    }
    if (timers.length > 0) this.#timers.set(session, timers);
  }

  /** The session is closed. */
  forget(session: Session): void {
    for (const timer of this.#timers.get(session) ?? []) clearTimeout(timer);
    this.#timers.delete(session);
  }
}
