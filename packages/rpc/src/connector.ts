// Keeps one session for a channel: one attempt at a time, one time limit over TCP, TLS and HELLO, and a growing pause
// after failures. Where somebody asks meanwhile it does not wait for the pause, but never hurries for long.
import type { TlsOptions } from "@tautline/core";
import { TransportError } from "@tautline/core";
import { now } from "./clock.js";
import type { FrameTransport } from "./framing.js";
import { RpcError } from "./rpc-error.js";
import type { Session } from "./session.js";
import { failureOf, type SessionEnd } from "./session-end.js";
import { TokenBucket } from "./token-bucket.js";
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

/** 0.5 s × 1.6, ± 20 %, at most 30 s. */
const firstPauseMs = 500;
const pauseGrowth = 1.6;
const longestPauseMs = 30_000;
/** Attempts at once, whatever the pause, because somebody asked; and so many more in each second. */
const promptBurst = 8;
const promptPerSecond = 2;
/** Never sooner after the one before, in ms: a server that restarts is away for a moment. */
const leastGapMs = 100;

/** Idle until `want`, then trying until it has a session or `rest` is called. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #prompt = new TokenBucket(promptBurst, promptPerSecond);
  #attempt: AbortController | undefined;
  #pause: NodeJS.Timeout | undefined;
  #pauseEndsAt = 0;
  /** Whether it is as short as it may be, because somebody asked. */
  #isPrompt = false;
  #beganAt = 0;
  #pauseMs = firstPauseMs;
  #lastFailure: RpcError | undefined;
  /** After a failure that lasts, nobody is let through before. */
  #notBefore = 0;
  /** The last one that was ready. */
  #session: Session | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** Why there is no connection yet. */
  get status(): string {
    const { target } = this.#options;
    const failure = this.#lastFailure;
    return `waiting for a connection to ${target}${failure === undefined ? "" : `; the last attempt failed: ${failure.message}`}`;
  }

  /**
   * Somebody needs a connection: makes an attempt at once, whatever the pause, unless one is under way. Who asks again and
   * again gets two a second. After a failure that lasts all are told it until the pause is over: who is denied waits.
   */
  want(): void {
    if (this.#attempt !== undefined) return;
    this.#learn();
    const at = now();
    if (this.#lastFailure !== undefined && at < this.#notBefore) return this.#options.failed(this.#lastFailure, true);
    if (this.#pause !== undefined && this.#isPrompt) return;
    this.#isPrompt = true;
    const gapMs = this.#prompt.spend(1, at) ? leastGapMs - (at - this.#beganAt) : jittered(1000 / promptPerSecond);
    if (gapMs <= 0) this.#begin();
    else this.#wait(gapMs);
  }

  /** Until then at most: a pause that ends sooner stays. Calls wait for it, and may keep the process alive by it. */
  #wait(ms: number): void {
    const endsAt = now() + ms;
    if (this.#pause !== undefined && this.#pauseEndsAt <= endsAt) return;
    clearTimeout(this.#pause);
    this.#pauseEndsAt = endsAt;
    this.#pause = setTimeout(() => this.#begin(), ms);
  }

  /** Nobody needs one any more. */
  rest(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#attempt?.abort();
  }

  /** What an attempt under way began with counts no more: it failed, for this reason. */
  invalidate(reason: TransportError): void {
    this.#attempt?.abort(reason);
  }

  /** Something was changed: what failed before may go well now. */
  reset(): void {
    this.#session = undefined;
    this.#pauseMs = firstPauseMs;
    this.#notBefore = 0;
  }

  /** A session that was denied when it was ready is a failure like one before; others show that all is well. */
  #learn(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    const { ended } = session;
    if (ended !== undefined && isLasting(ended)) this.#backOff(failureOf(ended, "no"), true);
    else this.#pauseMs = firstPauseMs;
  }

  #begin(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#beganAt = now();
    this.#isPrompt = false;
    void this.#try();
  }

  async #try(): Promise<void> {
    const { dial, target, connectTimeoutMs, makeSession, connected } = this.#options;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const timer = setTimeout(() => {
      const text = `no connection to ${target} within ${connectTimeoutMs} ms (TCP, TLS and HELLO together)`;
      attempt.abort(new TransportError("timeout", text));
    }, connectTimeoutMs);
    let session: Session | undefined;
    try {
      session = makeSession(await dial(attempt.signal));
      const stop = (): void => {
        const reason: unknown = attempt.signal.reason;
        if (!(reason instanceof TransportError && reason.code === "timeout")) return void session?.close();
        session?.tooLate(`HELLO did not arrive within the ${connectTimeoutMs} ms for TCP, TLS and HELLO`);
      };
      attempt.signal.addEventListener("abort", stop, { once: true });
      await session.ready;
      attempt.signal.removeEventListener("abort", stop);
      attempt.signal.throwIfAborted();
      clearTimeout(timer);
      this.#attempt = undefined;
      this.#session = session;
      this.#lastFailure = undefined;
      connected(session);
    } catch (error) {
      clearTimeout(timer);
      void session?.close();
      this.#attempt = undefined;
      const reason: unknown = attempt.signal.reason;
      // `rest` gave it up; nobody waits. The time limit is a failure like others.
      if (attempt.signal.aborted && !(reason instanceof TransportError)) return;
      this.#fail(reason ?? error);
    }
  }

  #fail(error: unknown): void {
    const failure = RpcError.from(error, "no");
    // Whether we are refused a server seldom says: one that goes, or changes whom it trusts, drops handshakes in the same way.
    // Once may be chance.
    const lasting = isLasting(failure) && !(isRefusal(failure) && !isRefusal(this.#lastFailure));
    this.#wait(this.#backOff(failure, lasting));
    this.#options.failed(failure, lasting);
  }

  /** @returns the pause until the next attempt, in ms */
  #backOff(failure: RpcError, lasting: boolean): number {
    const pause = jittered(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * pauseGrowth, longestPauseMs);
    this.#lastFailure = failure;
    this.#notBefore = lasting ? now() + pause : 0;
    return pause;
  }
}

function jittered(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}

/** Trust, protocol and options do not get better by waiting; networks and restarts do. */
function isLasting({ code }: SessionEnd): boolean {
  return (
    code === "unauthenticated" ||
    code === "permission-denied" ||
    code === "failed-precondition" ||
    code === "invalid-argument"
  );
}

/** In the handshake, or where the first byte of the protocol should have been. */
function isRefusal(failure: RpcError | undefined): boolean {
  return failure?.cause instanceof TransportError && failure.cause.code === "refused-by-peer";
}
