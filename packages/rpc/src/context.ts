// What a handler knows of the call that it serves.
import type { Peer } from "@tautline/core";
import type { Metadata } from "./metadata.js";

/** One call, as its handler sees it: the last argument of every handler. */
export interface CallContext {
  /** `service/method`. */
  readonly path: string;
  /** Who calls: address, verified certificate, SPIFFE id. */
  readonly peer: Peer;
  /** What the caller sent beside the arguments. */
  readonly metadata: Metadata;
  /** When the call ends at the latest, in ms since the epoch of this machine's clock; Infinity where there is no deadline. */
  readonly deadline: number;
  /** Time left until the deadline, in ms; never negative; Infinity without one. */
  remainingMs(): number;
  /**
   * Aborts when the caller cancelled, the deadline passed or the connection was lost; its reason is an RpcError with the
   * code. Does not abort when the handler returns. What a listener throws is an uncaught exception of the process, as Node
   * has it for every signal.
   */
  readonly signal: AbortSignal;
  /**
   * Aborts when this end wants to finish (drain): a long stream should reach a good place and return. The call goes on
   * until the grace ends.
   */
  readonly draining: AbortSignal;
  /** Metadata of the response; sent with the first message, so set it before that. */
  readonly responseMetadata: Metadata;
  /** Metadata sent at the call's end, beside the result or the error. */
  readonly trailers: Metadata;
}
