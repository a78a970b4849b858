// The one clock of deadlines.

const origin = performance.timeOrigin;

/**
 * Milliseconds since the epoch, with fractions, as the machine's clock had it when the process started and monotonic
 * since: a clock that is set does not move deadlines.
 */
export function now(): number {
  return origin + performance.now();
}
