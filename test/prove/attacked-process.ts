// What a process under attack answers about itself: memory, and how long its turns take. Knows nothing of the attack.
import { monitorEventLoopDelay } from "node:perf_hooks";

/** What the attacked end holds. */
export interface AttackedState {
  readonly rssBytes: number;
  /** After a collection. */
  readonly liveBytes: number;
  readonly connections: number;
  readonly calls: number;
}

/** Answers for who watches. @param open what the process has open of the attackers */
export function answersOfAttacked(open: () => Pick<AttackedState, "connections" | "calls">) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return {
    rss: () => process.memoryUsage.rss(),
    /** Since it was asked the last time, in ms. */
    longestTurnMs: (): number => {
      const longest = delay.max / 1e6;
      delay.reset();
      return longest;
    },
    state: (): AttackedState => {
      const rssBytes = process.memoryUsage.rss();
      gc?.();
      const { heapUsed, external } = process.memoryUsage();
      const { connections, calls } = open();
      return { rssBytes, liveBytes: heapUsed + external, connections, calls };
    },
  };
}
