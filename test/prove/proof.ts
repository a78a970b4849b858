// What a proof tells: one line for each goal. Knows nothing of how they are reached.
import type { Panel } from "../bench/chart/draw.js";

/** One goal, and what came of it. */
export interface Result {
  readonly goal: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** Results, and what a reader may want to see behind them. */
export interface Findings {
  readonly results: readonly Result[];
  /** Drawn beside the report. */
  readonly panels?: readonly Panel[];
  /** What was measured, whole, as JSON beside the report. */
  readonly record?: unknown;
}

/** The machine cannot do what the proof needs; the message says what it lacks. */
export class MachineLacks extends Error {
  override readonly name = "MachineLacks";
}

/** A long run that shows that something holds, in figures. */
export interface Proof {
  /** One line: what is done. */
  readonly about: string;
  /** How long the full run takes, where that is part of what it shows: `--minutes` is a part of it. */
  readonly fullMinutes?: number;
  /** @param scale 1 is the full run; less is for a look, and for tests of the proof itself */
  run(scale: number): Promise<readonly Result[] | Findings>;
}
