// How long small calls take: one after the other, each measured.
import type { DepotClient } from "../depot.rpc.js";

/** Times in ms. */
export interface Latency {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Asks for one entry again and again, `calls` times. */
export async function latencyOf(depot: DepotClient, path: string, calls: number): Promise<Latency> {
  const times: number[] = [];
  while (times.length < calls) times.push(await timeOne(depot, path));
  return summary(times);
}

/** Asks for one entry again and again, as long as `work` runs, on the same connection. */
export async function latencyDuring<T>(
  depot: DepotClient,
  path: string,
  work: Promise<T>,
): Promise<{ readonly result: T; readonly latency: Latency }> {
  const times: number[] = [];
  const over = new AbortController();
  const measure = async (): Promise<void> => {
    while (!over.signal.aborted) times.push(await timeOne(depot, path));
  };
  const [result] = await Promise.all([work.finally(() => over.abort()), measure()]);
  return { result, latency: summary(times) };
}

async function timeOne(depot: DepotClient, path: string): Promise<number> {
  const start = performance.now();
  await depot.stat(path);
  return performance.now() - start;
}

function summary(times: readonly number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
  return { calls: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
