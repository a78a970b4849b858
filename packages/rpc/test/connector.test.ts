import { memoryPair, TransportError, type Transport } from "@tautline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../dist/channel.js";
import { encodeHello } from "../dist/envelope.js";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import type { NarrowedTrust } from "../dist/trust-change.js";
import { methodOf } from "./support/stock-bench.js";
import { stockService } from "./support/stock.js";

const take = methodOf(stockService("a"), "take");
const nextTurn = setImmediate;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"], now: 0 });
  // No jitter.
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void nextTurn(() => resolve()));
}

async function pass(seconds: number): Promise<void> {
  for (let tenth = 0; tenth < seconds * 10; tenth++) {
    vi.advanceTimersByTime(100);
    await settle();
  }
}

/** Where a channel connects: nobody listens, until `answer` says what happens. */
class Place {
  /** When each attempt was made, in seconds. */
  readonly attempts: number[] = [];
  answer: (far: Transport<Frame>) => void = () => {
    throw new TransportError("connect-failed", "nobody listens");
  };
  readonly channel = new Channel(async () => {
    this.attempts.push(Math.round(performance.now() / 100) / 10);
    const [near, far] = memoryPair(frameFraming(defaultLimits));
    this.answer(far);
    return near;
  }, "there");

  call(timeoutMs = 600_000): Promise<string> {
    return this.channel.unary<number>(take, [1], { timeoutMs }).then(String, (error: { code: string }) => error.code);
  }
}

function greet(far: Transport<Frame>): void {
  const settings = encodeHello({ settings: defaultLimits, agent: "fake", services: new Map() });
  far.send({ kind: "hello", version: 1, settings });
}

test("pauses between attempts grow by 1.6 from half a second, up to 30 s", async () => {
  const place = new Place();
  void place.call();
  await settle();
  await pass(140);
  expect(place.attempts.slice(0, 6)).toEqual([0, 0.5, 1.3, 2.6, 4.6, 8]);
  const pauses = place.attempts.map((at, index) => at - (place.attempts[index - 1] ?? 0));
  expect(Math.max(...pauses)).toBeCloseTo(30, 0);
  await place.channel.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("V19: an attempt has 10 s for all of it: a server without HELLO is told timeout then, and the next attempt follows", async () => {
  const place = new Place();
  const heard: unknown[] = [];
  place.answer = (far) =>
    void (async () => {
      for await (const frames of far)
        for (const frame of frames) if (frame.kind === "go-away") heard.push([performance.now() / 1000, frame.reason]);
      await far.close();
    })();
  const answer = place.channel.unary<number>(take, [1], { timeoutMs: 600_000, failFast: true });
  const failed = expect(answer).rejects.toMatchObject({
    code: "unavailable",
    executed: "no",
    message: expect.stringContaining("within 10000 ms (TCP, TLS and HELLO together)"),
  });
  const waiting = place.call();
  await pass(9.9);
  expect(heard).toEqual([]);
  await pass(0.7);
  await failed;
  expect(heard).toEqual([[10, "timeout"]]);
  expect(place.attempts).toEqual([0, 10.5]);
  await place.channel.close();
  expect(await waiting).toBe("cancelled");
});

test("a new call makes an attempt at once, whatever the pause", async () => {
  const place = new Place();
  void place.call();
  await settle();
  await pass(30);
  const before = place.attempts.length;
  void place.call();
  await settle();
  expect(place.attempts.slice(before)).toEqual([30]);
  await place.channel.close();
});

test("callers that never stop asking get two attempts a second, and no storm", async () => {
  const place = new Place();
  for (let tenth = 0; tenth < 100; tenth++) {
    void place.call();
    void place.call();
    await settle();
    await pass(0.1);
  }
  expect(place.attempts.length).toBeGreaterThanOrEqual(20);
  expect(place.attempts.length).toBeLessThanOrEqual(8 + 20 + 5);
  await place.channel.close();
});

test("an attempt that began when more were trusted is given up, and its calls wait for the next one", async () => {
  let narrowed: ((change: NarrowedTrust) => void) | undefined;
  const signals: AbortSignal[] = [];
  const dial = (signal: AbortSignal): Promise<Transport<Frame>> =>
    new Promise((_, reject) => {
      signals.push(signal);
      signal.addEventListener("abort", () => reject(new TransportError("aborted", "given up")));
    });
  const watchTrust = (watcher: (change: NarrowedTrust) => void): void => void (narrowed = watcher);
  const channel = new Channel(Object.assign(dial, { watchTrust }), "there");
  const call = expect(channel.unary<number>(take, [1], { timeoutMs: 60_000 })).rejects.toMatchObject({
    code: "cancelled",
  });
  await settle();
  narrowed?.({
    kind: "reloaded",
    trust: "narrowed",
    previous: undefined,
    current: undefined,
    authorities: [],
    removed: [],
  });
  await pass(1);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  await channel.close();
  await call;
});

test("a client that is denied after HELLO backs off, and calls meanwhile fail with why", async () => {
  const place = new Place();
  place.answer = (far) => {
    greet(far);
    far.send({ kind: "go-away", reason: "denied", last: 0, text: "not you" });
  };
  const codes = new Set<string>();
  for (let tenth = 0; tenth < 600; tenth++) {
    const call = place.call();
    await pass(0.1);
    codes.add(await call);
  }
  expect([...codes]).toEqual(["permission-denied"]);
  expect(place.attempts.length).toBeLessThan(12);
  await place.channel.close();
});

test("a server that drops one handshake as if it refused the client is asked once more before calls fail", async () => {
  const place = new Place();
  const refuse = (): never => {
    throw new TransportError("refused-by-peer", "it ended the connection right after the handshake");
  };
  place.answer = (far) => {
    if (place.attempts.length === 1) refuse();
    greet(far);
  };
  void place.call();
  await settle();
  await pass(1);
  expect(place.attempts).toEqual([0, 0.5]);
  expect(place.channel.session?.agent).toBe("fake");
  const closing = place.channel.close();
  await pass(3);
  await closing;

  const closed = new Place();
  closed.answer = refuse;
  const call = closed.call();
  await settle();
  await pass(1);
  expect(await call).toBe("unauthenticated");
  expect(closed.attempts).toHaveLength(2);
  await closed.channel.close();
});

test("a peer that is silent for long is asked before a call, and where it does not answer the call goes elsewhere", async () => {
  const place = new Place();
  const heard: string[][] = [];
  place.answer = (far) => {
    greet(far);
    const frames: string[] = [];
    heard.push(frames);
    void (async () => {
      for await (const came of far) frames.push(...came.map(({ kind }) => kind));
      await far.close();
    })().catch(() => {});
  };
  await place.channel.ready();
  await pass(21);
  void place.call();
  await pass(1);
  expect(heard).toEqual([["hello", "ping"]]);
  // No answer within a second and a half: another connection beside it, which gets the call.
  await pass(1);
  expect(heard[1]).toContain("open");
  expect(heard[0]).not.toContain("open");
  await place.channel.close();
});

test("a call on a connection that answers goes there, and no other is made", async () => {
  const place = new Place();
  const heard: string[] = [];
  place.answer = (far) => {
    greet(far);
    void (async () => {
      for await (const came of far) {
        for (const frame of came) {
          heard.push(frame.kind);
          if (frame.kind === "ping") far.send({ kind: "pong", opaque: Uint8Array.from(frame.opaque) });
        }
      }
      await far.close();
    })().catch(() => {});
  };
  await place.channel.ready();
  await pass(21);
  void place.call();
  await settle();
  await pass(5);
  expect(heard).toEqual(["hello", "ping", "open"]);
  expect(place.attempts).toEqual([0]);
  await place.channel.close();
});

test("a peer that never answers is destroyed, and what was open there fails with unavailable", async () => {
  const place = new Place();
  place.answer = greet;
  const call = place.call();
  await settle();
  await pass(31);
  expect(await call).toBe("unavailable");
  await place.channel.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("keepalive goes on while a connection drains: a peer that is gone does not hold its calls", async () => {
  const place = new Place();
  let peer: Transport<Frame> | undefined;
  place.answer = (far) => {
    peer = far;
    greet(far);
  };
  const call = place.call();
  await settle();
  await pass(0.1);
  peer?.send({ kind: "drain", graceMs: 600_000 });
  await settle();
  expect(place.channel.session).toBeUndefined();
  await pass(31);
  expect(await call).toBe("unavailable");
  expect(place.attempts).toEqual([0]);
  await place.channel.close();
  expect(vi.getTimerCount()).toBe(0);
});
