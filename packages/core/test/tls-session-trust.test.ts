// What a resumed session must not get past: nothing is verified on resumption, by OpenSSL or by Node.
import type * as nodeCrypto from "node:crypto";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { connectTls, type ServerTlsOptions } from "../dist/index.js";
import { makeAuthority } from "./support/certificates.js";
import { visitRaw, type RawVisit } from "./support/raw-tls.js";
import {
  alpn,
  authority,
  clientLeaf,
  clientTls,
  framing,
  listen,
  serverLeaf,
  serverTls,
  type TestListener,
} from "./support/tls.js";
import { accept, readAll } from "./support/transports.js";

// Every listener of this file has the same ticket keys, as servers of a fleet that share them would.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof nodeCrypto>()),
  randomBytes: (bytes: number) => Buffer.alloc(bytes, ticketSeed),
}));
let ticketSeed = 7;

afterEach(() => {
  vi.useRealTimers();
  ticketSeed = 7;
});

const day = 86_400_000;

/** Welcomes whoever is let in, and says goodbye. */
async function open(tls: ServerTlsOptions = serverTls): Promise<TestListener> {
  const server = await listen(tls);
  const serving = (async () => {
    for await (const transport of server.listener) {
      transport.send(Buffer.from("welcome"));
      void transport.close();
      void readAll(transport);
    }
  })();
  onTestFinished(async () => {
    await server.listener.close();
    await serving;
  });
  return server;
}

const isWelcome = ({ text }: RawVisit): boolean => text.includes("welcome");

test("servers of equal keys and equal trust resume one another's sessions", async () => {
  const [first, second] = [await open(), await open()];
  const { session } = await visitRaw(first.port, clientLeaf);
  const visit = await visitRaw(second.port, { ...clientLeaf, session });
  expect(visit.resumed).toBe(true);
  expect(isWelcome(visit)).toBe(true);
});

test("a session of another server with the same ticket keys and another authority is not resumed", async () => {
  const other = await makeAuthority("another");
  const stranger = await other.issue();
  const [theirs, ours] = [await open({ ...serverTls, ca: other.cert }), await open()];
  const { session } = await visitRaw(theirs.port, stranger);
  expect(session).toBeDefined();
  for (const credentials of [stranger, {}]) {
    const visit = await visitRaw(ours.port, { ...credentials, session });
    expect(visit).toMatchObject({ resumed: false, text: "" });
    expect((await ours.nextRefusal()).error).toMatchObject({ code: "peer-untrusted" });
  }
});

// Holds PROTOCOL.md §2.3b.
test("a session of an anonymous client does not stand for a verified one", async () => {
  const [anonymous, mutual] = [await open({ ...serverTls, clientCertificate: "none" }), await open()];
  const { session } = await visitRaw(anonymous.port);
  expect(session).toBeDefined();
  expect(await visitRaw(mutual.port, { session })).toMatchObject({ resumed: false, text: "" });
  expect((await mutual.nextRefusal()).error).toMatchObject({ code: "peer-untrusted" });
});

// Holds PROTOCOL.md §2.3b.
test("a session does not outlive the certificate that it was verified with", async () => {
  const server = await open();
  const { session } = await visitRaw(server.port, clientLeaf);
  expect(isWelcome(await visitRaw(server.port, { session }))).toBe(true);
  // OpenSSL keeps its own clock: it resumes, and what refuses is our gate.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * day });
  const visit = await visitRaw(server.port, { session });
  expect(visit).toMatchObject({ resumed: true, text: "" });
  expect((await server.nextRefusal()).error).toMatchObject({
    code: "peer-untrusted",
    message: expect.stringContaining("out of date"),
  });
});

test("a session of a removed authority is locked out, and stays so at every later reload", async () => {
  const leaving = await makeAuthority("leaving");
  const leaf = await leaving.issue();
  const both = { ...serverTls, ca: [authority.cert, leaving.cert] };
  const server = await open(both);
  const { session } = await visitRaw(server.port, leaf);
  expect(isWelcome(await visitRaw(server.port, { session }))).toBe(true);

  // The keys of a reload are its own: with those of the constructor, the session would be taken again.
  ticketSeed = 8;
  await server.listener.reload(serverTls);
  expect(await visitRaw(server.port, { session })).toMatchObject({ resumed: false, text: "" });
  const renewed = await authority.issue({ dns: ["localhost"], ip: ["127.0.0.1"] });
  ticketSeed = 9;
  await server.listener.reload({ ca: authority.cert, ...renewed });
  expect(await visitRaw(server.port, { session })).toMatchObject({ resumed: false, text: "" });
  expect(await visitRaw(server.port, { ...leaf, session })).toMatchObject({ resumed: false, text: "" });
  expect(isWelcome(await visitRaw(server.port, clientLeaf))).toBe(true);
});

test("ticket keys are new after a reload, with the same trust as well", async () => {
  const server = await open();
  const { session } = await visitRaw(server.port, clientLeaf);
  const renewed = await authority.issue({ dns: ["localhost"], ip: ["127.0.0.1"] });
  ticketSeed = 8;
  await server.listener.reload({ ...serverTls, ...renewed });
  ticketSeed = 9;
  await server.listener.reload({ ...serverTls, ...serverLeaf });
  const visit = await visitRaw(server.port, { ...clientLeaf, session });
  expect(visit.resumed).toBe(false);
  expect(isWelcome(visit)).toBe(true);
});

test("a reload has a context of its own as well, so that equal ticket keys are not enough", async () => {
  const leaving = await makeAuthority("leaving");
  const leaf = await leaving.issue();
  const server = await open();
  await server.listener.reload({ ...serverTls, ca: [authority.cert, leaving.cert] });
  const { session } = await visitRaw(server.port, leaf);
  expect(isWelcome(await visitRaw(server.port, { session }))).toBe(true);
  await server.listener.reload({ ...serverTls, ca: [authority.cert] });
  expect(await visitRaw(server.port, { session })).toMatchObject({ resumed: false, text: "" });
});

test("ticket keys are new every day", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const server = await open();
  const { session } = await visitRaw(server.port, clientLeaf);
  vi.advanceTimersByTime(day - 1000);
  expect((await visitRaw(server.port, { ...clientLeaf, session })).resumed).toBe(true);
  ticketSeed = 8;
  vi.advanceTimersByTime(1000);
  const visit = await visitRaw(server.port, { ...clientLeaf, session });
  expect(visit.resumed).toBe(false);
  expect(isWelcome(visit)).toBe(true);
});

test("a client that was refused forgets its session, though the server would take it again", async () => {
  const server = await open();
  const isResumed = async (): Promise<unknown> => {
    const client = await connectTls({ host: "127.0.0.1", port: server.port, tls: clientTls, framing, alpn });
    const { error } = await readAll(client);
    await client.close();
    return error ?? client.peer.tls?.resumed;
  };
  expect([await isResumed(), await isResumed()]).toEqual([false, true]);
  await server.listener.reload({ ...serverTls, ca: (await makeAuthority("another")).cert });
  expect(await isResumed()).toMatchObject({ code: "refused-by-peer" });
  // With the keys and the context that the session was made with.
  await server.listener.reload({ ...serverTls });
  expect(await isResumed()).toBe(false);
});

test("a client resumes under no other name than the one that it verified", async () => {
  const server = await listen();
  onTestFinished(() => server.listener.close());
  const visit = async (servername: string) => {
    const client = await connectTls({
      host: "127.0.0.1",
      port: server.port,
      tls: clientTls,
      framing,
      alpn,
      servername,
    });
    const far = await accept(server.listener);
    far.send(Buffer.from("welcome"));
    void far.close();
    await readAll(client);
    await client.close();
    return client.peer.tls?.resumed;
  };
  expect(await visit("localhost")).toBe(false);
  expect(await visit("localhost")).toBe(true);
  await expect(visit("elsewhere.example")).rejects.toMatchObject({ code: "peer-untrusted" });
  // Nor did the refusal cost the session of the other name.
  expect(await visit("localhost")).toBe(true);
});
