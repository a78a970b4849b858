import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { afterEach, expect, test, vi } from "vitest";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { Session } from "../dist/session.js";

afterEach(() => vi.useRealTimers());

test.each([
  ["2 seconds", true, 2000],
  ["half a second, a stranger's time", false, 500],
])("a peer that does not close behind GOAWAY is destroyed after %s", async (_, saysHello, ms) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const [client, server] = memoryPair(frameFraming(defaultLimits));
  const session = new Session(server, {
    role: "server",
    limits: defaultLimits,
    owner: { accept() {}, takesNoMore() {} },
    helloTimeoutMs: 1000,
    hello: Buffer.of(0x80),
  });
  const aborted = vi.spyOn(server, "abort");
  if (saysHello) {
    client.send({ kind: "hello", version: 1, settings: Buffer.of(0x80) });
    await session.ready;
  }
  void session.close();
  vi.advanceTimersByTime(ms - 1);
  await nextTurn();
  expect(aborted).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  await nextTurn();
  expect(aborted).toHaveBeenCalled();
  await session.closed;
});

test("a peer that says no HELLO is told so, and destroyed half a second later where it does not close", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const [client, server] = memoryPair(frameFraming(defaultLimits));
  const session = new Session(server, {
    role: "server",
    limits: defaultLimits,
    owner: { accept() {}, takesNoMore() {} },
    helloTimeoutMs: 1000,
    hello: Buffer.of(0x80),
  });
  const aborted = vi.spyOn(server, "abort");
  vi.advanceTimersByTime(1000);
  await nextTurn();
  const frames: Frame[] = [];
  // Whoever left the loop would close.
  const arrivals = client[Symbol.asyncIterator]();
  while (frames.length < 2) frames.push(...((await arrivals.next()).value ?? []));
  expect(frames.at(-1)).toMatchObject({ kind: "go-away", reason: "timeout" });
  vi.advanceTimersByTime(499);
  await nextTurn();
  expect(aborted).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  await nextTurn();
  expect(aborted).toHaveBeenCalled();
  await session.closed;
});
