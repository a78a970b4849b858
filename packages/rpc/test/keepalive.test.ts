import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { now } from "../dist/clock.js";
import { checkKeepalive, Keepalive } from "../dist/keepalive.js";

const nextTurn = setImmediate;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"], now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A connection as far as keepalive sees it; times are seconds since it began. */
class FakeConnection {
  calls = 0;
  /** When it was asked, and when it was given up. */
  readonly asked: number[] = [];
  lostAt: number | undefined;
  readonly keepalive: Keepalive;
  #bytes = 1;
  #heardAt = now();
  readonly #startedAt = now();

  constructor() {
    this.keepalive = new Keepalive(this, checkKeepalive({}));
    this.keepalive.start();
  }

  get receivedBytes(): number {
    return this.#bytes;
  }

  get receivedAt(): number {
    return this.#heardAt;
  }

  get openStreams(): number {
    return this.calls;
  }

  ask(): void {
    this.asked.push(this.#second);
    this.keepalive.asked();
  }

  lost(): void {
    this.lostAt = this.#second;
  }

  /** A frame, or a part of one that is not whole. */
  hear({ whole = true } = {}): void {
    this.#bytes++;
    if (whole) this.#heardAt = now();
  }

  get #second(): number {
    return Math.round((now() - this.#startedAt) / 1000);
  }
}

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    vi.advanceTimersByTime(1000);
    await new Promise<void>((resolve) => void nextTurn(() => resolve()));
  }
}

test("a peer that is silent while calls are open is asked after 20 s, and given up 10 s later", async () => {
  const connection = new FakeConnection();
  connection.calls = 1;
  await pass(29);
  expect(connection.asked).toEqual([20]);
  expect(connection.lostAt).toBeUndefined();
  await pass(1);
  expect(connection.lostAt).toBe(30);
  expect(vi.getTimerCount()).toBe(0);
});

test("an idle connection is asked every 45 s, and lives as long as its peer answers", async () => {
  const connection = new FakeConnection();
  for (let round = 0; round < 3; round++) {
    await pass(45);
    connection.hear();
  }
  await pass(20);
  expect(connection.asked).toEqual([45, 90, 135]);
  expect(connection.lostAt).toBeUndefined();
  connection.keepalive.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  ["frames", true],
  ["a part of a long frame", false],
])("any byte counts as alive: %s", async (_, whole) => {
  const connection = new FakeConnection();
  connection.calls = 1;
  for (let round = 0; round < 10; round++) {
    await pass(19);
    connection.hear({ whole });
  }
  expect(connection.lostAt).toBeUndefined();
  if (whole) expect(connection.asked).toEqual([]);
  await pass(9);
  connection.hear({ whole });
  await pass(15);
  expect(connection.lostAt).toBeUndefined();
  connection.keepalive.stop();
});

test("a PING that somebody else sent has to be answered as well", async () => {
  const connection = new FakeConnection();
  await pass(3);
  connection.keepalive.asked();
  await pass(10);
  expect(connection.asked).toEqual([]);
  expect(connection.lostAt).toBe(13);
});

test("a process that stood still looks at what came meanwhile before it gives its peer up", async () => {
  const connection = new FakeConnection();
  connection.calls = 1;
  await pass(20);
  vi.advanceTimersByTime(60_000);
  // What lay in the socket is read behind the timers of the same turn.
  connection.hear();
  await pass(1);
  expect(connection.lostAt).toBeUndefined();
  connection.keepalive.stop();
});

test("a call that is opened on an idle connection shortens the time until its peer is asked", async () => {
  const connection = new FakeConnection();
  await pass(10);
  connection.calls = 1;
  await pass(10);
  expect(connection.asked).toEqual([20]);
  connection.keepalive.stop();
});

test.each([
  ["keepaliveMs", 0],
  ["idleKeepaliveMs", Number.NaN],
  ["keepaliveTimeoutMs", Infinity],
])("an option %s of %d is refused by its name", (name, value) => {
  expect(() => checkKeepalive({ [name]: value })).toThrow(name);
});
