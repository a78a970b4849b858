// Where the values of an axis stand, and which of them are written beside it.

export interface Axis {
  /** From 0 at its beginning to 1 at its end. */
  readonly share: (value: number) => number;
  readonly ticks: readonly number[];
  readonly spell: (tick: number) => string;
}

const steps = 4;

/** By powers of ten, for values above 0: flat is flat, and proportional is a slope of one. */
export function powersAxis(values: readonly number[]): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    share: (value) => (Math.log10(value) - low) / (high - low),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    spell: shortNumber,
  };
}

/** Straight, from 0: what stays is flat, and what grows by so much an hour is a slope. */
export function straightAxis(values: readonly number[]): Axis {
  const most = ceiling(Math.max(1e-9, ...values));
  return {
    share: (value) => value / most,
    ticks: Array.from({ length: steps + 1 }, (_, step) => (most * step) / steps),
    spell: (tick) => String(Number(tick.toPrecision(3))),
  };
}

/** The next number that divides well. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((times) => times * power).find((round) => round >= value) ?? value;
}

function shortNumber(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(value);
}
