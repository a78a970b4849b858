// What this process has used so far.
import { PerformanceObserver } from "node:perf_hooks";
import type { Usage } from "./protocol.js";

let gcMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMs += duration;
}).observe({ entryTypes: ["gc"] });

/** With `producedBytes` 0: servers know better. Collects garbage first where `settle` is set, so that memory says something. */
export function readUsage(settle = false): Usage {
  if (settle) globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    cpuUs: user + system,
    gcUs: gcMs * 1000,
    rssBytes: rss,
    heapBytes: heapUsed + external,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    producedBytes: 0,
  };
}
