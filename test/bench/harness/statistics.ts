// What is said of a series of runs. Pure numbers: knows no system and no unit.

/** A series in three numbers. The range is of the runs themselves; nothing is thrown away. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** @throws RangeError where there is nothing to summarize */
export function summarize(values: readonly number[]): Summary {
  return {
    median: quantile(values, 0.5),
    min: quantile(values, 0),
    max: quantile(values, 1),
    runs: values.length,
  };
}

/**
 * The value below which `share` of the others lie, from 0 to 1, between neighbours by linear interpolation (type 7 of
 * Hyndman and Fan, 1996).
 *
 * @throws RangeError where there is no value
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("there is no quantile of an empty series");
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * How a series compares with another one that ran in the same rounds: round by round, so that a machine that is slow for a
 * while is slow for both. Rounds that one of them lacks are left out.
 *
 * @returns undefined where no round has both
 */
export function summarizeRatio(
  values: readonly (number | undefined)[],
  reference: readonly (number | undefined)[],
): Summary | undefined {
  const ratios: number[] = [];
  for (const [round, value] of values.entries()) {
    const against = reference[round];
    if (value !== undefined && against !== undefined && against !== 0) ratios.push(value / against);
  }
  return ratios.length === 0 ? undefined : summarize(ratios);
}
