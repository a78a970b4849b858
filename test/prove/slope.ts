// A straight line through what was measured over time.

export interface Slope {
  /** By which y grows for each 1 of x. */
  readonly slope: number;
  /** What `slope` may be off by, as one standard deviation. */
  readonly error: number;
}

/** Ordinary least squares. @throws RangeError for fewer than three points */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const count = points.length;
  if (count < 3) throw new RangeError(`a slope with its error takes 3 points, not ${count}`);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const residue = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(residue / (count - 2) / spread) };
}
