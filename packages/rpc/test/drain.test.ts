import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Drain } from "../dist/drain.js";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { Session } from "../dist/session.js";
import { hello, openFrame, serverSession } from "./support/sessions.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A drain of `openStreams`, and whether it is over by now. */
function drainOf(openStreams: number, graceMs: number) {
  const host = { openStreams };
  const drain = new Drain(host, graceMs);
  const over = vi.fn<() => void>();
  void drain.over.then(over);
  const isOver = async (): Promise<boolean> => {
    await nextTurn();
    return over.mock.calls.length > 0;
  };
  return { drain, host, isOver };
}

test("is over when the last stream is, and leaves no timer", async () => {
  const { drain, host, isOver } = drainOf(2, 1000);
  drain.answered();
  host.openStreams = 1;
  drain.look();
  expect(await isOver()).toBe(false);
  host.openStreams = 0;
  drain.look();
  expect(await isOver()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("is not over while the peer may still open streams, though none is open", async () => {
  const { drain, isOver } = drainOf(0, 1000);
  drain.look();
  expect(await isOver()).toBe(false);
  drain.answered();
  expect(await isOver()).toBe(true);
});

test("is over when the grace has passed, whatever is open", async () => {
  const { isOver } = drainOf(1, 1000);
  vi.advanceTimersByTime(999);
  expect(await isOver()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await isOver()).toBe(true);
});

test("waits for what is open as long as it takes where the grace has no end", async () => {
  const { drain, isOver } = drainOf(1, Infinity);
  vi.advanceTimersByTime(24 * 60 * 60 * 1000);
  expect(await isOver()).toBe(false);
  drain.stop();
  expect(await isOver()).toBe(true);
});

test("a connection that its own DRAIN breaks is drained at once, and leaves no timer", async () => {
  const [client, server] = memoryPair(frameFraming(defaultLimits));
  const session = new Session(server, {
    role: "server",
    limits: defaultLimits,
    owner: { accept() {}, takesNoMore() {} },
    helloTimeoutMs: 1000,
    hello: Buffer.of(0x80),
  });
  client.send({ kind: "hello", version: 1, settings: Buffer.of(0x80) });
  await session.ready;
  vi.spyOn(server, "send").mockImplementation(() => {
    throw new Error("no frame");
  });
  await session.drain(30_000);
  expect(session.ended).toMatchObject({ code: "internal" });
  expect(vi.getTimerCount()).toBe(0);
});

/** A session whose peer drains it and does nothing else, with so many streams of the peer's open. */
async function drainedSession(
  streams: number,
): Promise<{ session: Session; said: (kind: string) => Promise<boolean> }> {
  const [client, server] = memoryPair(frameFraming(defaultLimits));
  const session = serverSession(server);
  const frames: Frame[] = [];
  void (async () => {
    for await (const arrived of client) frames.push(...arrived);
    await client.close();
  })();
  client.send(hello);
  for (let stream = 0; stream < streams; stream++)
    client.send(openFrame(1 + 2 * stream, Buffer.of(0x90), { end: true }));
  client.send({ kind: "drain", graceMs: 30_000 });
  const said = async (kind: string): Promise<boolean> => {
    await nextTurn();
    await nextTurn();
    return frames.some((frame) => frame.kind === kind);
  };
  expect(await said("drain-ack")).toBe(true);
  return { session, said };
}

test("a peer that drains a connection, and does not end it, has 2 seconds when nothing is open", async () => {
  const { session, said } = await drainedSession(0);
  vi.advanceTimersByTime(1999);
  expect(await said("go-away")).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await said("go-away")).toBe(true);
  expect(session.ended).toMatchObject({ code: "unavailable" });
  await session.closed;
  expect(vi.getTimerCount()).toBe(0);
});

test("a connection that its peer drains lasts as long as something is open", async () => {
  const { session, said } = await drainedSession(1);
  vi.advanceTimersByTime(10_000);
  expect(await said("go-away")).toBe(false);
  expect(session.openStreams).toBe(1);
  await session.close();
});
