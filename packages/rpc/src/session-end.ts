// Why a connection ended, as plain data: an error captures a stack, and most ends are nobody's failure.
import type { TransportError, TransportErrorCode } from "@tautline/core";
import type { Code } from "./code.js";
import { RpcError, type Executed } from "./rpc-error.js";
import { Violation, type GoAwayReason } from "./violation.js";

/** An RpcError is one as well. */
export interface SessionEnd {
  readonly code: Code;
  readonly message: string;
  readonly cause?: unknown;
}

/** What a call gets that was open then, or is begun later. */
export function failureOf({ code, message, cause }: SessionEnd, executed: Executed): RpcError {
  return new RpcError(code, message, { executed, cause });
}

/** A mistake of our own. */
export function ownFailure(cause: unknown): SessionEnd {
  return { code: "internal", message: "tautline failed on this connection", cause };
}

/** What it means that the transport failed: what the peer has broken, of which it can still be told, or how the connection ended. */
export function meaningOf(error: TransportError): Violation | SessionEnd {
  const { code, message } = error;
  const reason = violatedBy[code];
  if (reason !== undefined) return new Violation(reason, message, { cause: error });
  const unauthenticated = code === "refused-by-peer" || code === "peer-untrusted";
  // Nothing can be told to one who takes nothing, but the operator is to know.
  const cause = code === "stalled" ? new Violation("excessive-load", message, { cause: error }) : error;
  return { code: unauthenticated ? "unauthenticated" : "unavailable", message, cause };
}

/** What the peer has broken where the transport fails so; nothing where its code is not here. */
const violatedBy: { readonly [Code in TransportErrorCode]?: GoAwayReason } = {
  "frame-too-large": "frame-too-large",
  timeout: "timeout",
  "bad-preamble": "bad-hello",
  flooded: "excessive-load",
};
