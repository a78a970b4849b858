// Ends connections when the certificate that their peer showed is over: it is looked at only in handshakes. One timer for
// all of a side's connections; it knows dates, and not what ending means.
import type { Session } from "./session.js";

const sweepMs = 1000;

/** Watches sessions; each is told at most once, within a second of its peer's certificate's end. */
export class PeerExpiry {
  readonly #ends = new Map<Session, number>();
  readonly #expired: (session: Session) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(expired: (session: Session) => void) {
    this.#expired = expired;
  }

  /** A peer without a certificate has none that ends. */
  watch(session: Session): void {
    const end = session.peer.tls?.certificate?.validTo.getTime();
    if (end === undefined) return;
    this.#ends.set(session, end);
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** The session is closed. */
  forget(session: Session): void {
    this.#ends.delete(session);
    if (this.#ends.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const now = Date.now();
    for (const [session, end] of this.#ends) {
      if (now <= end) continue;
      this.forget(session);
      this.#expired(session);
    }
  }
}
