// Proves that a test leaves nothing open: what keeps the event loop alive before it and after it. Knows nothing of calls.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Server } from "@tautline/rpc";
import { expect } from "vitest";

/** How many resources of each kind keep the process alive: sockets, servers, pipes, processes, timers. */
export type OpenResources = ReadonlyMap<string, number>;

/**
 * What is done in one turn is told in the next few; a socket's end goes through several. And the runner reports what tests
 * are at by a timer of 100 ms, which is not ours to close.
 */
const mostMs = 1_000;
/** Where the machine is busy, that time may pass in a single turn. */
const leastTurns = 100;

/** Take it at the beginning of a test, for {@link expectNothingOpen} at its end. */
export function openResources(): OpenResources {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== "Immediate") counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/**
 * Fails where more is open than before. Call it when everything was closed: it lets the loop finish what is under way, for a
 * bounded time.
 */
export async function expectNothingOpen(before: OpenResources, server?: Server): Promise<void> {
  const until = performance.now() + mostMs;
  for (let turn = 0; (turn < leastTurns || performance.now() < until) && excess(before).length > 0; turn++) {
    await nextTurn();
  }
  expect(excess(before), "left open").toEqual([]);
  if (server === undefined) return;
  expect(server.connections, "connections of the server").toBe(0);
  expect(server.calls, "calls of the server").toBe(0);
}

function excess(before: OpenResources): string[] {
  const more: string[] = [];
  for (const [kind, count] of openResources()) {
    const allowed = before.get(kind) ?? 0;
    if (count > allowed) more.push(`${count - allowed} ${kind}`);
  }
  return more;
}
