// What peers said in HELLO, by its bytes: those of one version say the same, and reading it is a part of what a connection
// costs. PROTOCOL.md §5.
import { decodeHello, type Hello } from "./envelope.js";

const mostKept = 16;
/** Longer ones are read each time, so that strangers can make the process keep no more than 64 KiB. */
const longestKeptBytes = 4096;

/** For all connections, those that came first first. */
const kept = new Map<string, Hello>();

/** As `decodeHello`: one object for all who say the same, to the byte. @throws Violation `bad-hello` */
export function readHello(settings: Uint8Array): Hello {
  if (settings.length > longestKeptBytes) return decodeHello(settings);
  const key = Buffer.from(settings.buffer, settings.byteOffset, settings.length).toString("latin1");
  const known = kept.get(key);
  if (known !== undefined) return known;
  const hello = decodeHello(settings);
  kept.set(key, hello);
  const [first] = kept.keys();
  if (kept.size > mostKept && first !== undefined) kept.delete(first);
  return hello;
}
