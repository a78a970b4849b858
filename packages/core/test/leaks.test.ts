import { spawnSync } from "node:child_process";
import { connect as connectTcp } from "node:net";
import { afterEach, expect, test } from "vitest";
import { connectTls } from "../dist/index.js";
import { alpn, clientTls, framing, listen, serverTls } from "./support/tls.js";
import { accept, readAll } from "./support/transports.js";

/** Sockets and listeners that keep the process alive. Timers are the test runner's as well: see the last test. */
const open = (): string[] => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));

// Every promise of a test was awaited by now; the handles themselves close within a few turns of the loop.
afterEach(async () => {
  for (let turns = 0; turns < 10 && open().length > 0; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(open()).toEqual([]);
});

test("close leaves nothing behind", async () => {
  const { listener, port } = await listen();
  const client = await connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn });
  const server = await accept(listener);
  expect(open()).toHaveLength(3);
  client.send(Buffer.from("bye"));
  void client.close();
  await readAll(server);
  await Promise.all([server.close(), client.closed, listener.close()]);
});

test("abort leaves nothing behind", async () => {
  const { listener, port } = await listen();
  const client = await connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn });
  const server = await accept(listener);
  client.send(Buffer.alloc(1_000_000));
  client.abort();
  server.abort();
  await Promise.all([client.closed, server.closed, listener.close()]);
});

test("a refused connection leaves nothing behind", async () => {
  const { listener, port, nextRefusal } = await listen();
  const client = await connectTls({ host: "127.0.0.1", port, tls: { ca: clientTls.ca }, framing, alpn });
  expect((await readAll(client)).error).toMatchObject({ code: "refused-by-peer" });
  await nextRefusal();
  await Promise.all([client.closed, listener.close()]);
});

test("a listener that closes during a handshake leaves nothing behind", async () => {
  const { listener, port } = await listen();
  const silent = connectTcp({ host: "127.0.0.1", port });
  silent.on("error", () => {});
  const closed = new Promise((resolve) => silent.once("close", resolve));
  silent.resume();
  await new Promise((resolve) => silent.once("connect", resolve));
  // Accepted after the silent one, which is in its handshake by now.
  const client = await connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn });
  const server = await accept(listener);
  await Promise.all([listener.close(), closed]);
  client.abort();
  server.abort();
  await Promise.all([client.closed, server.closed]);
});

test("a connection that failed or was given up leaves nothing behind", async () => {
  const { listener, port } = await listen();
  const controller = new AbortController();
  const given = connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn, signal: controller.signal });
  const rejected = expect(given).rejects.toMatchObject({ code: "aborted" });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await rejected;
  await listener.close();
  await expect(connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn })).rejects.toMatchObject({
    code: "connect-failed",
  });
});

test("a transport without ref does not keep the process alive", async () => {
  const { listener, port } = await listen();
  const client = await connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn });
  const server = await accept(listener);
  const held = open().length;
  client.unref();
  expect(open().length).toBeLessThan(held);
  client.ref();
  expect(open()).toHaveLength(held);
  client.abort();
  server.abort();
  await Promise.all([client.closed, server.closed, listener.close()]);
});

test("a process whose connections are closed exits by itself: no timer is left", () => {
  const program = `
    import { connectTls, lengthPrefixed, listenTls } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url))};
    const { server: serverTls, client } = JSON.parse(process.env.TAUTLINE_TEST_TLS);
    const shared = { host: "127.0.0.1", alpn: "test/1", framing: lengthPrefixed({ maxFrameBytes: 100 }) };
    const listener = await listenTls({ ...shared, port: 0, tls: serverTls, handshakeTimeoutMs: 2 ** 31 - 1 });
    const left = await connectTls({ ...shared, port: listener.address.port, tls: client, timeoutMs: 2 ** 31 - 1 });
    const { value: right } = await listener[Symbol.asyncIterator]().next();
    await Promise.all([left.close(), right.close(), listener.close()]);
    process.stdout.write("closed");
  `;
  const env = { ...process.env, TAUTLINE_TEST_TLS: JSON.stringify({ server: serverTls, client: clientTls }) };
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { env, timeout: 15_000 });
  expect(run.stderr.toString()).toBe("");
  expect(run.stdout.toString()).toBe("closed");
  expect(run.signal).toBeNull();
  expect(run.status).toBe(0);
});
