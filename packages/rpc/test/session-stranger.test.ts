import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair, type Transport } from "@tautline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import type { Session } from "../dist/session.js";
import { hello, serverSession } from "./support/sessions.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

/** A session that waits 1 s for HELLO, and its peer, which does not close. */
function open(): {
  readonly client: Transport<Frame>;
  readonly session: Session;
  expectDestroyedAfter(ms: number): Promise<void>;
} {
  const [client, server] = memoryPair(frameFraming(defaultLimits));
  const session = serverSession(server, { helloTimeoutMs: 1000 });
  const aborted = vi.spyOn(server, "abort");
  return {
    client,
    session,
    async expectDestroyedAfter(ms) {
      vi.advanceTimersByTime(ms - 1);
      await nextTurn();
      expect(aborted).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      await nextTurn();
      expect(aborted).toHaveBeenCalled();
      await session.closed;
    },
  };
}

test.each([
  ["2 seconds", true, 2000],
  ["half a second, a stranger's time", false, 500],
])("a peer that does not close behind GOAWAY is destroyed after %s", async (_, saysHello, ms) => {
  const { client, session, expectDestroyedAfter } = open();
  if (saysHello) {
    client.send(hello);
    await session.ready;
  }
  void session.close();
  await expectDestroyedAfter(ms);
});

test("a peer that says no HELLO is told so, and destroyed half a second later where it does not close", async () => {
  const { client, expectDestroyedAfter } = open();
  vi.advanceTimersByTime(1000);
  await nextTurn();
  const frames: Frame[] = [];
  // Whoever left the loop would close.
  const arrivals = client[Symbol.asyncIterator]();
  while (frames.length < 2) frames.push(...((await arrivals.next()).value ?? []));
  expect(frames.at(-1)).toMatchObject({ kind: "go-away", reason: "timeout" });
  await expectDestroyedAfter(500);
});
