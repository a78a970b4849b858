// How long a peer that reads nothing is borne: the option, its default and its check. The transport does the looking.
import { checkDuration } from "./option-check.js";

/** What becomes of a connection whose peer does not read. */
export interface StallOptions {
  /**
   * How long the operating system may take none of the bytes that wait for it, in ms. Default 10,000; Infinity: for ever. Then the
   * peer is gone or does not read, and the connection is destroyed; found within 1.25 times that.
   */
  readonly stallTimeoutMs?: number | undefined;
}

/** @returns whole ms, or Infinity. @throws RpcError `invalid-argument` naming the option */
export function checkStall({ stallTimeoutMs = 10_000 }: StallOptions): number {
  return Math.ceil(checkDuration("stallTimeoutMs", stallTimeoutMs, { infinite: true }));
}
