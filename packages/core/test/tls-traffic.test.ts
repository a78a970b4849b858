import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TransportError } from "../dist/errors.js";
import { TlsTraffic } from "../dist/tls-traffic.js";

beforeEach(() => {
  aheadMs = 0;
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
});
afterEach(() => void vi.useRealTimers());

/** A connection that was open for a while when it is watched. */
class Client {
  bytesRead = 5_000;
  receivedBytes = 1_000;
  readonly refusals: TransportError[] = [];
  close = (): void => {};
  readonly closed = new Promise<void>((resolve) => (this.close = resolve));

  constructor(traffic: TlsTraffic) {
    traffic.watch(this, this, "192.0.2.1:7");
  }

  refuse(error: TransportError): void {
    this.refusals.push(error);
  }

  /** So many bytes of TLS come, with so many of frames in them. */
  send(tlsBytes: number, bytes: number): void {
    this.bytesRead += tlsBytes;
    this.receivedBytes += bytes;
  }
}

/** By how much the clock is ahead of the timers, which tell no other time than their own. */
let aheadMs = 0;

/** A second in which nothing is late, and then a look that comes so much too late. */
function look(lateMs: number): void {
  for (let tick = 0; tick < 10; tick++) tickAhead(0);
  tickAhead(lateMs);
}

function tickAhead(lateMs: number): void {
  aheadMs += lateMs;
  const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 100 + aheadMs);
  vi.advanceTimersToNextTimer();
  now.mockRestore();
}

it("a client that sends 128 KiB of TLS with nothing in it is borne, and refused for a byte more", () => {
  const traffic = new TlsTraffic();
  const borne = new Client(traffic);
  const refused = new Client(traffic);
  borne.send(131_072, 0);
  refused.send(131_073, 0);
  look(21);
  expect(borne.refusals).toEqual([]);
  expect(refused.refusals).toMatchObject([
    { code: "flooded", message: expect.stringContaining("192.0.2.1:7") as string },
  ]);
});

it("an eighth of frames is enough, however much comes", () => {
  const traffic = new TlsTraffic();
  const borne = new Client(traffic);
  const refused = new Client(traffic);
  borne.send(8_000_000, 1_000_000);
  refused.send(8_000_001, 1_000_000);
  look(21);
  expect([borne.refusals.length, refused.refusals.length]).toEqual([0, 1]);
});

it("what came before a look counts in it, and not in the next one", () => {
  const traffic = new TlsTraffic();
  const client = new Client(traffic);
  for (let round = 0; round < 3; round++) {
    client.send(131_072, 0);
    look(21);
  }
  expect(client.refusals).toEqual([]);
  client.send(131_073, 0);
  look(21);
  expect(client.refusals).toHaveLength(1);
});

it("nobody is looked at again within a second, however long the loop is held up", () => {
  const traffic = new TlsTraffic();
  const client = new Client(traffic);
  look(21);
  client.send(131_073, 0);
  for (let tick = 0; tick < 8; tick++) tickAhead(21);
  expect(client.refusals).toEqual([]);
  tickAhead(21);
  expect(client.refusals).toHaveLength(1);
});

it("nobody is looked at while the loop is not held up", () => {
  const traffic = new TlsTraffic();
  const client = new Client(traffic);
  client.send(1_000_000, 0);
  look(20);
  expect(client.refusals).toEqual([]);
});

it("watches while there are connections, and leaves no timer", async () => {
  const traffic = new TlsTraffic();
  const clients = [new Client(traffic), new Client(traffic)];
  expect(vi.getTimerCount()).toBe(1);
  for (const client of clients) client.close();
  await Promise.all(clients.map(({ closed }) => closed));
  expect(vi.getTimerCount()).toBe(0);
  const later = new Client(traffic);
  later.send(131_073, 0);
  look(21);
  expect(later.refusals).toHaveLength(1);
});
