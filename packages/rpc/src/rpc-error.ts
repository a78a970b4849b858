// The one error type of calls, and the one funnel that anything thrown goes through.
import { TransportError } from "@tautline/core";
import type { Code } from "./code.js";
import { errorOf } from "./thrown.js";

/**
 * Whether the handler may have run: `no`, it certainly did not (a retry is safe for every method); `maybe`, nobody can
 * tell; `yes`, it ran, or is running.
 */
export type Executed = "no" | "maybe" | "yes";

export interface RpcErrorOptions {
  /** Default `maybe` on a client; a server's own failures say what they know. */
  readonly executed?: Executed | undefined;
  /** Plain data for the caller's program; crosses the wire as it is. */
  readonly details?: unknown;
  /** Stays on this side of the wire. */
  readonly cause?: unknown;
  /** How long the peer asks to wait before another attempt, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** Where the call's time went, as far as the server told, in ms. */
  readonly timing?: CallTiming | undefined;
}

/** What the server told of a call's time, in ms with fractions. */
export interface CallTiming {
  /** From the call's arrival until its handler started. */
  readonly queuedMs: number;
  /** From then until its end. */
  readonly handlerMs: number;
}

/**
 * A failed call, on either side. Thrown by a handler, it crosses the wire with its code, message and details; anything
 * else that a handler throws reaches the caller as `internal` with an opaque id, and the server's log in full.
 */
export class RpcError extends Error {
  override readonly name: string = "RpcError";
  readonly code: Code;
  readonly executed: Executed;
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;
  readonly timing: CallTiming | undefined;

  constructor(code: Code, message: string, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.executed = options.executed ?? "maybe";
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
    this.timing = options.timing;
  }

  /**
   * Makes an RpcError of anything that was thrown: itself; an abort as `cancelled`; a lost connection as `unavailable`;
   * all else as `internal`, with the original as `cause`.
   */
  static from(thrown: unknown, executed: Executed = "maybe"): RpcError {
    const error = errorOf(thrown);
    if (error instanceof RpcError) return error;
    if (error instanceof TransportError) {
      return new RpcError(codeOfTransport(error), error.message, { executed, cause: thrown });
    }
    // The web's is a DOMException, the one of node:timers, node:events and node:fs a plain Error: the name is their contract.
    if (error.name === "AbortError") {
      return new RpcError("cancelled", "the call was cancelled", { executed, cause: thrown });
    }
    return new RpcError("internal", error.message, { executed, cause: thrown });
  }
}

function codeOfTransport(error: TransportError): Code {
  switch (error.code) {
    case "peer-untrusted":
    case "refused-by-peer":
      return "unauthenticated";
    case "alpn-mismatch":
    case "bad-preamble":
      return "failed-precondition";
    case "bad-option":
      return "invalid-argument";
    case "aborted":
      return "cancelled";
    case "frame-too-large":
      return "resource-exhausted";
    case "connect-failed":
    case "timeout":
    case "handshake-failed":
    case "truncated":
    case "reset":
    case "stalled":
    case "flooded":
    case "closed":
      return "unavailable";
  }
}

/** What `new OutOfStockError(fields, options)` takes besides the fields. */
export interface DeclaredErrorOptions {
  /** For people; default is the error's declared name. */
  readonly message?: string | undefined;
  readonly details?: unknown;
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
}

/**
 * What the generated classes of declared errors extend: part of the contract, thrown by handlers and caught by
 * `instanceof` on the client. Its code is `failed-precondition`, and the handler has run.
 */
export class DeclaredError extends RpcError {
  override readonly name: string;

  constructor(name: string, options: DeclaredErrorOptions = {}) {
    super("failed-precondition", options.message ?? name, { ...options, executed: "yes" });
    this.name = `${name}Error`;
  }
}
