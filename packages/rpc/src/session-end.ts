// Why a connection ended, as plain data: an error captures a stack, and most ends are nobody's failure.
import type { Code } from "./code.js";
import { RpcError, type Executed } from "./rpc-error.js";

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
