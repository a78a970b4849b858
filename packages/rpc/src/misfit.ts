// From bytes or a value that are no payload of the contract to the error of their call. Knows no call.
import type { Code } from "./code.js";
import { MalformedValue } from "./malformed-value.js";
import { PayloadError } from "./payload-error.js";
import { RpcError, type Executed } from "./rpc-error.js";

/** Whether the contract is what `error` is about, and not the program that ran meanwhile. */
export function isMisfit(error: unknown): error is PayloadError | MalformedValue {
  return error instanceof PayloadError || error instanceof MalformedValue;
}

/** The error of the call: `what` says which of its payloads it was; `details` has every place where it is wrong. */
export function misfit(code: Code, what: string, cause: PayloadError | MalformedValue, executed?: Executed): RpcError {
  const details = cause instanceof PayloadError ? cause.details : undefined;
  return new RpcError(code, `${what}: ${cause.message}`, { executed, details, cause });
}
