import { expect, onTestFinished, test } from "vitest";
import { connectTls, type Peer, type TlsOptions } from "../dist/index.js";
import { SessionCache } from "../dist/session-cache.js";
import { makeAuthority } from "./support/certificates.js";
import { alpn, authority, clientTls, framing, listen, serverTls, type TestListener } from "./support/tls.js";
import { accept, readAll } from "./support/transports.js";

async function open(tls = serverTls): Promise<TestListener> {
  const server = await listen(tls);
  onTestFinished(() => server.listener.close());
  return server;
}

/** One whole connection, with an item from the server: the ticket of TLS 1.3 comes before it. Returns both views. */
async function visit(
  { listener, port }: TestListener,
  tls: TlsOptions = clientTls,
): Promise<{ server: Peer; client: Peer }> {
  const client = await connectTls({ host: "127.0.0.1", port, tls, framing, alpn });
  const server = await accept(listener);
  server.send(Buffer.from("welcome"));
  void server.close();
  expect((await readAll(client)).texts).toEqual(["welcome"]);
  await client.close();
  await readAll(server);
  await server.closed;
  return { server: server.peer, client: client.peer };
}

test("a second connection is resumed, and both identities are kept", async () => {
  const server = await open();
  const first = await visit(server);
  const second = await visit(server);
  expect(first.client.tls?.resumed).toBe(false);
  expect(second.client.tls?.resumed).toBe(true);
  expect(second.server.tls?.resumed).toBe(true);
  expect(second.client.tls?.certificate).toEqual(first.client.tls?.certificate);
  expect(second.server.tls?.certificate).toEqual(first.server.tls?.certificate);
  expect(second.client.tls?.certificate?.subject).toBe("CN=server");
});

test("TLS 1.2 resumes as well, with both identities", async () => {
  const server = await listen({ ...serverTls, minVersion: "TLSv1.2", ciphers: ["TLS_AES_128_GCM_SHA256"] });
  onTestFinished(() => server.listener.close());
  await visit(server);
  const { client } = await visit(server);
  expect(client.tls).toMatchObject({ resumed: true, certificate: { subject: "CN=server" } });
});

test("a session is not used with other trust or another certificate", async () => {
  const server = await open();
  await visit(server);
  const other = await makeAuthority("another");
  await expect(
    connectTls({ host: "127.0.0.1", port: server.port, tls: { ...clientTls, ca: other.cert }, framing, alpn }),
  ).rejects.toMatchObject({ code: "peer-untrusted" });

  const leaf = await authority.issue({ commonName: "somebody else" });
  const { client, server: seen } = await visit(server, { ca: authority.cert, ...leaf });
  expect(client.tls?.resumed).toBe(false);
  expect(seen.tls?.certificate?.subject).toBe("CN=somebody else");
});

test("a session does not outlive its listener", async () => {
  const first = await listen();
  await visit(first);
  const port = first.port;
  await first.listener.close();
  const { listenTls } = await import("../dist/index.js");
  const listener = await listenTls({ host: "127.0.0.1", port, tls: serverTls, framing, alpn });
  onTestFinished(() => listener.close());
  const { client } = await visit({ ...first, listener, port });
  expect(client.tls?.resumed).toBe(false);
});

test("a client that refused the server remembers no session of it", async () => {
  const server = await open();
  await visit(server);
  const stranger = await makeAuthority("stranger");
  const leaf = await stranger.issue();
  const refused = { ca: authority.cert, ...leaf };
  for (let attempt = 0; attempt < 3; attempt++) {
    const client = await connectTls({ host: "127.0.0.1", port: server.port, tls: refused, framing, alpn });
    expect((await readAll(client)).error).toMatchObject({ code: "refused-by-peer" });
    expect(client.peer.tls?.resumed).toBe(false);
    expect((await server.nextRefusal()).error).toMatchObject({ code: "peer-untrusted" });
  }
});

test("resumption: false on either end makes every handshake full", async () => {
  const server = await open();
  const without = { ...clientTls, resumption: false };
  await visit(server, without);
  expect((await visit(server, without)).client.tls?.resumed).toBe(false);

  const strict = await listen({ ...serverTls, resumption: false });
  onTestFinished(() => strict.listener.close());
  await visit(strict);
  expect((await visit(strict)).client.tls?.resumed).toBe(false);
});

test("the cache holds so many sessions, the ones used last, and none of an expired server", async () => {
  const { client } = await visit(await open(), { ...clientTls, resumption: false });
  const certificate = client.tls?.certificate;
  if (certificate === undefined) throw new Error("the server has a certificate");
  const remembered = { session: Buffer.alloc(1), certificate };
  const cache = new SessionCache(2);
  cache.set("a", remembered);
  cache.set("b", remembered);
  cache.get("a");
  cache.set("c", remembered);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([remembered, undefined, remembered]);
  cache.set("old", { ...remembered, certificate: { ...certificate, validTo: new Date(Date.now() - 1) } });
  expect(cache.get("old")).toBeUndefined();
  expect(cache.size).toBe(1);
});
