// Keeps one session for a channel: one attempt at a time, one time limit over TCP, TLS and HELLO, and a growing pause
// after failures.
import type { TlsOptions } from "@tautline/core";
import { TransportError } from "@tautline/core";
import type { FrameTransport } from "./framing.js";
import { RpcError } from "./rpc-error.js";
import type { Session } from "./session.js";
import type { NarrowedTrust } from "./trust-change.js";

/** How connections to one server are made. */
export interface Dial {
  /** Makes one. Rejects with a TransportError; stops when `signal` aborts. */
  (signal: AbortSignal): Promise<FrameTransport>;
  /** Where connections are TLS: other options for those that follow, or the same files again. */
  readonly reloadTls?: (tls: TlsOptions | undefined) => Promise<void>;
  /** Tells `narrowed` when fewer authorities are trusted than before, as long as there is a connection. */
  readonly watchTrust?: (narrowed: (change: NarrowedTrust) => void) => void;
}

export interface ConnectorOptions {
  readonly dial: Dial;
  /** Where it leads, for messages. */
  readonly target: string;
  /** Over TCP, TLS and HELLO, in ms. */
  readonly connectTimeoutMs: number;
  readonly makeSession: (transport: FrameTransport) => Session;
  /** A session is ready. */
  readonly connected: (session: Session) => void;
  /** An attempt failed; `lasting` where another one will fail as well until somebody changes something. */
  readonly failed: (error: RpcError, lasting: boolean) => void;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** Idle until `want`, then trying until it has a session or `rest` is called. */
export class Connector {
  readonly #options: ConnectorOptions;
  #attempt: AbortController | undefined;
  #pause: NodeJS.Timeout | undefined;
  #pauseMs = firstPauseMs;
  #lastFailure: RpcError | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** Why there is no connection yet. */
  get status(): string {
    const { target } = this.#options;
    const failure = this.#lastFailure;
    return `waiting for a connection to ${target}${failure === undefined ? "" : `; the last attempt failed: ${failure.message}`}`;
  }

  /** Somebody needs a connection: makes an attempt at once, whatever the pause, unless one is under way. */
  want(): void {
    if (this.#attempt !== undefined) return;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    void this.#try();
  }

  /** Nobody needs one any more. */
  rest(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#attempt?.abort();
  }

  async #try(): Promise<void> {
    const { dial, target, connectTimeoutMs, makeSession, connected } = this.#options;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const limit = new TransportError(
      "timeout",
      `no connection to ${target} within ${connectTimeoutMs} ms (TCP, TLS and HELLO together)`,
    );
    const timer = setTimeout(() => attempt.abort(limit), connectTimeoutMs);
    let session: Session | undefined;
    try {
      session = makeSession(await dial(attempt.signal));
      const stop = (): void => void session?.close();
      attempt.signal.addEventListener("abort", stop, { once: true });
      await session.ready;
      attempt.signal.removeEventListener("abort", stop);
      attempt.signal.throwIfAborted();
      clearTimeout(timer);
      this.#attempt = undefined;
      this.#pauseMs = firstPauseMs;
      this.#lastFailure = undefined;
      connected(session);
    } catch (error) {
      clearTimeout(timer);
      void session?.close();
      this.#attempt = undefined;
      // `rest` gave it up; nobody waits. The time limit is a failure like others.
      if (attempt.signal.aborted && attempt.signal.reason !== limit) return;
      this.#fail(attempt.signal.aborted ? limit : error);
    }
  }

  #fail(error: unknown): void {
    const failure = RpcError.from(error, "no");
    this.#lastFailure = failure;
    const pause = this.#pauseMs * (0.8 + Math.random() * 0.4);
    this.#pauseMs = Math.min(this.#pauseMs * 1.6, longestPauseMs);
    // Calls wait for it, and their deadlines end it: it may keep the process alive.
    this.#pause = setTimeout(() => this.want(), pause);
    this.#options.failed(failure, isLasting(failure));
  }
}

/** Trust, protocol and options do not get better by waiting; networks and restarts do. */
function isLasting(failure: RpcError): boolean {
  return (
    failure.code === "unauthenticated" ||
    failure.code === "permission-denied" ||
    failure.code === "failed-precondition" ||
    failure.code === "invalid-argument"
  );
}
