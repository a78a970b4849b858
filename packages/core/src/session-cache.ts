// TLS sessions that clients may resume, each with the identity that its full handshake verified: a resumed client sees no
// certificate, and nothing is verified again.
import { inDate } from "./certificate.js";
import type { PeerCertificate } from "./peer.js";

/** A session, opaque, with the server's verified certificate. */
export interface RememberedSession {
  readonly session: Buffer;
  readonly certificate: PeerCertificate;
}

/** At most `capacity` sessions; the one unused for longest goes first. */
export class SessionCache {
  readonly #sessions = new Map<string, RememberedSession>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session for `key`, unless the server's certificate is out of date by now. */
  get(key: string): RememberedSession | undefined {
    const found = this.#sessions.get(key);
    if (found === undefined) return undefined;
    this.#sessions.delete(key);
    if (!inDate(found.certificate, Date.now())) return undefined;
    // Map keeps insertion order: what was used last stands last.
    this.#sessions.set(key, found);
    return found;
  }

  set(key: string, session: RememberedSession): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    if (this.#sessions.size <= this.#capacity) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.#sessions.delete(key);
  }
}
