// Tells what a watch did: a line for each round, and one for each problem.
import { genProblems } from "./gen-report.js";
import { shown } from "./shown-path.js";
import type { WatchEvent } from "./watch.js";

/** `src/orders.ts: written src/orders.rpc.ts in 41 ms`, below it what is wrong. */
export function watchLines(event: WatchEvent): string {
  const { changed, files, diagnostics, error, elapsedMs } = event;
  const edited = changed.filter((path) => !path.endsWith("/"));
  const [first = ""] = edited;
  const cause = edited.length === 0 ? "watching" : edited.length === 1 ? shown(first) : `${edited.length} files`;
  const done = [
    ...(["written", "unchanged"] as const).flatMap((outcome) => {
      const those = files.filter((each) => each.outcome === outcome);
      const [only] = those;
      if (only === undefined) return [];
      return `${outcome} ${those.length === 1 ? shown(only.path) : `${those.length} files`}`;
    }),
    ...(diagnostics.length === 0 ? [] : [`${diagnostics.length} ${diagnostics.length === 1 ? "problem" : "problems"}`]),
    ...(error === undefined ? [] : [`failed: ${error.message}`]),
  ];
  return `${cause}: ${done.join(", ") || "nothing to do"} in ${Math.ceil(elapsedMs)} ms\n${genProblems(event)}`;
}
