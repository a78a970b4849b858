// Whether the peer of a connection is still there, when a call is to be put on it and nothing was heard for long: TCP alone says
// so after minutes, and after an outage asks again later than a new connection would.
import type { Session } from "./session.js";

/** What the channel does about it. */
export interface DoubtHost {
  /** It answered, or said anything: it can be used. */
  dispelled(session: Session): void;
  /** It has not answered yet: try another connection beside it. Told once for each doubt. */
  grew(session: Session): void;
  /** The connection is lost. */
  confirmed(session: Session): void;
}

/** With calls open and nothing heard for so long, a further call asks beside it, in ms. */
const uneasyMs = 2000;
/** An answer may take so long before another connection is tried, in ms; or three times what the last one took. */
const patienceMs = 1500;

export class Doubt {
  readonly #host: DoubtHost;
  readonly #keepaliveMs: number;
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  #roundTripMs = 0;

  /** @param keepaliveMs an idle connection that was silent for so long is asked before a call is put on it */
  constructor(keepaliveMs: number, host: DoubtHost) {
    this.#keepaliveMs = keepaliveMs;
    this.#host = host;
  }

  /** The one that is in doubt. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Whether a call may be put on it now; asks the peer where it is not certain.
   *
   * @param at now, in ms since the epoch
   */
  allows(session: Session, at: number): boolean {
    const silentMs = at - session.receivedAt;
    if (silentMs < uneasyMs) return true;
    const certain = silentMs < this.#keepaliveMs;
    if (!certain || session.openStreams > 0) this.#raise(session);
    return certain;
  }

  /** No matter any more. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#session = undefined;
  }

  #raise(session: Session): void {
    if (this.#session === session) return;
    this.drop();
    this.#session = session;
    const ask = session.ping();
    this.#timer = setTimeout(() => this.#host.grew(session), Math.max(patienceMs, 3 * this.#roundTripMs)).unref();
    ask.then(
      (roundTripMs) => {
        this.#roundTripMs = roundTripMs;
        if (this.#session !== session) return;
        this.drop();
        this.#host.dispelled(session);
      },
      () => {
        if (this.#session !== session) return;
        this.drop();
        this.#host.confirmed(session);
      },
    );
  }
}
