// What a server takes on, all its connections together, before it refuses: the options, their defaults and their check.
import type { Code } from "./code.js";
import { checkCount } from "./option-check.js";
import { RpcError } from "./rpc-error.js";

/** Bounds of a server's work. Whole numbers, or Infinity for no bound. */
export interface OverloadLimits {
  /**
   * How many handlers may run at once, those of calls that were given up included. More calls are refused, but those of a
   * connection that has less than an equal share: nobody's flood takes all of it. Default 65,536.
   */
  readonly maxHandlers: number;
  /** How many calls may wait for a turn of the event loop; more are refused, with the same exception. Default 16,384. */
  readonly maxWaiting: number;
  /**
   * A method whose answers take ever longer, until calls run past their deadlines, gets fewer handlers at once, but never
   * fewer than these; what is more is refused until it recovers, with the same exception. Default 16; Infinity: never fewer.
   */
  readonly minConcurrency: number;
  /** How many connections there may be; more are ended with `excessive-load`, and come again. Default 65,536. */
  readonly maxConnections: number;
  /** The same for those of one identity, by its certificate; without one, of one address. Default 16,384. */
  readonly maxConnectionsPerPeer: number;
  /** How many TLS handshakes may run at once; who comes then is destroyed. Default 16,384. */
  readonly maxHandshakes: number;
}

export const defaultOverload: OverloadLimits = {
  maxHandlers: 65_536,
  maxWaiting: 16_384,
  minConcurrency: 16,
  maxConnections: 65_536,
  maxConnectionsPerPeer: 16_384,
  maxHandshakes: 16_384,
};

/** What was given, with the defaults for the rest. @throws RpcError `invalid-argument` naming the option and its range */
export function checkOverload(given: Partial<OverloadLimits>): OverloadLimits {
  const limits = { ...defaultOverload, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultOverload, name)) {
      const names = Object.keys(defaultOverload).join(", ");
      throw new RpcError("invalid-argument", `there is no option overload.${name}; there are ${names}`, {
        executed: "no",
      });
    }
    checkCount(`overload.${name}`, value, name === "maxWaiting" ? 0 : 1);
  }
  return limits;
}

/**
 * Why a call is not run, as its caller is told. No error, which nobody would throw: it would take a stack, and that takes longer
 * than all else about a refusal, of which there are most where there is least time.
 */
export interface CallRefusal {
  readonly code: Code;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfterMs?: number | undefined;
}

/** A call that is not run for lack of room: nothing of it was done, and it may be worth another attempt soon. */
export function shed(message: string, code: "unavailable" | "resource-exhausted" = "unavailable"): CallRefusal {
  // Spread, so that those who are refused together do not come back together.
  const retryAfterMs = Math.round(leastRetryMs + Math.random() * 2 * leastRetryMs);
  return { code, message, retryAfterMs };
}

const leastRetryMs = 250;
