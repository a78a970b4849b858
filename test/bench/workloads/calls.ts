// Calls in a closed loop: each caller calls again as soon as it has its answer.
import { quantile } from "../harness/statistics.js";
import type { Outcome } from "../harness/protocol.js";

export interface OneCall {
  readonly call: () => Promise<unknown>;
  /** What one call carries, there and back together, where that is the figure; else 0. */
  readonly bytes: number;
}

/** `concurrency` callers, for so many seconds; calls that are open then are waited for, and count. */
export async function callFor({ call, bytes }: OneCall, concurrency: number, seconds: number): Promise<Outcome> {
  const times: number[] = [];
  let calls = 0;
  const time = { over: false };
  const timer = setTimeout(() => (time.over = true), seconds * 1000);
  const oneByOne = async (): Promise<void> => {
    while (!time.over) {
      const start = performance.now();
      await call();
      times.push(performance.now() - start);
    }
  };
  const many = async (): Promise<void> => {
    while (!time.over) {
      await call();
      calls++;
    }
  };
  const start = performance.now();
  try {
    if (concurrency === 1) await oneByOne();
    else await Promise.all(Array.from({ length: concurrency }, many));
  } finally {
    clearTimeout(timer);
    time.over = true;
  }
  const elapsed = (performance.now() - start) / 1000;
  calls += times.length;
  return {
    amount: bytes === 0 ? calls : calls * bytes,
    seconds: elapsed,
    figures: {
      calls,
      perSecond: calls / elapsed,
      ...(bytes === 0 ? {} : { mibPerSecond: (calls * bytes) / 2 ** 20 / elapsed }),
      ...(times.length === 0 ? {} : { p50Us: quantile(times, 0.5) * 1000, p99Us: quantile(times, 0.99) * 1000 }),
    },
  };
}
