// Certificates that change, end, or are trusted no more while servers and channels live, over real TLS.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  connect,
  serve,
  type AccessOptions,
  type Channel,
  type Server,
  type ServerTlsOptions,
  type TlsEvent,
  type TlsTelemetry,
} from "@tautline/rpc";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { certificatesIn, type TlsFiles } from "./support/certificates.js";
import { ProbeClient, probeService } from "./support/contract/probe.rpc.js";
import { hello, kinds } from "./support/raw-frame.js";
import { connectRaw } from "./support/raw-peer.js";
import { expectNothingOpen, openResources } from "./support/leaks.js";
import { ProbeDesk, RecordingLogger } from "./support/server.js";

let folder: string;
/** Two authorities: `ours` with two generations of leaves, and `theirs`. */
let ours: Readonly<Record<"server" | "renewed" | "client" | "successor", TlsFiles>>;
let theirs: { readonly client: TlsFiles };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tautline-trust-"));
  const [server, renewed, client, successor] = await certificatesIn(
    join(folder, "ours"),
    ["server", "renewed"],
    ["client", "successor"],
  );
  const [foreign] = await certificatesIn(join(folder, "theirs"), [], ["client"]);
  if (!server || !renewed || !client || !successor || !foreign) throw new Error("five certificates were asked for");
  ours = { server, renewed, client, successor };
  theirs = { client: foreign };
});
afterAll(() => rm(folder, { recursive: true }));

const day = 86_400_000;

interface Lab {
  readonly server: Server;
  readonly desk: ProbeDesk;
  readonly log: RecordingLogger;
  /** A client with these files that trusts our authority; closed with the test. */
  readonly dial: (
    files: TlsFiles,
    onTls?: (event: TlsEvent) => void,
  ) => { readonly channel: Channel; readonly probe: ProbeClient };
}

async function open(tls: ServerTlsOptions = ours.server, access: AccessOptions = {}): Promise<Lab> {
  const before = openResources();
  const desk = new ProbeDesk();
  const log = new RecordingLogger();
  const services = [probeService.handle(desk)];
  const server = await serve({ ...access, port: 0, host: "127.0.0.1", tls, logger: log, services });
  const channels: Channel[] = [];
  onTestFinished(async () => {
    await Promise.all(channels.map((channel) => channel.close()));
    await server.close();
    await expectNothingOpen(before, server);
  });
  const dial = ({ cert, key }: TlsFiles, onTls?: (event: TlsEvent) => void) => {
    const tls = { ca: ours.server.ca, cert, key };
    const channel = connect(`tautline://localhost:${server.address.port}`, { tls, onTls });
    channels.push(channel);
    return { channel, probe: new ProbeClient(channel) };
  };
  return { server, desk, log, dial };
}

const serverOf = (channel: Channel): string | undefined => channel.session?.peer.tls?.certificate?.dnsNames[0];

test("new connections see a server's new certificate, and calls on the old one go on", async () => {
  const { server, desk, dial } = await open();
  const first = dial(ours.client);
  const waiting = expect(first.probe.wait()).rejects.toMatchObject({ code: "cancelled" });
  await desk.begun.take();
  await server.reloadTls(ours.renewed);
  const second = dial(ours.client);
  expect(await second.probe.withdraw("a", 1)).toBe(99);
  expect(await first.probe.withdraw("a", 1)).toBe(99);
  expect([serverOf(first.channel), serverOf(second.channel)]).toEqual(["server", "renewed"]);
  await first.channel.close();
  await waiting;
});

test("with drain, calls go to a new connection, and what is open on the old one finishes there", async () => {
  const { server, desk, dial } = await open();
  const { channel, probe } = dial(ours.client);
  async function* part() {
    await released;
    yield new Uint8Array(3);
  }
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const tally = probe.tally("long", part());
  await probe.note("the call before is on the wire");
  await desk.noted();
  await server.reloadTls(ours.renewed, { drain: true });
  // The answer to a call on the old connection comes behind DRAIN.
  await probe.withdraw("a", 1);
  await probe.withdraw("a", 1);
  expect(serverOf(channel)).toBe("renewed");
  release();
  expect(await tally).toMatchObject({ parts: 1, bytes: 3 });
});

test("a removed authority's client is out at once and stays out, and others notice nothing", async () => {
  const { server, desk, dial } = await open({ ...ours.server, ca: [ours.server.ca, theirs.client.ca] });
  const stranger = dial(theirs.client);
  const friend = dial(ours.client);
  const cut = expect(stranger.probe.wait()).rejects.toMatchObject({
    code: "permission-denied",
    message: expect.stringContaining("denied: your authority is trusted no more"),
  });
  const kept = expect(friend.probe.wait()).rejects.toMatchObject({ code: "cancelled" });
  await Promise.all([desk.begun.take(), desk.begun.take()]);
  await server.reloadTls(ours.server);
  await cut;
  // Who is denied does not even ask again at once; and who asks is not let in.
  await expect(stranger.probe.withdraw("a", 1)).rejects.toMatchObject({ code: "permission-denied", executed: "no" });
  await expect(dial(theirs.client).probe.withdraw("a", 1)).rejects.toMatchObject({ code: "unauthenticated" });
  expect(await friend.probe.withdraw("a", 1)).toBe(99);
  await friend.channel.close();
  await kept;
});

test("a set that cannot be used changes nothing, and is an error in the log", async () => {
  const { server, log, dial } = await open();
  const mixed = { ...ours.server, key: ours.renewed.key };
  await expect(server.reloadTls(mixed)).rejects.toMatchObject({ code: "bad-option" });
  expect((await log.warned()).message).toContain("those before stay in use: tls.key");
  const { channel, probe } = dial(ours.client);
  expect(await probe.withdraw("a", 1)).toBe(99);
  expect(serverOf(channel)).toBe("server");
});

test("files that change are told on the diagnostics channel, and to the hook", async () => {
  const tls = { ca: ours.server.ca, cert: join(folder, "live.pem"), key: join(folder, "live-key.pem") };
  const copy = async ({ cert, key }: TlsFiles) => {
    await Promise.all([copyFile(cert, tls.cert), copyFile(key, tls.key)]);
  };
  await copy(ours.server);
  const published: TlsTelemetry[] = [];
  const listener = (message: unknown) => void published.push(message as TlsTelemetry);
  subscribe("tautline:rpc:tls", listener);
  onTestFinished(() => void unsubscribe("tautline:rpc:tls", listener));
  let tell: (kind: string) => void = () => {};
  const told = new Promise<string>((resolve) => (tell = resolve));
  const server = await serve({
    port: 0,
    host: "127.0.0.1",
    tls,
    logger: false,
    services: [],
    onTls: ({ kind }) => tell(kind),
  });
  onTestFinished(() => server.close());
  const [leaf] = server.certificates;
  await copy(ours.renewed);
  expect(await told).toBe("reloaded");
  expect(server.certificates[0]?.serialNumber).not.toBe(leaf?.serialNumber);
  expect(published).toMatchObject([
    { side: "server", where: `127.0.0.1:${server.address.port}`, event: { kind: "reloaded", previous: leaf } },
  ]);
});

test("a client shows its new certificate on the next connection, and with drain on the next call", async () => {
  const { dial } = await open();
  const { channel, probe } = dial(ours.client);
  await probe.withdraw("a", 1);
  const session = channel.session;
  const { cert, key } = ours.successor;
  await channel.reloadTls({ ca: ours.server.ca, cert, key });
  await probe.withdraw("a", 1);
  expect(channel.session).toBe(session);
  await channel.reloadTls(undefined, { drain: true });
  await probe.withdraw("a", 1);
  expect(channel.session).not.toBe(session);
  await expect(channel.reloadTls({ cert, key: ours.client.key, ca: ours.server.ca })).rejects.toMatchObject({
    code: "bad-option",
  });
  expect(await probe.withdraw("a", 1)).toBe(99);
});

test("who is denied by its verified identity stays out when its session is resumed as well", async () => {
  let allowed = new Set(["spiffe://development/client", "spiffe://development/successor"]);
  const { server, log, dial } = await open(ours.server, {
    authorize: ({ spiffeId = "" }) => allowed.has(spiffeId),
  });
  const [first, second] = [dial(ours.client), dial(ours.successor)];
  await Promise.all([first.probe.withdraw("a", 1), second.probe.withdraw("a", 1)]);
  allowed = new Set(["spiffe://development/client"]);
  server.reauthorize();
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(second.probe.withdraw("a", 1)).rejects.toMatchObject({ code: "permission-denied" });
  }
  expect(await first.probe.withdraw("a", 1)).toBe(99);
  expect((await log.warned()).fields).toMatchObject({ identity: "spiffe://development/successor", reason: "denied" });
});

test("a connection is drained by both ends when their certificates are over, and no other is made", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
  const { server, desk, log, dial } = await open();
  const { channel, probe } = dial(ours.client);
  const waiting = expect(probe.wait()).rejects.toMatchObject({ code: "cancelled" });
  await desk.begun.take();
  const session = channel.session;
  expect(session).toBeDefined();

  const now = Date.now();
  vi.setSystemTime(now + 29 * day);
  vi.advanceTimersByTime(1000);
  expect(channel.session).toBe(session);
  vi.setSystemTime(now + 31 * day);
  vi.advanceTimersByTime(1000);
  expect(channel.session).toBeUndefined();
  // The call that was open goes on there; a new one would need a handshake, which neither end lets pass.
  await expect(probe.withdraw("a", 1)).rejects.toMatchObject({
    code: "unauthenticated",
    message: expect.stringContaining("out of date"),
  });
  expect(server.connections).toBe(1);
  expect((await log.warned()).message).toMatch(/^tls\.cert CN=server .*expire/);
  await channel.close();
  await waiting;
});

test("a server asks a client whose certificate is over to go, whatever that one does itself", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
  const { server } = await open();
  const peer = await connectRaw("tls", server.address.port ?? 0, { ...ours, remove: async () => {} });
  await peer.greet();
  vi.setSystemTime(Date.now() + 31 * day);
  vi.advanceTimersByTime(1000);
  await peer.until(kinds.drain);
  await peer.close();
});

test("who is not let in is told no service", async () => {
  const said = async (access: AccessOptions): Promise<boolean> => {
    const { server } = await open(ours.server, access);
    const peer = await connectRaw("tls", server.address.port ?? 0, { ...ours, remove: async () => {} });
    peer.send(hello());
    const { fields } = await peer.until(kinds.hello);
    await peer.close();
    return fields.includes("Probe");
  };
  expect(await said({})).toBe(true);
  expect(await said({ authorize: () => false })).toBe(false);
});

test("a client that trusts a server's authority no more leaves it at once, and tells what changed", async () => {
  const { desk, dial } = await open();
  const events: TlsEvent[] = [];
  const { channel, probe } = dial(ours.client, (event) => events.push(event));
  const waiting = expect(probe.wait()).rejects.toMatchObject({ code: "permission-denied" });
  await desk.begun.take();
  await channel.reloadTls({ ca: theirs.client.ca, cert: ours.client.cert, key: ours.client.key });
  await waiting;
  await expect(probe.withdraw("a", 1)).rejects.toMatchObject({ code: "unauthenticated" });
  expect(events).toMatchObject([
    { kind: "reloaded", trust: "narrowed", removed: [{ option: "tls.ca" }], authorities: [{ option: "tls.ca" }] },
  ]);
});

test("there is nothing to reload without TLS", async () => {
  const server = await serve({ insecure: true, port: 0, host: "127.0.0.1", logger: false, services: [] });
  const channel = connect(`tcp://127.0.0.1:${server.address.port}`, { insecure: true });
  onTestFinished(async () => {
    await channel.close();
    await server.close();
  });
  await expect(server.reloadTls()).rejects.toMatchObject({ code: "failed-precondition" });
  await expect(channel.reloadTls()).rejects.toMatchObject({ code: "failed-precondition" });
  expect(server.certificates).toEqual([]);
});
