// Every violation of PROTOCOL.md §14, by a peer that speaks bytes: against a server, and against a client.
import { connect, RpcError, type Channel } from "@tautline/rpc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { expectNothingOpen, openResources } from "./support/leaks.js";
import { Mailbox } from "./support/mailbox.js";
import { cancel, END, hello, kinds, LAST, ONE_WAY, open, ping, pong, value } from "./support/raw-frame.js";
import { connectRaw, goAwayOf, RawListener, type GoAway, type RawPeer } from "./support/raw-peer.js";
import { startProbeServer, type Carrier, type ProbeServer } from "./support/server.js";
import { anySide, byClient, byServer, type ViolationCase } from "./support/violation-cases.js";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(() => certificates.remove());

/** A channel to the server with a call that goes on, to see that it does. */
class Bystander {
  readonly #channel: Channel;
  readonly #lines = new Mailbox<string>();
  readonly #answers: AsyncIterator<string>;

  constructor(carrier: Carrier, { target }: ProbeServer) {
    this.#channel = connectTo(carrier, target);
    this.#answers = new ProbeClient(this.#channel).shout(this.#said())[Symbol.asyncIterator]();
  }

  async *#said(): AsyncIterable<string> {
    for (;;) yield await this.#lines.take();
  }

  async expectServed(): Promise<void> {
    this.#lines.put("still here");
    expect(await this.#answers.next()).toEqual({ done: false, value: "STILL HERE" });
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}

function connectTo(carrier: Carrier, target: string, limits: ViolationCase["limits"] = {}): Channel {
  return carrier === "tls"
    ? connect(target, { tls: certificates.client, limits })
    : connect(target, { insecure: true, limits });
}

describe.each<Carrier>(["tls", "tcp"])("a server over %s", (carrier) => {
  /** A server that serves another client beside the peer; it still does at the end, and nothing is left of all three. */
  async function begin(limits: ViolationCase["limits"] = {}) {
    const before = openResources();
    const site = await startProbeServer(carrier, certificates, { limits });
    const bystander = new Bystander(carrier, site);
    await bystander.expectServed();
    const peer = await connectRaw(carrier, site.port, certificates);
    const finish = async (drained?: Promise<void>): Promise<void> => {
      await bystander.expectServed();
      await bystander.close();
      await drained;
      await site.server.close();
      await expectNothingOpen(before, site.server);
    };
    return { site, peer, finish };
  }

  /** Sends the case's bytes on a connection with an open call; resolves when the connection is closed. */
  async function violate(peer: RawPeer, site: ProbeServer, { beforeHello, draining, bytes }: ViolationCase) {
    if (beforeHello !== true) {
      await peer.greet();
      peer.send(open(1, "Probe/wait"));
      await site.desk.begun.take();
    }
    const drained = draining === true ? site.server.drain() : undefined;
    if (drained !== undefined) await peer.until(kinds.drain);
    peer.send(...bytes);
    const goAway = await peer.goAway();
    await peer.closed;
    return { goAway, drained };
  }

  it.each([...anySide, ...byClient])(
    "$violation: $what ends the connection with $reason, and no other",
    async (violation) => {
      const { site, peer, finish } = await begin(violation.limits);
      const { goAway, drained } = await violate(peer, site, violation);
      expect(goAway).toMatchObject({ reason: violation.reason });
      expect(goAway.text).not.toBe("");
      if (violation.beforeHello !== true) expect(await site.desk.givenUp.take()).toBe("unavailable");
      expect(await site.log.warned()).toMatchObject({
        fields: { reason: violation.reason },
        message: expect.stringContaining(goAway.text),
      });
      await finish(drained);
      expect(site.log.warnings).toHaveLength(1);
    },
  );

  async function expectTimeout(said: Buffer): Promise<void> {
    const before = openResources();
    const site = await startProbeServer(carrier, certificates, { handshakeTimeoutMs: 1000 });
    const peer = await connectRaw(carrier, site.port, certificates);
    peer.send(said);
    expect(await peer.goAway()).toMatchObject({ reason: "timeout" });
    await peer.closed;
    expect(await site.log.warned()).toMatchObject({ fields: { reason: "timeout" } });
    await site.server.close();
    expect(site.log.warnings).toHaveLength(1);
    await expectNothingOpen(before, site.server);
  }

  it("V19: a client that never says HELLO is told timeout, and closed", () => expectTimeout(Buffer.alloc(0)));

  it("V19: a HELLO that stops half-way is told timeout, and closed", () => expectTimeout(hello().subarray(0, 12)));

  it("V22: a client that does not read the answers to its PINGs is destroyed, and no other", async () => {
    const { site, peer, finish } = await begin();
    await peer.greet();
    peer.send(open(1, "Probe/wait"));
    await site.desk.begun.take();
    peer.stopReading();
    await flood(peer, Buffer.concat(Array.from({ length: 4096 }, () => ping())));
    await peer.closed;
    expect(await site.desk.givenUp.take()).toBe("unavailable");
    const message = expect.stringContaining("PING more often");
    expect(await site.log.warned()).toMatchObject({ fields: { reason: "excessive-load" }, message });
    await finish();
    expect(site.log.warnings).toHaveLength(1);
  });

  it.each([
    ["are cancelled at once", (id: number) => [open(id, "Probe/timeLeft"), cancel(id)]],
    ["have no method here", (id: number) => [open(id, "Probe/nothing")]],
    ["have arguments that do not fit", (id: number) => [open(id, "Probe/withdraw")]],
    ["are cancelled for a deadline that they do not have", (id: number) => [open(id, "Probe/timeLeft"), cancel(id, 4)]],
    [
      "are cancelled for a deadline that is half a second away",
      (id: number) => [open(id, "Probe/timeLeft", { timeoutMs: 500 }), cancel(id, 4)],
    ],
  ])("V21: a client whose calls %s is borne a thousand times, and not for ever", async (_, call) => {
    const { site, peer, finish } = await begin();
    await peer.greet();
    const calls = (from: number) => Array.from({ length: 900 }, (_, index) => call(from + 2 * index)).flat();
    peer.send(...calls(1));
    expect(await ended(peer, 900)).toBeUndefined();
    // As fast as they can be answered, and within maxCalls: a second's worth of them is borne, and not twenty.
    expect(await rounds(peer, (from) => calls(from + 1800))).toMatchObject({ reason: "excessive-load" });
    await peer.closed;
    expect(await site.log.warned()).toMatchObject({ fields: { reason: "excessive-load" } });
    await finish();
    expect(site.log.warnings).toHaveLength(1);
  });

  it("a client whose calls are cancelled as their deadlines pass is borne for ever", async () => {
    const { peer, finish } = await begin();
    await peer.greet();
    const calls = (from: number) =>
      Array.from({ length: 900 }, (_, index) => {
        const id = from + 2 * index;
        return [open(id, "Probe/timeLeft", { timeoutMs: 50 }), cancel(id, 4)];
      }).flat();
    expect(await rounds(peer, calls)).toBeUndefined();
    await peer.close();
    await finish();
  });

  it("one-way calls of methods that are not there are told once, however many names they have", async () => {
    const { site, peer, finish } = await begin();
    await peer.greet();
    const flags = LAST | END | ONE_WAY;
    const none = Array.from({ length: 50 }, (_, index) => open(1 + 2 * index, `Probe/none${index}`, { flags }));
    // One-way calls keep their order: when this one was served, those before it were looked at.
    peer.send(...none, open(101, "Probe/note", { flags, body: value(["done"]) }), open(103, "Probe/noted"));
    await peer.until(kinds.message, 103);
    await peer.close();
    await finish();
    expect(site.log.warnings).toMatchObject([{ fields: { code: "unimplemented" }, message: "call refused" }]);
  });

  it("V22: a client may ask a thousand times at once, and not for ever", async () => {
    const { site, peer, finish } = await begin();
    await peer.greet();
    peer.send(...Array.from({ length: 1000 }, () => ping()));
    for (let answered = 0; answered < 1000; answered++) await peer.until(kinds.pong);
    // As fast as they can be taken: a second's worth of them is borne, and not ten.
    peer.send(...Array.from({ length: 2000 }, () => ping()));
    expect(await peer.goAway()).toMatchObject({ reason: "excessive-load" });
    await peer.closed;
    expect(await site.log.warned()).toMatchObject({ fields: { reason: "excessive-load" } });
    await finish();
  });
});

/** Resolves when so many calls have been answered; with how the connection ended, where that came before. */
async function ended(peer: RawPeer, calls: number): Promise<GoAway | undefined> {
  for (let left = calls; left > 0;) {
    const frame = await peer.next();
    if (frame.kind === kinds.goAway) return goAwayOf(frame);
    if (frame.kind === kinds.end || (frame.kind === kinds.message && (frame.flags & END) !== 0)) left--;
  }
  return undefined;
}

/** Sends twenty rounds of 900 calls, each when those before were answered; with how the connection ended, if it did. */
async function rounds(peer: RawPeer, roundOf: (from: number) => readonly Buffer[]): Promise<GoAway | undefined> {
  for (let round = 0; round < 20; round++) {
    peer.send(...roundOf(1 + 1800 * round));
    const goAway = await ended(peer, 900);
    if (goAway !== undefined) return goAway;
  }
  return undefined;
}

/** Writes the same bytes until the other end breaks the connection; a bounded number of times. */
async function flood(peer: RawPeer, bytes: Buffer): Promise<void> {
  const { socket } = peer;
  for (let round = 0; round < 2000 && !socket.destroyed; round++) {
    if (socket.write(bytes)) continue;
    await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), peer.closed]);
  }
  expect(socket.destroyed, "the flood was endured to its end").toBe(true);
}

describe.each<Carrier>(["tls", "tcp"])("a client over %s", (carrier) => {
  it.each([...anySide, ...byServer].filter(({ beforeHello }) => beforeHello !== true))(
    "$violation: $what fails the open call, and ends the connection with $reason",
    async ({ reason, bytes, limits }) => {
      const before = openResources();
      const listener = await RawListener.listen(carrier, certificates);
      const channel = connectTo(carrier, targetOf(carrier, listener), limits);
      const items = new ProbeClient(channel).blocks(9, 9)[Symbol.asyncIterator]();
      const first = items.next().catch((error: unknown) => error);
      const peer = await listener.accept();
      await peer.greet();
      await peer.until(kinds.open);

      peer.send(...bytes);
      expect(await peer.goAway()).toMatchObject({ reason });
      await peer.closed;
      expect(await failureOf(first, items)).toMatchObject({ code: "unavailable", executed: "maybe" });

      // The channel outlives its connection.
      const again = channel.ready();
      const second = await listener.accept();
      second.send(hello());
      await again;
      await Promise.all([channel.close(), second.closed]);
      await listener.close();
      await expectNothingOpen(before);
    },
  );

  it.each([...anySide].filter(({ beforeHello }) => beforeHello === true))(
    "$violation: $what fails the attempt to connect, and ends the connection with $reason",
    async ({ reason, bytes }) => {
      const before = openResources();
      const listener = await RawListener.listen(carrier, certificates);
      const channel = connectTo(carrier, targetOf(carrier, listener));
      const ready = channel.ready().catch((error: unknown) => error);
      const peer = await listener.accept();
      peer.send(...bytes);
      expect(await peer.goAway()).toMatchObject({ reason });
      await peer.closed;
      expect(await ready).toMatchObject({ code: "unavailable", executed: "no" });
      await channel.close();
      await listener.close();
      await expectNothingOpen(before);
    },
  );

  it("V17: a PONG with other bytes than the PING's ends the connection, and fails the ping", async () => {
    const before = openResources();
    const listener = await RawListener.listen(carrier, certificates);
    const channel = connectTo(carrier, targetOf(carrier, listener));
    const pinged = channel.ping().catch((error: unknown) => error);
    const peer = await listener.accept();
    await peer.greet();
    const { fields } = await peer.until(kinds.ping);
    const other = Buffer.from(fields);
    other.writeUInt8(other.readUInt8(0) ^ 1);
    peer.send(pong(other));
    expect(await peer.goAway()).toMatchObject({ reason: "protocol-error" });
    await peer.closed;
    expect(await pinged).toMatchObject({ code: "unavailable" });
    await channel.close();
    await listener.close();
    await expectNothingOpen(before);
  });

  it("V22: a server that does not read the answers to its PINGs is left, and the open call fails", async () => {
    const before = openResources();
    const listener = await RawListener.listen(carrier, certificates);
    const channel = connectTo(carrier, targetOf(carrier, listener));
    const call = new ProbeClient(channel).wait().catch((error: unknown) => error);
    const peer = await listener.accept();
    await peer.greet();
    await peer.until(kinds.open);
    peer.stopReading();
    await flood(peer, Buffer.concat(Array.from({ length: 4096 }, () => ping())));
    await peer.closed;
    expect(await call).toMatchObject({ code: "unavailable", executed: "maybe" });
    await channel.close();
    await listener.close();
    await expectNothingOpen(before);
  });
});

function targetOf(carrier: Carrier, { port }: RawListener): string {
  return carrier === "tls" ? `tautline://localhost:${port}` : `tcp://127.0.0.1:${port}`;
}

/** What a stream's reader gets behind the items that had arrived. */
async function failureOf(first: Promise<unknown>, items: AsyncIterator<unknown>): Promise<unknown> {
  let step = await first;
  while (!(step instanceof RpcError)) {
    expect(step, "the stream ended instead of failing").toMatchObject({ done: false });
    step = await items.next().catch((error: unknown) => error);
  }
  return step;
}

it("the frames of these tests are laid out as PROTOCOL.md says", () => {
  expect(ping("12345678").toString("hex")).toBe("0000000e0800000000003132333435363738");
  // length, header, timeoutMs, path, metadata, arguments
  const layout = ["00000011", "020600000001", "00000000", "03412f62", "0000", "90"];
  expect(open(1, "A/b").toString("hex")).toBe(layout.join(""));
});
