import { connect, detached, RpcError, serve, type Authorize, type CallOptions, type Server } from "@tautline/rpc";
import { expect, onTestFinished, test, vi } from "vitest";
import { LabClient, labService } from "./support/lab.rpc.js";
import { Bench, sampleOf, withBench } from "./support/lab-bench.js";

test("a deadline fails the call with what it waited for, and cancels the handler", () =>
  withBench(async (bench, lab) => {
    const call = lab.wait("late", { timeoutMs: 1000 }).catch((thrown: unknown) => thrown);
    await bench.until(() => bench.waiting.has("late"));
    const error = await call;
    expect(error).toMatchObject({ code: "deadline-exceeded", executed: "maybe" });
    await bench.until(() => bench.seen.some((what) => what.startsWith("late aborted")));
    expect(bench.seen).toContain("late aborted: deadline-exceeded");
  }));

test("a deadline that has passed is told before anything is sent", () =>
  withBench(async (_bench, lab, channel) => {
    await expect(lab.wait("never", { deadline: Date.now() - 1 })).rejects.toMatchObject({
      code: "deadline-exceeded",
      executed: "no",
    });
    await expect(lab.wait("never", { timeoutMs: 0 })).rejects.toMatchObject({
      code: "deadline-exceeded",
      executed: "no",
    });
    expect(channel.session).toBeUndefined();
  }));

test("the contract's @timeout is the default deadline", () =>
  withBench(async (_bench, lab) => {
    const seconds = async (options?: CallOptions): Promise<number> =>
      Number((await lab.about(options)).get("remaining"));
    expect(await seconds()).toBeLessThanOrEqual(5);
    expect(await seconds({ timeoutMs: 90_000 })).toBeGreaterThan(5);
    expect(await seconds({ timeoutMs: 90_000 })).toBeLessThanOrEqual(90);
  }));

test("a deadline without a connection names the last attempt's failure", async () => {
  const server = await serve({
    insecure: true,
    host: "127.0.0.1",
    port: 0,
    logger: false,
    services: [labService.handle(new Bench())],
  });
  const target = `tcp://127.0.0.1:${server.address.port}`;
  await server.close();
  const channel = connect(target, { insecure: true });
  const error = await new LabClient(channel).wait("x", { timeoutMs: 60 }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "deadline-exceeded",
    executed: "no",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
  await expect(new LabClient(channel).wait("x", { failFast: true })).rejects.toMatchObject({
    code: "unavailable",
    executed: "no",
  });
  await channel.close();
});

test("the caller's signal cancels the call and the handler's signal", () =>
  withBench(async (bench, lab) => {
    const abort = new AbortController();
    const call = lab.wait("given up", { signal: abort.signal });
    await bench.until(() => bench.waiting.has("given up"));
    abort.abort(new Error("changed my mind"));
    await expect(call).rejects.toMatchObject({
      code: "cancelled",
      executed: "maybe",
      cause: new Error("changed my mind"),
    });
    await bench.until(() => bench.seen.includes("given up aborted: cancelled"));
    await expect(lab.wait("again", { signal: abort.signal })).rejects.toMatchObject({
      code: "cancelled",
      executed: "no",
    });
  }));

test("a handler's signal does not abort when the handler returns", () =>
  withBench(async (bench, lab) => {
    const call = lab.wait("done");
    await bench.until(() => bench.waiting.has("done"));
    const waiting = bench.waiting.get("done");
    waiting?.answer("yes");
    expect(await call).toBe("yes");
    expect(waiting?.context.signal.aborted).toBe(false);
  }));

// Holds PROTOCOL.md §6.5.
test("a cancelled call keeps its place until its handler has stopped", () =>
  withBench(
    async (bench, lab, _channel, server) => {
      const abort = new AbortController();
      let release: () => void = () => {};
      // A handler that does not listen to its signal.
      bench.waits = async (name) => {
        bench.happened(`${name} arrived`);
        await new Promise<void>((resolve) => (release = resolve));
        return name;
      };
      const first = lab.wait("stubborn", { signal: abort.signal });
      await bench.until(() => bench.seen.includes("stubborn arrived"));
      abort.abort();
      await expect(first).rejects.toMatchObject({ code: "cancelled" });
      expect(server.calls).toBe(1);
      const second = lab.echo(sampleOf());
      await expect(Promise.race([second, turns(50)])).resolves.toBe("turned");
      release();
      expect((await second).id).toBe(1);
    },
    { server: { limits: { maxCalls: 1 } } },
  ));

test("a handler that runs past its deadline keeps its place, and calls that are refused for that are no fault", () => {
  const stubborn = new Bench();
  let stop = (): void => {};
  stubborn.waits = (name) => new Promise((resolve) => (stop = () => resolve(name)));
  const { service, handlers } = labService.handle(stubborn);
  const timed = Array.from(handlers, ([path, binding]) => [path, { ...binding, settings: { timeoutMs: 20 } }] as const);
  return withBench(
    async (_, lab, channel, server) => {
      await expect(lab.wait("stubborn")).rejects.toMatchObject({ code: "deadline-exceeded", executed: "maybe" });
      const { session } = channel;
      const refused = { code: "unavailable", executed: "no", retryAfterMs: expect.any(Number) as number };
      for (let calls = 0; calls < 2_000; calls++) await expect(lab.echo(sampleOf())).rejects.toMatchObject(refused);
      stop();
      await until(() => server.calls === 0);
      expect((await lab.echo(sampleOf())).id).toBe(1);
      expect(channel.session).toBe(session);
    },
    { server: { limits: { maxCalls: 1 }, services: [{ service, handlers: new Map(timed) }] } },
  );
});

test("a call made by a handler inherits deadline, cancellation and trace; detached does not", () =>
  withBench(async (outer, lab) => {
    await withBench(async (inner, innerLab) => {
      outer.waits = async (name, context) => {
        const call = name === "detached" ? detached(() => innerLab.wait(name)) : innerLab.wait(name);
        await inner.until(() => inner.waiting.has(name));
        const served = inner.waiting.get(name)?.context;
        expect(served?.metadata.text("traceparent")).toBe(name === "detached" ? undefined : "00-1-2-3");
        // The wire tells whole milliseconds, rounded up; a channel's own default is 30 s.
        const passedOn = (served?.deadline ?? 0) <= context.deadline + 1000;
        outer.happened(`${name} ${passedOn ? "has the handler's deadline" : "has its own"}`);
        return call;
      };
      const abort = new AbortController();
      const options = { timeoutMs: 10_000, signal: abort.signal, metadata: { traceparent: "00-1-2-3" } };
      const linked = lab.wait("linked", options).catch((thrown: unknown) => thrown);
      const loose = lab.wait("detached", options).catch((thrown: unknown) => thrown);
      await outer.until(() => outer.seen.length === 2);
      expect(outer.seen).toContain("linked has the handler's deadline");
      expect(outer.seen).toContain("detached has its own");
      abort.abort();
      await Promise.all([linked, loose]);
      await inner.until(() => inner.seen.includes("linked aborted: cancelled"));
      expect(inner.seen).not.toContain("detached aborted: cancelled");
      inner.waiting.get("detached")?.answer("still here");
    });
  }));

// Holds PROTOCOL.md §12.1.
test("a drained server lets open calls finish, tells their handlers, and sends new calls elsewhere", async () => {
  const bench = new Bench();
  const options = { insecure: true, host: "127.0.0.1", logger: false, services: [labService.handle(bench)] } as const;
  const first = await serve({ ...options, port: 0 });
  const { port } = first.address;
  const channel = connect(`tcp://127.0.0.1:${port}`, { insecure: true });
  const lab = new LabClient(channel);
  const open = lab.wait("long");
  await bench.until(() => bench.waiting.has("long"));
  const context = bench.waiting.get("long")?.context;
  const drained = first.drain({ graceMs: 10_000 });
  expect(context?.draining.aborted).toBe(true);
  expect(context?.signal.aborted).toBe(false);
  await until(() => channel.session === undefined);
  // The old listener is closed: its port is free for the new server.
  const second = await serve({ ...options, port: port as number });
  expect((await lab.about()).get("draining")).toBe("false");
  bench.waiting.get("long")?.answer("finished");
  expect(await open).toBe("finished");
  await drained;
  expect(first.connections).toBe(0);
  await channel.close();
  await second.close();
});

// Holds PROTOCOL.md §9.3.
test("what is open when the grace ends fails with unavailable, executed maybe", () =>
  withBench(async (bench, lab, _channel, server) => {
    const open = lab.wait("too long").catch((thrown: unknown) => thrown);
    await bench.until(() => bench.waiting.has("too long"));
    await server.drain({ graceMs: 30 });
    expect(await open).toMatchObject({ code: "unavailable", executed: "maybe" });
    expect(bench.seen).toContain("too long aborted: unavailable");
  }));

test("a server that closes ends open calls with unavailable", () =>
  withBench(async (bench, lab, _channel, server) => {
    const open = lab.wait("cut").catch((thrown: unknown) => thrown);
    await bench.until(() => bench.waiting.has("cut"));
    await server.close();
    expect(await open).toMatchObject({ code: "unavailable", executed: "maybe" });
    expect(bench.seen).toContain("cut aborted: unavailable");
  }));

test("a closed channel cancels what is open and refuses what comes", () =>
  withBench(async (bench, lab, channel, server) => {
    const open = lab.wait("mine").catch((thrown: unknown) => thrown);
    await bench.until(() => bench.waiting.has("mine"));
    await channel.close();
    expect(await open).toMatchObject({ code: "cancelled" });
    await expect(lab.echo(sampleOf())).rejects.toMatchObject({ code: "cancelled", executed: "no" });
    await until(() => server.calls === 0);
  }));

test("a channel that closes with grace waits for its calls", () =>
  withBench(async (bench, lab, channel) => {
    const open = lab.wait("nearly");
    await bench.until(() => bench.waiting.has("nearly"));
    const closed = channel.close({ graceMs: 10_000 });
    bench.waiting.get("nearly")?.answer("there");
    expect(await open).toBe("there");
    await closed;
  }));

// Holds PROTOCOL.md §9.3.
test("a channel that closes with grace for as long as it takes waits for its calls", () =>
  withBench(async (bench, lab, channel) => {
    const call = lab.wait("a");
    await bench.until(() => bench.waiting.has("a"));
    const timers = vi.spyOn(globalThis, "setTimeout");
    const closed = channel.close({ graceMs: Infinity });
    // A timer that cannot count so far fires at once.
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1]);
    timers.mockRestore();
    bench.waiting.get("a")?.answer("done");
    expect(await call).toBe("done");
    await closed;
  }));

test("a channel that is closed once more waits for nothing", () =>
  withBench(async (bench, lab, channel) => {
    const call = lab.wait("a");
    const refused = expect(call).rejects.toMatchObject({ code: "cancelled" });
    await bench.until(() => bench.waiting.has("a"));
    const closed = [channel.close({ graceMs: 1_000_000 }), channel.close(), channel[Symbol.asyncDispose]()];
    await Promise.all([...closed, refused]);
  }));

test("a grace of less than nothing is none, and one that is no number is refused", () =>
  withBench(async (bench, lab, channel, server) => {
    const call = lab.wait("a");
    const refused = expect(call).rejects.toMatchObject({ code: "unavailable" });
    await bench.until(() => bench.waiting.has("a"));
    const wrong = { graceMs: Number.NaN };
    const error = { code: "invalid-argument", message: "graceMs is NaN: it must be a number of ms" };
    await expect(channel.close(wrong)).rejects.toMatchObject(error);
    await expect(server.drain(wrong)).rejects.toMatchObject(error);
    expect((await lab.about()).get("draining")).toBe("false");
    await server.drain({ graceMs: -5 });
    await refused;
  }));

test("a lost connection fails open calls, and the channel has no session", () =>
  withBench(
    async (bench, lab, channel, server) => {
      const open = lab.wait("lost").catch((thrown: unknown) => thrown);
      await bench.until(() => bench.waiting.has("lost"));
      await server.close();
      expect(await open).toMatchObject({ code: "unavailable", executed: "maybe" });
      expect(channel.session).toBeUndefined();
    },
    { over: "tcp" },
  ));

test("calls beyond the server's maxCalls wait on the client and are all answered", () =>
  withBench(
    async (_bench, lab) => {
      const ids = Array.from({ length: 200 }, (_, id) => id);
      const samples = await Promise.all(ids.map((id) => lab.echo(sampleOf({ id }))));
      expect(samples.map(({ id }) => id)).toEqual(ids);
    },
    { server: { limits: { maxCalls: 3 } } },
  ));

test("more waiting calls than the channel holds fail at once", () =>
  withBench(
    async (bench, lab) => {
      const open = lab.wait("first");
      await bench.until(() => bench.waiting.has("first"));
      const second = lab.wait("second");
      await expect(lab.wait("third")).rejects.toMatchObject({
        code: "resource-exhausted",
        executed: "no",
        message: expect.stringContaining("maxWaitingCalls") as string,
      });
      bench.waiting.get("first")?.answer("1");
      await open;
      await bench.until(() => bench.waiting.has("second"));
      bench.waiting.get("second")?.answer("2");
      expect(await second).toBe("2");
    },
    { server: { limits: { maxCalls: 1 } }, channel: { maxWaitingCalls: 1 } },
  ));

test("calls that wait for the server's maxCalls go in their order, and who is cancelled or expires leaves at once", () =>
  withBench(
    async (bench, lab) => {
      const calls = [lab.wait("first")];
      await bench.until(() => bench.waiting.has("first"));
      const given = new AbortController();
      const cancelled = expect(lab.wait("a", { signal: given.signal })).rejects;
      const expired = expect(lab.wait("b", { timeoutMs: 20 })).rejects;
      calls.push(lab.wait("c"));
      await expect(lab.wait("too many")).rejects.toMatchObject({ code: "resource-exhausted" });
      given.abort();
      await cancelled.toMatchObject({ code: "cancelled", executed: "no" });
      await expired.toMatchObject({ code: "deadline-exceeded", executed: "no" });
      calls.push(lab.wait("d"), lab.wait("e"));
      for (const name of ["first", "c", "d", "e"]) {
        await bench.until(() => bench.waiting.has(name));
        bench.waiting.get(name)?.answer(name);
      }
      await Promise.all(calls);
      expect(bench.seen).toEqual(["first arrived", "c arrived", "d arrived", "e arrived"]);
    },
    { server: { limits: { maxCalls: 1 } }, channel: { maxWaitingCalls: 3 } },
  ));

test("a message over the server's limit fails its call, naming the option and both sizes", () =>
  withBench(
    async (_bench, lab) => {
      await expect(lab.blob(new Uint8Array(20_000))).rejects.toMatchObject({
        code: "resource-exhausted",
        executed: "no",
        message: expect.stringMatching(/20\d\d\d bytes.*16384.*maxMessageBytes/) as string,
      });
      expect(await lab.blob(new Uint8Array(16_000))).toHaveLength(16_000);
    },
    { server: { limits: { maxMessageBytes: 16_384 } } },
  ));

test("an answer over the client's limit fails its call on the server", () =>
  withBench(
    async (_bench, lab) => {
      await expect(lab.blob(new Uint8Array(20_000))).rejects.toMatchObject({
        code: "resource-exhausted",
        message: expect.stringContaining("maxMessageBytes") as string,
      });
    },
    { channel: { limits: { maxMessageBytes: 16_384 } } },
  ));

test("interceptors see every call on both ends, the first outermost", () => {
  const seen: string[] = [];
  return withBench(
    async (_bench, lab) => {
      await lab.echo(sampleOf());
      for await (const _ of lab.count(1, 2));
      expect(seen).toEqual([
        "client outer Lab/echo",
        "client inner Lab/echo",
        "server Lab/echo",
        "client outer Lab/count",
        "client inner Lab/count",
        "server Lab/count",
      ]);
      const about = await lab.about();
      expect(about.get("caller")).toBe("set by an interceptor");
    },
    {
      channel: {
        interceptors: [
          (call, next) => {
            call.metadata.set("x-caller", "set by an interceptor");
            seen.push(`client outer ${call.method.path}`);
            return next(call);
          },
          (call, next) => {
            seen.push(`client inner ${call.method.path}`);
            return next(call);
          },
        ],
      },
      server: {
        interceptors: [
          (call, next) => {
            seen.push(`server ${call.context?.path}`);
            return next(call);
          },
        ],
      },
    },
  );
});

test("an interceptor that throws fails the call with its error", () =>
  withBench(
    async (_bench, lab) => {
      await expect(lab.echo(sampleOf())).rejects.toMatchObject({ code: "permission-denied", message: "not today" });
    },
    {
      server: {
        interceptors: [
          () => {
            throw new RpcError("permission-denied", "not today");
          },
        ],
      },
    },
  ));

async function turns(count: number): Promise<string> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  return "turned";
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect.fail("the condition does not come to hold");
}

test("a signal that is none fails its call, and nothing of it stays behind", () =>
  withBench(async (bench, lab, channel) => {
    const signal = { aborted: false } as AbortSignal;
    await expect(lab.wait("x", { signal })).rejects.toMatchObject({ code: "invalid-argument", executed: "no" });
    await channel.close({ graceMs: 60_000 });
    expect(bench.seen).toEqual([]);
  }));

test("the handlers of a connection that has ended are aborted over several turns of the loop, each of them", () =>
  withBench(async (bench, lab, channel, server) => {
    onTestFinished(() => void vi.useRealTimers());
    const abortedIn = new Map<number, number>();
    let turn = 0;
    bench.waits = async (name, { signal }) => {
      bench.happened(`${name} arrived`);
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          abortedIn.set(turn, (abortedIn.get(turn) ?? 0) + 1);
          vi.advanceTimersByTime(0.1);
          resolve();
        });
      });
      return name;
    };
    const calls = Array.from({ length: 1_000 }, (_, index) => lab.wait(String(index)));
    const ended = Promise.allSettled(calls);
    await bench.until(() => bench.seen.length === calls.length);
    vi.useFakeTimers({ toFake: ["performance"] });
    // A turn that began by the other clock would never be over by this one.
    await turns(2);
    void channel.close();
    for (; server.calls > 0 && turn < 1_000; turn++) await turns(1);
    expect([...abortedIn.values()].reduce((sum, count) => sum + count, 0)).toBe(1_000);
    expect(abortedIn.size).toBeGreaterThan(5);
    expect(Math.max(...abortedIn.values())).toBeLessThan(400);
    await ended;
  }));

test("a call whose server is closed by the hook authorize does not begin", async () => {
  let served: Server | undefined;
  const authorize: Authorize = (_identity, method) => {
    if (method?.name === "wait") void served?.close();
    return true;
  };
  await withBench(
    async (bench, lab, _channel, server) => {
      served = server;
      await expect(lab.wait("a")).rejects.toMatchObject({ code: "unavailable" });
      expect(bench.seen).toEqual([]);
    },
    { server: { authorize } },
  );
});
