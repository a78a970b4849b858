// The one clock of deadlines, and how far timers count on it.

/** Timers of Node.js cannot count further, in ms. */
export const longestTimerMs = 2 ** 31 - 1;

const origin = performance.timeOrigin;

/**
 * Milliseconds since the epoch, with fractions, as the machine's clock had it when the process started and monotonic
 * since: a clock that is set does not move deadlines.
 */
export function now(): number {
  return origin + performance.now();
}
