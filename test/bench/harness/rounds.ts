// The order in which systems take their turns: A B C A B C, so that a machine's moods meet all of them alike.

/** One turn of one system. Round 0 is the warm-up, and does not count. */
export interface Turn<System> {
  readonly round: number;
  readonly system: System;
}

/** All turns of a campaign: a warm-up round, and then `rounds` that count. */
export function* interleave<System>(systems: readonly System[], rounds: number): Generator<Turn<System>> {
  for (let round = 0; round <= rounds; round++) {
    for (const system of systems) yield { round, system };
  }
}
