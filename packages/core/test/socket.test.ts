import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectSocket, lengthPrefixed, listenSocket } from "../dist/index.js";
import { accept, readAll } from "./support/transports.js";

const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });
const insecure = true;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tautline-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("items cross a TCP connection, and both ends end cleanly", async () => {
  const listener = await listenSocket({ host: "127.0.0.1", port: 0, framing, insecure });
  const { port = 0 } = listener.address;
  const client = await connectSocket({ host: "127.0.0.1", port, framing, insecure });
  const server = await accept(listener);
  expect(client.peer).toEqual({ kind: "tcp", address: `127.0.0.1:${port}`, tls: undefined });
  client.send(Buffer.from("over TCP"));
  void client.close();
  expect(await readAll(server)).toEqual({ texts: ["over TCP"], error: undefined });
  await Promise.all([server.close(), client.closed, listener.close()]);
});

test("items cross a Unix socket, whose file goes away on close", async () => {
  const path = join(folder(), "socket");
  const listener = await listenSocket({ path, framing, insecure });
  const client = await connectSocket({ path, framing, insecure });
  const server = await accept(listener);
  expect(server.peer).toEqual({ kind: "unix", address: path, tls: undefined });
  server.send(Buffer.from("over a file"));
  void server.close();
  expect((await readAll(client)).texts).toEqual(["over a file"]);
  await client.close();
  await listener.close();
  expect(existsSync(path)).toBe(false);
});

// A Unix socket says at once that the queue is full, where TCP lets the client wait for seconds.
test("a storm of 1,000 connections in a single turn is waiting to be accepted, all of it", async () => {
  const path = join(folder(), "socket");
  const listener = await listenSocket({ path, framing, insecure });
  const clients = Array.from({ length: 1_000 }, () => connect(path));
  onTestFinished(() => clients.forEach((client) => client.destroy()));
  await Promise.all(clients.map((client) => once(client, "connect")));
  await listener.close();
});

test("a socket file that a dead process left behind is replaced", async () => {
  const path = join(folder(), "socket");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  expect(existsSync(path)).toBe(true);
  const listener = await listenSocket({ path, framing, insecure });
  await listener.close();
});

test("a live socket file and another file are left alone", async () => {
  const path = join(folder(), "socket");
  const live = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => live.listen(path, resolve));
  onTestFinished(() => void live.close());
  const inUse = { code: "bad-option", message: expect.stringContaining("is in use") };
  await expect(listenSocket({ path, framing, insecure })).rejects.toMatchObject(inUse);
  expect(existsSync(path)).toBe(true);

  const file = join(folder(), "file");
  writeFileSync(file, "precious");
  await expect(listenSocket({ path: file, framing, insecure })).rejects.toMatchObject({
    message: expect.stringContaining("is not a socket"),
  });
  expect(existsSync(file)).toBe(true);
});

test("a port in use is refused by that name", async () => {
  const listener = await listenSocket({ host: "127.0.0.1", port: 0, framing, insecure });
  const { port = 0 } = listener.address;
  await expect(listenSocket({ host: "127.0.0.1", port, framing, insecure })).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringContaining(`127.0.0.1:${port}`),
    cause: { code: "EADDRINUSE" },
  });
  await listener.close();
});

test("nothing is connected or bound without the word insecure", async () => {
  // As JavaScript would call it, or a configuration file.
  const options = JSON.parse('{"host": "127.0.0.1", "port": 1, "insecure": "yes"}');
  const refused = { code: "bad-option", message: expect.stringContaining("insecure must be true") };
  await expect(connectSocket({ ...options, framing })).rejects.toMatchObject(refused);
  await expect(listenSocket({ ...options, framing })).rejects.toMatchObject(refused);
});

test("an option that nobody knows is refused by name", async () => {
  const misspelt = { timeoutMS: 5 };
  await expect(connectSocket({ host: "127.0.0.1", port: 1, framing, insecure, ...misspelt })).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringContaining("timeoutMS"),
  });
});

test("an aborted signal ends connecting before it begins", async () => {
  const signal = AbortSignal.abort(new Error("not wanted"));
  await expect(connectSocket({ host: "127.0.0.1", port: 1, framing, insecure, signal })).rejects.toMatchObject({
    code: "aborted",
    cause: { message: "not wanted" },
  });
});

test("closing a listener drops who was not taken and ends its iteration", async () => {
  const listener = await listenSocket({ host: "127.0.0.1", port: 0, framing, insecure });
  const { port = 0 } = listener.address;
  const client = await connectSocket({ host: "127.0.0.1", port, framing, insecure });
  const taken = await accept(listener);
  const untaken = await connectSocket({ host: "127.0.0.1", port, framing, insecure });
  untaken.send(Buffer.from("anyone?"));
  const waiting = listener[Symbol.asyncIterator]();
  await new Promise((resolve) => setImmediate(resolve));
  await listener.close();
  const next = await waiting.next();
  expect(next.done).toBe(true);
  await readAll(untaken);
  await untaken.close();

  taken.send(Buffer.from("taken ones live on"));
  void taken.close();
  expect((await readAll(client)).texts).toEqual(["taken ones live on"]);
  await Promise.all([client.close(), taken.closed]);
});

test("an endless sender is stopped by a reader that does not read, on both sides", async () => {
  const listener = await listenSocket({ host: "127.0.0.1", port: 0, framing, insecure });
  const { port = 0 } = listener.address;
  const client = await connectSocket({ host: "127.0.0.1", port, framing, insecure });
  const server = await accept(listener);
  const body = Buffer.alloc(64 * 1024);
  // The kernel's own buffers fill first; once they are full, no turn moves a byte any more.
  let idleTurns = 0;
  let sent = -1;
  while (idleTurns < 200) {
    while (client.writable) client.send(body);
    await new Promise((resolve) => setImmediate(resolve));
    idleTurns = client.sentBytes === sent ? idleTurns + 1 : 0;
    sent = client.sentBytes;
  }
  expect(client.queuedBytes).toBeLessThanOrEqual(128 * 1024 + body.length + 4);
  expect(server.receivedBytes).toBeLessThanOrEqual(4 * 64 * 1024);

  let received = 0;
  for await (const items of server) {
    for (const item of items) received += item.length;
    if (received > sent) break;
  }
  expect(received).toBeGreaterThan(sent);
  client.abort();
  server.abort();
  await Promise.all([client.closed, server.closed, listener.close()]);
});
