// The two forms in which a payload can travel, each ⇄ bytes: maps with names, which any version of a contract can read,
// and, where both ends agree on the contract, arrays by position. PROTOCOL.md §10.
import { decodeValue, encodeValue } from "./codec.js";
import type { ValueBounds } from "./guard.js";
import type { PayloadType } from "./service.js";

/** `named`: self-describing, as PROTOCOL.md §10.4 has it. `positional`: by the agreement of both ends, §10.5. */
export type Form = "named" | "positional";

/** A value as bytes, in memory that belongs to the caller. @throws PayloadError where it is not of its type */
export function encodePayload<T>(type: PayloadType<T>, value: T, form: Form): Uint8Array {
  if (form === "positional") throw new Error("not yet");
  return encodeValue(type.lower(value));
}

/**
 * The value of `bytes`; its binary parts are copies, so `bytes` may be reused.
 *
 * @throws PayloadError where it is not of its type
 * @throws MalformedValue where the bytes are not one value, or one beyond the bounds
 */
export function decodePayload<T>(type: PayloadType<T>, bytes: Uint8Array, form: Form, bounds: ValueBounds): T {
  if (form === "positional") throw new Error("not yet");
  return type.lift(decodeValue(bytes, bounds));
}
