// What a proof tells: one line for each goal. Knows nothing of how they are reached.

/** One goal, and what came of it. */
export interface Result {
  readonly goal: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** A long run that shows that something holds, in figures. */
export interface Proof {
  /** One line: what is done. */
  readonly about: string;
  /** @param scale 1 is the full run; less is for a look, and for tests of the proof itself */
  run(scale: number): Promise<readonly Result[]>;
}
