// A server that is asked for more than it takes on: what it begins, what waits, what it refuses, and how.
import { connect, type RpcError, type ServiceBinding } from "@tautline/rpc";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { checkOverload, defaultOverload } from "../dist/overload.js";
import { Bench, sampleOf, withBench } from "./support/lab-bench.js";
import { LabClient, labService } from "./support/lab.rpc.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** How calls failed, by code; those that were answered as well. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, reason } of (await Promise.allSettled(calls)) as { status: string; reason?: RpcError }[]) {
    const outcome = status === "fulfilled" ? "answered" : String(reason?.code);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Makes `wait` a handler that takes the processor for so long, and writes down what it was called with. */
function compute(bench: Bench, ms: number): void {
  bench.waits = async (name) => {
    bench.happened(name);
    vi.advanceTimersByTime(ms);
    return name;
  };
}

/** As @Limit says it, for all methods. */
function withConcurrency({ service, handlers }: ServiceBinding, concurrency: number): ServiceBinding {
  const limited = Array.from(handlers, ([path, binding]) => [path, { ...binding, settings: { concurrency } }] as const);
  return { service, handlers: new Map(limited) };
}

it("has defaults, and refuses what is no bound", () => {
  expect(checkOverload({})).toEqual({
    maxHandlers: 65_536,
    maxWaiting: 16_384,
    minConcurrency: 16,
    maxConnections: 65_536,
    maxConnectionsPerPeer: 16_384,
    maxHandshakes: 16_384,
  });
  expect(checkOverload({ maxWaiting: 0, maxHandlers: Infinity })).toEqual({
    ...defaultOverload,
    maxWaiting: 0,
    maxHandlers: Infinity,
  });
  expect(() => checkOverload({ maxHandlers: 0 })).toThrowError(/overload\.maxHandlers is 0: .* from 1/);
  const misspelt: object = { maxHandler: 1 };
  expect(() => checkOverload(misspelt)).toThrowError(/no option overload\.maxHandler; there are maxHandlers, /);
});

it("begins as many handlers as maxHandlers says, and refuses one more for the caller to come back", () =>
  withBench(
    async (bench, lab) => {
      const held = [lab.wait("a"), lab.wait("b")];
      await bench.until(() => bench.waiting.size === 2);
      await expect(lab.wait("c")).rejects.toMatchObject({
        code: "unavailable",
        executed: "no",
        retryAfterMs: expect.toSatisfy((ms: number) => Number.isInteger(ms) && ms >= 250 && ms <= 750),
        message: "2 handlers run in this server (option overload.maxHandlers)",
      });
      bench.waiting.get("a")?.answer("done");
      await held[0];
      const next = lab.wait("d");
      await bench.until(() => bench.waiting.size === 3);
      for (const { answer } of bench.waiting.values()) answer("done");
      await Promise.all([...held, next]);
    },
    { server: { overload: { maxHandlers: 2 } } },
  ));

it.each([
  [0, { answered: 1, unavailable: 3 }],
  [2, { answered: 3, unavailable: 1 }],
  [3, { answered: 4 }],
])("lets %d calls wait for a turn as maxWaiting says, and refuses one more", (maxWaiting, expected) =>
  withBench(
    async (bench, lab) => {
      await lab.echo(sampleOf());
      compute(bench, 20);
      const calls = ["a", "b", "c", "d"].map((name) => lab.wait(name));
      expect(await outcomes(calls)).toEqual(expected);
    },
    { server: { overload: { maxWaiting } } },
  ),
);

it("a burst of calls that compute is worked off, however long the last of it waits", () =>
  withBench(async (bench, lab) => {
    compute(bench, 5);
    expect(await outcomes(Array.from({ length: 1_000 }, (_, index) => lab.wait(String(index))))).toEqual({
      answered: 1_000,
    });
  }));

it("calls that have waited for half of their time are refused, and those beside them that have longer are not", () =>
  withBench(async (bench, lab) => {
    compute(bench, 20);
    await lab.wait("first");
    const short = Array.from({ length: 30 }, (_, index) => lab.wait(`short ${index}`, { timeoutMs: 400 }));
    const long = Array.from({ length: 30 }, (_, index) => lab.wait(`long ${index}`, { timeoutMs: 4_000 }));
    const [{ unavailable = 0, ...others }, beside] = await Promise.all([outcomes(short), outcomes(long)]);
    expect(beside).toEqual({ answered: 30 });
    expect(unavailable).toBeGreaterThan(20);
    expect(others).toEqual({ answered: 30 - unavailable });
  }));

it("a connection with few calls is served while another's many wait", () =>
  withBench(async (bench, lab, _channel, server) => {
    await using other = server.connect();
    await other.ready();
    await lab.echo(sampleOf());
    compute(bench, 20);
    const many = Array.from({ length: 100 }, (_, index) => lab.wait(`many ${index}`));
    await new LabClient(other).wait("few");
    expect(bench.seen.length).toBeLessThan(10);
    expect(await outcomes(many)).toEqual({ answered: 100 });
  }));

it("a call that is cancelled while it waits never begins", () =>
  withBench(async (bench, lab) => {
    await lab.echo(sampleOf());
    compute(bench, 20);
    const controller = new AbortController();
    const calls = [lab.wait("a"), lab.wait("b", { signal: controller.signal }), lab.wait("c")];
    controller.abort();
    expect(await outcomes(calls)).toEqual({ answered: 2, cancelled: 1 });
    expect(bench.seen).toEqual(["a", "c"]);
  }));

it("one-way calls wait in their order, and none is refused", () =>
  withBench(
    async (bench, lab) => {
      compute(bench, 20);
      const notes = Array.from({ length: 200 }, (_, index) => String(index));
      for (const note of notes) void lab.note(note);
      const calls = Array.from({ length: 10 }, (_, index) => lab.wait(String(index)));
      await bench.until(() => bench.notes.length === notes.length);
      expect(bench.notes).toEqual(notes);
      expect(await outcomes(calls)).toEqual({ answered: 10 });
    },
    { server: { overload: { maxWaiting: 10 } } },
  ));

it("a client that is refused for lack of room keeps its connection, however often", () => {
  const limited = new Bench();
  return withBench(
    async (_, lab, channel) => {
      const bench = limited;
      const held = lab.wait("held");
      await bench.until(() => bench.waiting.size === 1);
      const { session } = channel;
      for (let round = 0; round < 5; round++) {
        const calls = Array.from({ length: 1_000 }, () => lab.wait("more"));
        expect(await outcomes(calls)).toEqual({ "resource-exhausted": 1_000 });
      }
      await expect(lab.wait("more")).rejects.toMatchObject({ retryAfterMs: expect.any(Number), executed: "no" });
      bench.waiting.get("held")?.answer("done");
      expect(await held).toBe("done");
      expect(channel.session).toBe(session);
    },
    { server: { services: [withConcurrency(labService.handle(limited), 1)] } },
  );
});

it("a method whose answers come ever later begins fewer, and others beside it are served", () =>
  withBench(async (bench, lab) => {
    let line: (() => void)[] = [];
    bench.waits = async (name) => {
      await new Promise<void>((resolve) => {
        line.push(resolve);
        bench.happened("arrived");
      });
      return name;
    };
    const make = (count: number): Promise<string>[] =>
      Array.from({ length: count }, () => lab.wait("w", { timeoutMs: 1_000 }));
    const answerAll = async (calls: Promise<string>[], afterMs: number): Promise<Record<string, number>> => {
      await bench.until(() => line.length === calls.length);
      vi.advanceTimersByTime(afterMs);
      for (const answer of line) answer();
      line = [];
      return outcomes(calls);
    };
    for (let round = 0; round < 10; round++) expect(await answerAll(make(100), 10)).toEqual({ answered: 100 });
    expect(await answerAll(make(100), 800)).toEqual({ answered: 100 });
    const calls = make(100);
    const refusals = calls.map((call) => new Promise<RpcError>((resolve) => void call.catch(resolve)));
    const refused = await Promise.race(refusals);
    expect(refused).toMatchObject({ code: "unavailable", executed: "no", retryAfterMs: expect.any(Number) });
    expect(refused.message).toMatch(/^Lab\/wait is overloaded: /);
    expect(await lab.blob(Uint8Array.of(1))).toEqual(Uint8Array.of(1));
    const begun = line.length;
    expect(begun).toBeGreaterThanOrEqual(16);
    expect(begun).toBeLessThanOrEqual(50);
    for (const answer of line) answer();
    expect(await outcomes(calls)).toEqual({ answered: begun, unavailable: 100 - begun });
  }));

it("a thousand calls that are refused are one line of the log, with the peer and nothing of the call", async () => {
  const lines: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void lines.push(fields) };
  await withBench(
    async (bench, lab) => {
      const held = lab.wait("held");
      await bench.until(() => bench.waiting.size === 1);
      const calls = Array.from({ length: 1_000 }, () => lab.wait("secret"));
      expect(await outcomes(calls)).toEqual({ unavailable: 1_000 });
      bench.waiting.get("held")?.answer("done");
      await held;
    },
    { server: { overload: { maxHandlers: 1 }, logger } },
  );
  expect(lines).toEqual([
    {
      peer: expect.any(String),
      path: "Lab/wait",
      code: "unavailable",
      message: expect.stringContaining("maxHandlers"),
    },
  ]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

it.each([
  ["maxConnections", "the server has 2 connections"],
  ["maxConnectionsPerPeer", "you have 2 connections here"],
])("serves as many connections as %s says, refuses one more, and serves it when another has gone", (option, why) =>
  withBench(
    async (_bench, lab, channel, server) => {
      expect(await lab.blob(Uint8Array.of(1))).toEqual(Uint8Array.of(1));
      const target = `tcp://127.0.0.1:${server.address.port}`;
      const second = connect(target, { insecure: true });
      await second.ready();
      await using third = connect(target, { insecure: true });
      // It learns why behind HELLO, or its first call does.
      const refused = new LabClient(third).wait("refused", { failFast: true });
      await expect(refused).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining(why) });
      await second.close();
      while (server.connections > 1) await new Promise((resolve) => setImmediate(resolve));
      await third.ready();
      expect(channel.session).toBeDefined();
    },
    { over: "tcp", server: { overload: { [option]: 2 } } },
  ),
);
