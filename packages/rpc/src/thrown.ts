// What code of the application threw, as an error that can be looked at. Anything can be thrown: no error at all, a Proxy that
// throws at every look, an error with a getter in the place of its message. Knows no call.
import { inspect } from "node:util";

/** The same where it is an error with a name and a message; else one that shows what it is. Never throws. */
export function errorOf(thrown: unknown): Error {
  try {
    if (thrown instanceof Error && typeof thrown.message === "string" && typeof thrown.name === "string") return thrown;
  } catch {
    // A getter, or a Proxy.
  }
  return new Error(shown(thrown));
}

/** What it says, for the message of another error. Never throws. */
export function textOf(thrown: unknown): string {
  return errorOf(thrown).message;
}

/** Runs a callback of the application's: `failed` hears what it throws, and what it rejects with where it is async. */
export function attempt(callback: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const given = callback();
    if (given instanceof Promise) given.catch(failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/** Any value on one line, without running code of its own. Never throws. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return inspect(value, { customInspect: false, breakLength: Infinity }).replaceAll(/\s*\n\s*/g, " ");
  } catch {
    // An error whose stack is a getter.
    return "something that cannot be shown";
  }
}
