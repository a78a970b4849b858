// How much work a frame is for whoever takes it, so that those who share a turn of the loop have as much of it. Knows no clock.
import { PayloadPart } from "@tautline/core";
import type { Frame } from "./frame.js";

/** A map of the envelope is read at once, entry by entry: a byte of it is as much work as so many of a message. */
const mapWork = 8;

/** In bytes of a message, as far as it goes with the frame's length. */
export function workOf(frame: Frame | PayloadPart): number {
  if (frame instanceof PayloadPart) return frame.to - frame.from;
  switch (frame.kind) {
    case "message":
      return frame.to - frame.from;
    case "open":
      return frame.to - frame.from + frame.metadata.length * mapWork;
    case "head":
      return frame.metadata.length * mapWork;
    case "end":
      return frame.outcome.length * mapWork;
    case "hello":
      return frame.settings.length * mapWork;
    default:
      return 0;
  }
}
