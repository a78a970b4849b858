// The Node.js that this runs on.
let warned = false;

/**
 * Warns once of a line of Node.js that gets no fixes any more, as those of node:tls. tautline defends itself against what
 * is known, and cannot against what will be.
 */
export function warnOfOldRuntime(): void {
  const { node } = process.versions;
  if (warned || Number.parseInt(node, 10) >= 22) return;
  warned = true;
  process.emitWarning(`Node.js ${node} gets no security fixes any more: serve with 22 or newer`, {
    type: "TautlineWarning",
    code: "TAUTLINE_OLD_NODE",
  });
}
