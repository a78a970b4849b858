import { memoryPair } from "@tautline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConnectionAge, type ConnectionAgeOptions } from "../dist/connection-age.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import type { Session } from "../dist/session.js";
import { serverSession } from "./support/sessions.js";

const toFake = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] as const;
beforeEach(() => void vi.useFakeTimers({ toFake: [...toFake], now: 0 }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Its peer never closes. */
async function close(session: Session): Promise<void> {
  const closed = session.close();
  vi.advanceTimersByTime(2000);
  await closed;
}

function sessionWatchedBy(options: ConnectionAgeOptions): { session: Session; why: string[]; age: ConnectionAge } {
  const [, transport] = memoryPair(frameFraming(defaultLimits));
  const session = serverSession(transport, { helloTimeoutMs: 2 ** 30 });
  const why: string[] = [];
  const age = new ConnectionAge(options, (_, reason) => why.push(reason));
  age.watch(session);
  return { session, why, age };
}

test.each([
  [0, 54_000],
  [0.5, 60_000],
  [1, 66_000],
])("a connection ends at its maximum age, a tenth sooner or later: drawn %d, after %d ms", async (drawn, at) => {
  vi.spyOn(Math, "random").mockReturnValue(drawn);
  const { session, why } = sessionWatchedBy({ maxConnectionAgeMs: 60_000 });
  vi.advanceTimersByTime(at - 1);
  expect(why).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(why).toEqual([expect.stringContaining("maxConnectionAgeMs")]);
  await close(session);
});

test("a connection that nobody uses ends once, and one with a stream open does not", async () => {
  const { session, why } = sessionWatchedBy({ maxConnectionIdleMs: 1000 });
  const open = vi.spyOn(session, "openStreams", "get").mockReturnValue(1);
  vi.advanceTimersByTime(100_000);
  expect(why).toEqual([]);
  open.mockReturnValue(0);
  vi.advanceTimersByTime(900);
  // Used for an instant between two looks.
  vi.spyOn(session, "streamsSoFar", "get").mockReturnValue(3);
  vi.advanceTimersByTime(900);
  expect(why).toEqual([]);
  vi.advanceTimersByTime(10_000);
  expect(why).toEqual([expect.stringContaining("maxConnectionIdleMs")]);
  await close(session);
});

test("by default a connection may be as old and as idle as it likes, and one that is forgotten has no timer", async () => {
  const plain = sessionWatchedBy({});
  const timers = vi.getTimerCount();
  const watched = sessionWatchedBy({ maxConnectionAgeMs: 60_000, maxConnectionIdleMs: 1000 });
  watched.age.forget(watched.session);
  // Each session waits for its peer's HELLO.
  expect(vi.getTimerCount()).toBe(timers + 1);
  for (const { session } of [plain, watched]) await close(session);
});
