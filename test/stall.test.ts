// A peer that takes nothing of what waits for it: the option of both ends, over sockets whose kernels have buffers of their own.
import { connect, serve } from "@tautline/rpc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { expectNothingOpen, openResources } from "./support/leaks.js";
import { kinds, open, value, window } from "./support/raw-frame.js";
import { connectRaw, RawListener } from "./support/raw-peer.js";
import { startProbeServer, type Carrier } from "./support/server.js";

let certificates: Certificates;
beforeAll(async () => void (certificates = await makeCertificates()));
afterAll(() => certificates.remove());

const stallTimeoutMs = 50;
const credit = 2 ** 30;

describe.each<Carrier>(["tls", "tcp"])("over %s", (carrier) => {
  test("a client that reads nothing for stallTimeoutMs is destroyed, and the operator told", async () => {
    const before = openResources();
    const { server, log, port } = await startProbeServer(carrier, certificates, { stallTimeoutMs });
    const peer = await connectRaw(carrier, port, certificates);
    await peer.greet();
    peer.stopReading();
    peer.send(window(0, credit), open(1, "Probe/blocks", { body: value([1_000_000, 65_536]) }), window(1, credit));
    expect(await log.warned()).toMatchObject({
      fields: { reason: "excessive-load" },
      message: expect.stringContaining("within stallTimeoutMs (50 ms)"),
    });
    // Who does not read does not see its end either.
    peer.socket.resume();
    await peer.closed;
    await server.close();
    await expectNothingOpen(before, server);
  });

  test("a server that reads nothing for stallTimeoutMs is left, and the open call fails", async () => {
    const before = openResources();
    const listener = await RawListener.listen(carrier, certificates);
    const channel =
      carrier === "tls"
        ? connect(`tautline://localhost:${listener.port}`, { tls: certificates.client, stallTimeoutMs })
        : connect(`tcp://127.0.0.1:${listener.port}`, { insecure: true, stallTimeoutMs });
    const call = new ProbeClient(channel).tally("all", endless()).catch((error: unknown) => error);
    const peer = await listener.accept();
    await peer.greet();
    const { stream } = await peer.until(kinds.open);
    peer.stopReading();
    peer.send(window(0, credit), window(stream, credit));
    expect(await call).toMatchObject({
      code: "unavailable",
      executed: "maybe",
      message: expect.stringContaining("within stallTimeoutMs (50 ms)"),
    });
    peer.socket.resume();
    await peer.closed;
    await channel.close();
    await listener.close();
    await expectNothingOpen(before);
  });
});

test.each([0, Number.NaN])("a stallTimeoutMs of %d is refused by its name, at either end", async (stallTimeoutMs) => {
  const refused = { code: "invalid-argument", message: expect.stringContaining("stallTimeoutMs") };
  const place = { host: "127.0.0.1", port: 0, insecure: true, logger: false } as const;
  await expect(serve({ ...place, services: [], stallTimeoutMs })).rejects.toMatchObject(refused);
  expect(() => connect("tcp://127.0.0.1", { insecure: true, stallTimeoutMs })).toThrow(
    expect.objectContaining(refused),
  );
});

async function* endless(): AsyncIterable<Uint8Array> {
  for (;;) yield new Uint8Array(65_536);
}
