// tautline with two limits raised on both ends, for what W10 grows beyond the defaults: the length of a message, and the open
// calls of a connection.
import type { System } from "./system.js";
import { tautlineWith } from "./tautline.js";

const mostBytes = 64 * 1024 * 1024;
const mostStreams = 20_000;

export const system: System = {
  // A message is a little longer than the bytes in it; calls go on beside the streams.
  ...tautlineWith({ limits: { maxMessageBytes: mostBytes + 1024, maxCalls: mostStreams + 1024 } }),
  mostBytes,
  mostStreams,
};
