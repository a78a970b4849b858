// The two forms in which a payload can travel, each ⇄ bytes: maps with names, which any version of a contract can read,
// and, where both ends agree on the contract, arrays by position. The same generated code does both. PROTOCOL.md §10.
import { decodeValue, encodeValue } from "./codec.js";
import { collect } from "./failures.js";
import { anySize, type ValueBounds } from "./guard.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { MsgpackWriter } from "./msgpack-writer.js";
import { NamedReader } from "./named-reader.js";
import { NamedWriter } from "./named-writer.js";
import type { PayloadType } from "./service.js";
import { spanOf, viewOf, type Span } from "./span.js";

/** `named`: self-describing, as PROTOCOL.md §10.4 has it. `positional`: by the agreement of both ends, §10.5. */
export type Form = "named" | "positional";

/** Writers at rest. More than one is in use where a getter of a value makes a call of its own. */
const writers = { named: [new NamedWriter()], positional: [new MsgpackWriter()] };

/** A value as bytes, which nobody else will write to. @throws PayloadError where it is not of its type */
export function encodePayload<T>(type: PayloadType<T>, value: T, form: Form): Span {
  const atRest: MsgpackWriter[] = writers[form];
  const writer = atRest.pop() ?? (form === "named" ? new NamedWriter() : new MsgpackWriter());
  try {
    collect(type.write, writer, value);
    return writer.take();
  } catch (error) {
    writer.reset();
    throw error;
  } finally {
    atRest.push(writer);
  }
}

/** Reading runs no code of the application's, so that one of each is enough. */
const readers = { named: new NamedReader(), positional: new MsgpackReader() };

/**
 * The value of a message; its binary parts are copies, so its bytes may be reused.
 *
 * @throws PayloadError where it is not of its type
 * @throws MalformedValue where the bytes are not one value, or one beyond the bounds
 */
export function decodePayload<T>(type: PayloadType<T>, span: Span, form: Form, bounds: ValueBounds): T {
  const reader: MsgpackReader = readers[form];
  try {
    reader.begin(span, bounds);
    const value = collect(type.read, reader);
    reader.end();
    return value;
  } finally {
    reader.release();
  }
}

/** A value as a part of a larger one, in the named form: plain data. @throws PayloadError where it is not of its type */
export function lowerPayload<T>(type: PayloadType<T>, value: T): unknown {
  return decodeValue(viewOf(encodePayload(type, value, "named")), anySize);
}

/** The value of such a part. @throws PayloadError where it is not of its type */
export function liftPayload<T>(type: PayloadType<T>, plain: unknown): T {
  return decodePayload(type, spanOf(encodeValue(plain)), "named", anySize);
}
