// Everything that can go wrong below calls, as one type with a closed list of codes.

/** What went wrong with a connection. Closed: a switch over it needs no default. */
export type TransportErrorCode =
  /** No connection came about: refused, unreachable, unknown host. `cause` has the system's error. */
  | "connect-failed"
  /** A time limit passed: connecting, the handshake, or a frame that would not complete. */
  | "timeout"
  /** The caller's AbortSignal fired. `cause` has its reason. */
  | "aborted"
  /** TLS failed for another reason than trust: no common version or cipher, not TLS at all. */
  | "handshake-failed"
  /** We do not trust the peer: its certificate's chain, name or dates, or it has none. */
  | "peer-untrusted"
  /** The peer does not trust us: it answered with a certificate alert, or ended the connection right after the handshake. */
  | "refused-by-peer"
  /** The two ends did not agree on the application protocol (ALPN). */
  | "alpn-mismatch"
  /** A frame is longer than the limit. */
  | "frame-too-large"
  /** The first frame does not begin as this protocol's does. */
  | "bad-preamble"
  /** The stream ended inside a frame, or without TLS's close_notify. */
  | "truncated"
  /** The connection was reset or broke. `cause` has the system's error. */
  | "reset"
  /** The peer, or the way to it, took none of what waits for it in time. */
  | "stalled"
  /** The peer sends next to nothing but what its connection needs for itself. */
  | "flooded"
  /** This end closed or aborted the connection. */
  | "closed"
  /** An option is wrong, or an item that its framing cannot carry; the message names it, what it was, and what it may be. */
  | "bad-option";

/** An error of the transport layer. The message names what, where, the limit and the remedy. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
