// Checks of options at the door, each with an error that names the option, what it was, and what it may be.
import { TransportError } from "./errors.js";

/** @throws TransportError `bad-option` unless `value` is an integer from `least` to `most` */
export function checkInteger(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw badOption(name, `must be an integer from ${least} to ${most}, not ${shown(value)}`);
}

/** @throws TransportError `bad-option` unless `value` is an integer from `least` on, or Infinity */
export function checkCount(name: string, value: unknown, least: number): void {
  if (value === Infinity || (Number.isInteger(value) && Number(value) >= least)) return;
  throw badOption(name, `must be an integer from ${least}, or Infinity, not ${shown(value)}`);
}

/**
 * A key that nobody reads is a mistake: a misspelt limit would silently be its default.
 *
 * @param hints what to say of particular keys
 * @throws TransportError `bad-option` naming the first key that is not in `known`
 */
export function checkKeys(
  name: string,
  options: object,
  known: readonly string[],
  hints: Readonly<Record<string, string>> = {},
): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const hint = Object.hasOwn(hints, unknown) ? hints[unknown] : `the options are ${known.join(", ")}`;
  throw badOption(name === "" ? unknown : `${name}.${unknown}`, `is not an option: ${hint}`);
}

/** An error of code `bad-option`; `problem` continues the sentence that the option's name begins. */
export function badOption(name: string, problem: string, cause?: unknown): TransportError {
  return new TransportError("bad-option", `${name} ${problem}`, cause === undefined ? undefined : { cause });
}

/** A value for a message: what it is, never more than a little of its text. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
