import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import * as tls from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { connectTls, type ServerTlsOptions, type TlsOptions } from "../dist/index.js";
import { makeAuthority } from "./support/certificates.js";
import { visitRaw } from "./support/raw-tls.js";
import {
  alpn,
  authority,
  clientLeaf,
  clientTls,
  framing,
  listen,
  serverTls,
  type TestListener,
} from "./support/tls.js";
import { accept, readAll } from "./support/transports.js";

const day = 86_400_000;

async function open(
  tls: ServerTlsOptions = serverTls,
  options: { readonly handshakeTimeoutMs?: number; readonly maxHandshakes?: number; readonly alpn?: string } = {},
): Promise<TestListener> {
  const server = await listen(tls, options);
  onTestFinished(() => server.listener.close());
  return server;
}

const connect = (
  port: number,
  tls: TlsOptions = clientTls,
  rest: { host?: string; servername?: string; alpn?: string } = {},
) => connectTls({ host: "127.0.0.1", port, tls, framing, alpn, ...rest });

/** A client of node:tls that knows nothing newer. */
const tls12 = {
  host: "127.0.0.1",
  ca: authority.cert,
  ...clientLeaf,
  ALPNProtocols: [alpn],
  maxVersion: "TLSv1.2",
} as const;

/** The port of a server with none of our rules. */
async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const bound = server.address();
  return typeof bound === "object" ? (bound?.port ?? 0) : 0;
}

test("both ends know each other's verified certificate", async () => {
  const { listener, port } = await open();
  const client = await connect(port, clientTls, { host: "localhost" });
  const server = await accept(listener);
  expect(client.peer).toMatchObject({
    kind: "tls",
    address: `127.0.0.1:${port}`,
    tls: { protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", alpn, servername: "localhost", resumed: false },
  });
  expect(client.peer.tls?.certificate).toMatchObject({
    subject: "CN=server",
    dnsNames: ["localhost"],
    spiffeId: undefined,
  });
  expect(server.peer.tls).toMatchObject({ servername: "localhost", resumed: false });
  expect(server.peer.tls?.certificate).toMatchObject({ subject: "CN=client", spiffeId: "spiffe://test/client" });
  expect(server.peer.address).toMatch(/^127\.0\.0\.1:\d+$/);
  client.send(Buffer.from("hello"));
  void client.close();
  expect(await readAll(server)).toEqual({ texts: ["hello"], error: undefined });
  await Promise.all([server.close(), client.close()]);
});

// Holds PROTOCOL.md §2.3a.
test("a client refuses a server of another authority", async () => {
  const { port } = await open();
  const other = await makeAuthority("another");
  await expect(connect(port, { ...clientTls, ca: other.cert })).rejects.toMatchObject({
    code: "peer-untrusted",
    message: expect.stringContaining("not in tls.ca"),
  });
});

// Holds PROTOCOL.md §2.3a.
test("a client refuses a server whose name is not in its certificate", async () => {
  const { port } = await open();
  await expect(connect(port, clientTls, { servername: "elsewhere.example" })).rejects.toMatchObject({
    code: "peer-untrusted",
    message: expect.stringContaining("elsewhere.example"),
  });
});

// Holds PROTOCOL.md §2.3a.
test("a client refuses a server that has its name only as a common name", async () => {
  for (const names of [{}, { uris: ["spiffe://test/server"] }]) {
    const leaf = await authority.issue({ commonName: "localhost", ...names });
    const port = await portOf(tls.createServer({ ...leaf, ALPNProtocols: [alpn] }));
    await expect(connect(port, clientTls, { host: "localhost" })).rejects.toMatchObject({ code: "peer-untrusted" });
  }
});

test("a server refuses a client of another authority and tells why, once", async () => {
  const other = await makeAuthority("another");
  const leaf = await other.issue();
  const { port, nextRefusal, refusals } = await open();
  const client = await connect(port, { ca: authority.cert, ...leaf });
  const { error } = await readAll(client);
  expect(error).toMatchObject({ code: "refused-by-peer" });
  const refusal = await nextRefusal();
  expect(refusal.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(refusal.error).toMatchObject({ code: "peer-untrusted", message: expect.stringContaining("tls.ca") });
  await client.closed;
  expect(refusals).toHaveLength(1);
});

test("a refused client that had sent something at once learns the same", async () => {
  const other = await makeAuthority("another");
  const leaf = await other.issue();
  const { port } = await open();
  for (let attempt = 0; attempt < 5; attempt++) {
    const client = await connect(port, { ca: authority.cert, ...leaf });
    client.send(Buffer.alloc(100_000));
    expect((await readAll(client)).error).toMatchObject({ code: "refused-by-peer" });
    await client.closed;
  }
});

// Holds PROTOCOL.md §2.3b.
test("a server refuses a client without a certificate, and the client learns it", async () => {
  const { port, nextRefusal } = await open();
  const client = await connect(port, { ca: authority.cert });
  const { error } = await readAll(client);
  expect(error).toMatchObject({ code: "refused-by-peer" });
  expect((await nextRefusal()).error).toMatchObject({
    code: "peer-untrusted",
    message: expect.stringContaining("the client offered no certificate"),
  });
});

test("a server that asks for no certificate serves anonymous clients", async () => {
  const { listener, port } = await open({ ...serverTls, ca: undefined, clientCertificate: "none" });
  const client = await connect(port, { ca: authority.cert });
  const server = await accept(listener);
  expect(server.peer.tls?.certificate).toBeUndefined();
  await Promise.all([client.close(), server.close()]);
});

test("a certificate for another use is refused", async () => {
  const leaf = await authority.issue({ use: "server", dns: ["localhost"] });
  const { port, nextRefusal } = await open();
  const socket = tls.connect({ host: "127.0.0.1", port, ca: authority.cert, ...leaf, ALPNProtocols: [alpn] });
  socket.on("error", () => {});
  expect((await nextRefusal()).error.message).toContain("not meant for this use");
});

// Holds PROTOCOL.md §2.3a.
test("an expired server is refused by the client", async () => {
  const expired = await authority.issue({
    dns: ["localhost"],
    notBefore: new Date(Date.now() - 2 * day),
    notAfter: new Date(Date.now() - day),
  });
  const port = await portOf(tls.createServer({ ...expired, ALPNProtocols: [alpn] }));
  await expect(connect(port, clientTls, { host: "localhost" })).rejects.toMatchObject({
    code: "peer-untrusted",
    message: expect.stringContaining("expired"),
  });
});

test("a client of another application protocol is refused on both ends", async () => {
  const { port, nextRefusal } = await open();
  await expect(connect(port, clientTls, { alpn: "other/1" })).rejects.toMatchObject({ code: "alpn-mismatch" });
  expect((await nextRefusal()).error).toMatchObject({ code: "alpn-mismatch" });
});

test("a client that offers no application protocol is closed by the server", async () => {
  const { port, nextRefusal } = await open();
  const socket = tls.connect({ host: "127.0.0.1", port, ca: authority.cert, ...clientLeaf });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  expect((await nextRefusal()).error).toMatchObject({ code: "alpn-mismatch" });
  socket.resume();
  await closed;
});

// Holds PROTOCOL.md §2.2.
test("a server that names no application protocol is refused by the client", async () => {
  const port = await portOf(tls.createServer(serverTls));
  await expect(connect(port)).rejects.toMatchObject({ code: "alpn-mismatch" });
});

test("a client of an older TLS version is refused, and served where the option allows it", async () => {
  const modern = await open();
  const refused = tls.connect({ ...tls12, port: modern.port });
  const error = await new Promise((resolve) => refused.once("error", resolve));
  expect(error).toMatchObject({ code: expect.stringContaining("PROTOCOL_VERSION") });
  expect((await modern.nextRefusal()).error).toMatchObject({
    code: "handshake-failed",
    message: expect.stringContaining("tls.minVersion"),
  });

  const lenient = await open({ ...serverTls, minVersion: "TLSv1.2" });
  const socket = tls.connect({ ...tls12, port: lenient.port });
  const server = await accept(lenient.listener);
  expect(server.peer.tls).toMatchObject({
    protocol: "TLSv1.2",
    cipher: expect.stringMatching(/ECDHE.*(GCM|POLY1305)/),
  });
  socket.destroy();
  await readAll(server);
  await server.close();
});

// Holds PROTOCOL.md §2.1.
test("a client of TLS 1.2 that renegotiates is cut off", async () => {
  const { listener, port } = await open({ ...serverTls, minVersion: "TLSv1.2" });
  const socket = tls.connect({ ...tls12, port });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const secured = new Promise((resolve) => socket.once("secureConnect", resolve));
  const server = await accept(listener);
  await secured;
  let renegotiated = false;
  socket.renegotiate({}, (error) => {
    renegotiated = error === null;
  });
  await readAll(server).catch(() => {});
  await server.close();
  socket.destroy();
  await closed;
  expect(renegotiated).toBe(false);
});

test("the server agrees on each of its key exchange groups, the hybrid one where this runtime has it", async () => {
  const { listener, port, nextRefusal } = await open();
  const hasHybrid = ((): boolean => {
    try {
      return tls.createSecureContext({ ecdhCurve: "X25519MLKEM768" }) !== undefined;
    } catch {
      return false;
    }
  })();
  for (const group of [...(hasHybrid ? ["X25519MLKEM768"] : []), "X25519", "prime256v1", "secp384r1"]) {
    const visit = visitRaw(port, { ...clientLeaf, group });
    const server = await accept(listener);
    server.send(Buffer.from("welcome"));
    void server.close();
    expect((await visit).text, group).toContain("welcome");
    await readAll(server);
  }
  expect((await visitRaw(port, { ...clientLeaf, group: "secp521r1" })).text).toBe("");
  expect((await nextRefusal()).error).toMatchObject({ code: "handshake-failed" });
});

test("TLS 1.2 without authenticated encryption is refused even where 1.2 is allowed", async () => {
  const { port, nextRefusal } = await open({ ...serverTls, minVersion: "TLSv1.2" });
  const socket = tls.connect({ ...tls12, port, ciphers: "ECDHE-ECDSA-AES128-SHA256" });
  socket.on("error", () => {});
  expect((await nextRefusal()).error.message).toContain("no cipher suite");
});

test("plain HTTP on the TLS port is refused by that name", async () => {
  const { port, nextRefusal } = await open();
  const socket = connectTcp({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  socket.write("GET / HTTP/1.1\r\n\r\n");
  expect((await nextRefusal()).error).toMatchObject({
    code: "handshake-failed",
    message: expect.stringContaining("plain HTTP on a TLS port"),
  });
  await closed;
});

test("a client that goes away before its handshake is told once", async () => {
  const { port, nextRefusal, refusals } = await open();
  const socket = connectTcp({ host: "127.0.0.1", port });
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.resetAndDestroy();
  expect((await nextRefusal()).error).toMatchObject({ code: "handshake-failed" });
  expect(refusals).toHaveLength(1);
});

test("a silent client is destroyed when its time is over", async () => {
  const { port, nextRefusal } = await open(serverTls, { handshakeTimeoutMs: 20 });
  const socket = connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true });
  const ended = new Promise((resolve) => socket.once("end", resolve));
  socket.resume();
  const refusal = await nextRefusal();
  expect(refusal.error).toMatchObject({
    code: "timeout",
    message: expect.stringContaining("handshakeTimeoutMs (20 ms)"),
  });
  await ended;
  socket.destroy();
});

test("as many handshakes run as maxHandshakes says, one more is refused, and one when another has ended", async () => {
  const { port, nextRefusal } = await open(serverTls, { maxHandshakes: 2 });
  const silent = (): Promise<{ socket: Socket; closed: Promise<unknown> }> =>
    new Promise((resolve) => {
      const socket = connectTcp({ host: "127.0.0.1", port });
      const closed = new Promise((close) => socket.once("close", close));
      socket.on("error", () => {}).resume();
      socket.once("connect", () => resolve({ socket, closed }));
    });
  const [first, second] = [await silent(), await silent()];
  const third = await silent();
  expect((await nextRefusal()).error).toMatchObject({
    code: "handshake-failed",
    message: expect.stringMatching(/^2 handshakes run already \(maxHandshakes\)/),
  });
  await third.closed;
  first.socket.resetAndDestroy();
  expect((await nextRefusal()).error.message).toContain("went away");
  const fourth = await silent();
  fourth.socket.resetAndDestroy();
  expect((await nextRefusal()).error.message).toContain("went away");
  second.socket.resetAndDestroy();
});

test("maxHandshakes is a whole number from 1, or Infinity for no bound", async () => {
  for (const maxHandshakes of [0, 1.5, NaN, -Infinity]) {
    const refused = {
      code: "bad-option",
      message: expect.stringMatching(/^maxHandshakes must be .* from 1, or Infinity/),
    };
    await expect(open(serverTls, { maxHandshakes })).rejects.toMatchObject(refused);
  }
  const { port } = await open(serverTls, { maxHandshakes: Infinity });
  const transport = await connect(port);
  transport.abort();
});

test("a client gives up on a server that is silent after TCP", async () => {
  const port = await portOf(createServer((socket) => socket.resume()));
  await expect(
    connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn, timeoutMs: 20 }),
  ).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining("the handshake is not done"),
  });
  const controller = new AbortController();
  const connecting = connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn, signal: controller.signal });
  const reason = new Error("no longer wanted");
  controller.abort(reason);
  await expect(connecting).rejects.toMatchObject({ code: "aborted", cause: reason });
});

test("nobody listening is a failed connection", async () => {
  const { listener, port } = await listen();
  await listener.close();
  await expect(connect(port)).rejects.toMatchObject({
    code: "connect-failed",
    message: expect.stringContaining(String(port)),
  });
});
