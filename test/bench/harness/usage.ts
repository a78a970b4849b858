// What this process has used so far.
import type { Usage } from "./protocol.js";

/** With `producedBytes` 0: servers know better. Collects garbage first where `settle` is set, so that memory says something. */
export function readUsage(settle = false): Usage {
  if (settle) globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  return {
    cpuUs: user + system,
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    producedBytes: 0,
  };
}
