// Checks of numeric options at the door: a NaN that reaches a timer fires at once, and one in a comparison never.
import { longestTimerMs } from "./clock.js";
import { RpcError } from "./rpc-error.js";

/**
 * A duration in ms, more than 0, up to what timers can count, or Infinity where `infinite` allows.
 *
 * @throws RpcError `invalid-argument` naming the option, what it was, and what it may be
 */
export function checkDuration(name: string, ms: number, { infinite = false } = {}): number {
  if ((ms > 0 && ms <= longestTimerMs) || (infinite && ms === Infinity)) return ms;
  const range = `more than 0 and at most ${longestTimerMs} ms${infinite ? ", or Infinity" : ""}`;
  throw new RpcError("invalid-argument", `${name} is ${String(ms)}: it must be ${range}`, { executed: "no" });
}

/**
 * How long what is open may take to finish, in ms: not at all where less than 0 are left, as long as it does at Infinity.
 *
 * @throws RpcError `invalid-argument` for what is no number
 */
export function checkGrace(graceMs: number): number {
  if (typeof graceMs === "number" && !Number.isNaN(graceMs)) return Math.max(0, graceMs);
  throw new RpcError("invalid-argument", `graceMs is ${String(graceMs)}: it must be a number of ms`, {
    executed: "no",
  });
}

/** A function, or nothing. @throws RpcError `invalid-argument` */
export function checkFunction<T>(name: string, given: T): T {
  if (given === undefined || typeof given === "function") return given;
  throw new RpcError("invalid-argument", `${name} is no function`, { executed: "no" });
}

/** A whole number from `least` on, or Infinity. @throws RpcError `invalid-argument` like {@link checkDuration} */
export function checkCount(name: string, count: number, least: number): number {
  if (count === Infinity || (Number.isInteger(count) && count >= least)) return count;
  throw new RpcError(
    "invalid-argument",
    `${name} is ${String(count)}: it must be a whole number from ${least}, or Infinity`,
    {
      executed: "no",
    },
  );
}
