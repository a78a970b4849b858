import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { now } from "../dist/clock.js";
import { ServedMethod, type ServedCall } from "../dist/served-method.js";
import type { MethodSettings } from "../dist/service.js";
import { labService } from "./support/lab.rpc.js";
import { Bench } from "./support/lab-bench.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A method that is served, with all of its calls that run. */
class Served {
  readonly running = new Set<ServedCall>();
  readonly method: ServedMethod;

  constructor(settings: MethodSettings = {}) {
    const binding = labService.handle(new Bench()).handlers.get("Lab/wait");
    if (binding === undefined) throw new Error("the contract has no wait");
    this.method = new ServedMethod({ ...binding, settings }, 16, () => this.running);
  }

  begin(session: object): ServedCall {
    const startedAt = now();
    const call: ServedCall = {
      ...{ binding: this.method, session, startedAt, deadline: startedAt + 1_000 },
      ...{ isAbandoned: false, beganAmongFew: false, share: undefined },
    };
    this.running.add(call);
    this.method.enter(call);
    return call;
  }

  end(call: ServedCall): void {
    this.running.delete(call);
    this.method.leave(call);
  }

  /** Begins as many as it may for a connection. */
  beginAll(session: object): ServedCall[] {
    const calls: ServedCall[] = [];
    while (this.method.refusal(session) === undefined && calls.length < 1_000) calls.push(this.begin(session));
    return calls;
  }

  /** The limit that a refusal of it tells. */
  mostOf(session: object): number {
    return Number(/(\d+) calls of it run/.exec(this.method.refusal(session)?.message ?? "")?.[1]);
  }

  /** Has a connection's calls answered ever later, until no more may begin. Those that still run. */
  overload(session: object): ServedCall[] {
    for (let quick = 0; quick < 100; quick++) {
      const call = this.begin(session);
      vi.advanceTimersByTime(10);
      this.end(call);
    }
    const calls = Array.from({ length: 200 }, () => this.begin(session));
    vi.advanceTimersByTime(900);
    while (this.method.refusal(session) === undefined && calls.length > 0) this.end(calls.pop() as ServedCall);
    return calls;
  }
}

const flood = { name: "flood" };
const few = { name: "few" };
const next = { name: "next" };

it("of a limit that was learnt, a connection with less than its share has it, where another's long calls take all", () => {
  const served = new Served();
  const held = served.overload(flood);
  expect(held.length).toBeGreaterThan(50);
  expect(served.method.refusal(flood)).toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
  const most = served.mostOf(flood);
  const own = served.beginAll(few);
  expect(own).toHaveLength(Math.floor(most / 2));
  // Three share it now.
  const [last, ...others] = served.beginAll(next);
  expect(others).toHaveLength(Math.floor(most / 3) - 1);
  expect([flood, few, next].map((session) => served.method.refusal(session) === undefined)).toEqual([
    false,
    false,
    false,
  ]);
  served.end(last as ServedCall);
  expect([flood, few, next].map((session) => served.method.refusal(session) === undefined)).toEqual([
    false,
    false,
    true,
  ]);
  // Whoever has none left shares no more.
  for (const call of others) served.end(call);
  for (const call of own.splice(1)) served.end(call);
  const again = served.beginAll(few);
  expect(again).toHaveLength(Math.floor(served.mostOf(few) / 2) - 1);
});

it("a connection alone has as many as the limit that was learnt, and no more", () => {
  const served = new Served();
  for (const call of served.overload(flood).splice(1)) served.end(call);
  served.beginAll(flood);
  const most = served.mostOf(flood);
  // A fraction of one is one.
  expect([most, most + 1]).toContain(served.running.size);
});

it("a @Limit is exact, whoever has it", () => {
  const served = new Served({ concurrency: 10 });
  expect(served.beginAll(flood)).toHaveLength(10);
  expect(served.method.refusal(few)).toMatchObject({ code: "resource-exhausted", retryAfterMs: expect.any(Number) });
});
