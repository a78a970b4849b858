// Writes values of any type in the named form, as a peer does that knows another contract, or none.
import type { MsgpackWriter } from "../../dist/msgpack-writer.js";

export function writeAny(to: MsgpackWriter, value: unknown): void {
  if (Array.isArray(value)) {
    to.array(value.length);
    for (const each of value) writeAny(to, each);
  } else if (value instanceof Date) to.date(value.getTime());
  else if (value instanceof Uint8Array) to.bytes(value);
  else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    to.map(entries.length);
    for (const [key, each] of entries) {
      to.string(key);
      writeAny(to, each);
    }
  } else to.literal(value);
}
