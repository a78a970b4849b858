// What no correct peer does, and the reason that GOAWAY gives for it (PROTOCOL.md §13, §14).

/** Why a connection ends; the index is the number on the wire. */
export const goAwayReasons = [
  "none",
  "protocol-error",
  "flow-control",
  "frame-too-large",
  "bad-hello",
  "excessive-load",
  "timeout",
  "internal",
  "denied",
] as const;

export type GoAwayReason = (typeof goAwayReasons)[number];

/** Thrown where a peer's bytes break the protocol; the session answers it with GOAWAY and ends the connection. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly reason: GoAwayReason;

  constructor(reason: GoAwayReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
