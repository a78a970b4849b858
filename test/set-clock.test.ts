// A program's tests set the clock, and with it the timers of Node.js: calls go on meanwhile, and deadlines pass when the test
// says so.
import { connect } from "@tautline/rpc";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { startProbeServer } from "./support/server.js";

let certificates: Certificates;
beforeAll(async () => void (certificates = await makeCertificates()));
afterAll(() => certificates.remove());
afterEach(() => void vi.useRealTimers());

const timers = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "setImmediate",
  "clearImmediate",
] as const;

test.each([
  ["all of it", undefined],
  ["timers alone", [...timers]],
])("while the clock stands still, all is done that takes no time: %s", async (_what, toFake) => {
  vi.useFakeTimers(toFake === undefined ? {} : { toFake });
  const { server, target } = await startProbeServer("tls", certificates);
  onTestFinished(() => server.close());
  const channel = connect(target, { tls: certificates.client });
  const probe = new ProbeClient(channel);
  // More than are begun in a turn of the loop, and more bytes than a transport takes at once.
  expect(await Promise.all(Array.from({ length: 5000 }, (_, n) => probe.withdraw("a", n % 100)))).toHaveLength(5000);
  let bytes = 0;
  for await (const block of probe.blocks(16, 1024 * 1024)) bytes += block.length;
  expect(bytes).toBe(16 * 1024 * 1024);
  await channel.close();
});

test("a deadline passes when the clock is moved there, and not before", async () => {
  vi.useFakeTimers();
  const { server, desk } = await startProbeServer("tls", certificates);
  onTestFinished(() => server.close());
  const channel = server.connect();
  onTestFinished(() => channel.close());
  let end: unknown;
  const ended = new ProbeClient(channel).wait({ timeoutMs: 120_000 }).catch((error: unknown) => (end = error));
  await desk.begun.take();
  vi.advanceTimersByTime(119_000);
  // Whatever was about to be told is told by now, and whoever was asked whether he is there has answered.
  await channel.ping();
  expect(end).toBe(undefined);
  vi.advanceTimersByTime(1001);
  expect(await ended).toMatchObject({ code: "deadline-exceeded" });
  expect(await desk.givenUp.take()).toBe("deadline-exceeded");
});
