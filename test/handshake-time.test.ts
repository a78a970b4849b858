// One time for TCP, TLS and HELLO: a client that is slow in one has less for the next, and none holds a socket for longer.
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { connect } from "@tautline/rpc";
import { makeCertificates, pemOf, type Certificates } from "./support/certificates.js";
import { RawPeer } from "./support/raw-peer.js";
import { startProbeServer } from "./support/server.js";

let certificates: Certificates;
beforeAll(async () => void (certificates = await makeCertificates()));
afterAll(() => certificates.remove());
afterEach(() => vi.useRealTimers());

test("a client that was slow in its handshake has the rest of the time for HELLO", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const { server, port, target } = await startProbeServer("tls", certificates, { handshakeTimeoutMs: 5000 });
  onTestFinished(() => server.close());
  const socket = connectTcp({ host: "127.0.0.1", port });
  await once(socket, "connect");
  // Accepted behind the slow one, whose time runs by now.
  const channel = connect(target, { tls: certificates.client });
  await channel.ready();
  await channel.close();
  vi.advanceTimersByTime(4900);
  const tls = { ...pemOf(certificates.client), ALPNProtocols: ["tautline/1"], servername: "localhost" };
  const peer = new RawPeer(connectTls({ socket, ...tls }));
  expect(await peer.goAway()).toMatchObject({
    reason: "timeout",
    text: expect.stringContaining("did not arrive within 100 ms"),
  });
  await peer.closed;
});
