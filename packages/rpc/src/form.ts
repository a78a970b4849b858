// The two forms in which a payload can travel, each ⇄ bytes: maps with names, which any version of a contract can read,
// and, where both ends agree on the contract, arrays by position. PROTOCOL.md §10.
import { decodeValue, encodeValue } from "./codec.js";
import { collect } from "./failures.js";
import type { ValueBounds } from "./guard.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { MsgpackWriter } from "./msgpack-writer.js";
import type { PayloadType, PositionalType } from "./service.js";
import { spanOf, viewOf, type Span } from "./span.js";

/** `named`: self-describing, as PROTOCOL.md §10.4 has it. `positional`: by the agreement of both ends, §10.5. */
export type Form = "named" | "positional";

/** A value as bytes, which nobody else will write to. @throws PayloadError where it is not of its type */
export function encodePayload<T>(type: PayloadType<T>, value: T, form: Form): Span {
  return form === "positional" ? write(positionalOf(type), value) : spanOf(encodeValue(type.lower(value)));
}

/**
 * The value of a message; its binary parts are copies, so its bytes may be reused.
 *
 * @throws PayloadError where it is not of its type
 * @throws MalformedValue where the bytes are not one value, or one beyond the bounds
 */
export function decodePayload<T>(type: PayloadType<T>, span: Span, form: Form, bounds: ValueBounds): T {
  return form === "positional" ? read(positionalOf(type), span, bounds) : type.lift(decodeValue(viewOf(span), bounds));
}

/** Writers at rest. More than one is in use where a getter of a value makes a call of its own. */
const writers = [new MsgpackWriter()];

function write<T>(type: PositionalType<T>, value: T): Span {
  const writer = writers.pop() ?? new MsgpackWriter();
  try {
    collect(type.write, writer, value);
    return writer.take();
  } catch (error) {
    writer.reset();
    throw error;
  } finally {
    writers.push(writer);
  }
}

/** Reading runs no code of the application's, so that one is enough. */
const reader = new MsgpackReader();

function read<T>(type: PositionalType<T>, span: Span, bounds: ValueBounds): T {
  reader.begin(span, bounds);
  try {
    const value = collect(type.read, reader);
    reader.end();
    return value;
  } finally {
    reader.release();
  }
}

function positionalOf<T>(type: PayloadType<T>): PositionalType<T> {
  if (type.positional === undefined) throw new TypeError("a payload type without a positional form was asked for it");
  return type.positional;
}
