// What the functions of generated code are that write and read payloads: each checks what it writes or reads, in the same pass.
// Where the two forms differ, the writer or the reader knows what to do. PROTOCOL.md §10.4, §10.5.
//
// What is wrong is recorded, as failures.ts has it. A reader passes over a value that is not what it expects, so that the
// rest is still read from its place, and all that is wrong with a message is told at once.
import { refuse } from "./failures.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import type { At } from "./payload-error.js";

/** Checks and writes one value. */
export type Write = (this: void, to: MsgpackWriter, value: unknown, at: At) => void;

/** Reads and checks one value. */
export type Read<T> = (this: void, from: MsgpackReader, at: At) => T;

/** Records that something else came than was expected, and passes over it. */
export function passOver(from: MsgpackReader, at: At, expected: string): never {
  const actual = from.kind();
  from.skip();
  return refuse(at, expected, actual === expected ? `another ${actual}` : actual);
}

/** What a reader of an object returns where the array that it opened is not of its length; −1 where there was none. */
export function notFields(from: MsgpackReader, at: At, length: number, expected = "object"): never {
  if (length < 0) return passOver(from, at, expected);
  for (let index = 0; index < length; index++) from.skip();
  from.close();
  return refuse(at, expected, `array of ${length}`);
}
