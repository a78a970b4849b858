// A program's tests set the clock, and with it the timers of Node.js: calls go on meanwhile.
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
