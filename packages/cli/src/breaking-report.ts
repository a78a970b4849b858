// Tells what a change of contracts breaks: aligned lines for people, JSON for machines.
import type picocolors from "picocolors";
import type { BreakingChanges } from "./breaking.js";

type Colors = ReturnType<typeof picocolors.createColors>;

/** Each finding with its place, the old and the new type, who breaks, and what to do instead; then the sum. */
export function breakingLines({ against, findings, serversFirst }: BreakingChanges, colors: Colors): string {
  const width = Math.max(0, ...findings.map(({ place }) => place.length));
  const margin = " ".repeat(8);
  const lines = findings.flatMap(({ level, place, old, new: now, change, breaks, remedy }) => [
    `${(level === "wire" ? colors.red : colors.yellow)(level.padEnd(6))}  ${place.padEnd(width)}  ${old} → ${now}`,
    `${margin}${change} (breaks ${breaks.join(" and ")})`,
    `${margin}${colors.dim(`instead: ${remedy}`)}`,
    "",
  ]);
  const wire = findings.filter(({ level }) => level === "wire").length;
  const source = findings.length - wire;
  const sum =
    findings.length === 0
      ? `nothing breaks against ${against}`
      : `against ${against}: ${wire} on the wire, ${source} in callers' source`;
  const first = serversFirst.length === 0 ? [] : [`deploy servers first, for: ${serversFirst.join(", ")}`];
  return `${[...lines, sum, ...first].join("\n")}\n`;
}

/** One JSON object. */
export function breakingJson(changes: BreakingChanges): string {
  return `${JSON.stringify(changes, null, 2)}\n`;
}
