// The Node.js that this runs on.
import type { Logger } from "./logger.js";

let warned = false;

/**
 * Warns, once in a process, of a line of Node.js that gets no fixes any more, those of node:tls among them. tautline defends
 * itself against what is known, and cannot against what will be.
 */
export function warnOfOldRuntime(logger: Logger): void {
  const { node } = process.versions;
  if (warned || Number.parseInt(node, 10) >= 22) return;
  warned = true;
  logger.warn({ node }, "this Node.js gets no security fixes any more: serve with 22 or newer");
}
