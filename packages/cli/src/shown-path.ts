// Paths as people read them.
import { relative } from "node:path";

/** Relative to the working directory, where that is inside it: what an editor or a terminal opens by a click. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}
