// Bounds of a connection at the bound, and one past it: a hostile client against our server, and a hostile server against our
// client. What breaks the protocol one past is in violations.test.ts; docs/limits.md names the test of each.
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect, type Channel, type Limits } from "@tautline/rpc";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { expectNothingOpen, openResources, type OpenResources } from "./support/leaks.js";
import {
  cancel,
  END,
  FIRST,
  firstFragment,
  frame,
  head,
  hello,
  kinds,
  LAST,
  message,
  open,
  outcomeOf,
  ping,
  value,
  window,
} from "./support/raw-frame.js";
import { connectRaw, RawListener, type RawPeer } from "./support/raw-peer.js";
import { startProbeServer, type ProbeServer } from "./support/server.js";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(() => certificates.remove());

const invalidArgument = 3;
const resourceExhausted = 8;
const bytes = (length: number): Buffer => Buffer.alloc(length, 0xc0);
/** An array around an array, and so on, so many in all. */
const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth - 1, 0x91), Buffer.of(0x90)]);
/** An array of nils: so many values with itself. */
const wide = (values: number): Buffer =>
  Buffer.concat([Buffer.of(0xdd, 0, 0, (values - 1) >>> 8, (values - 1) & 0xff), bytes(values - 1)]);
/** Binary data that is so many bytes when it is encoded. */
const binary = (length: number): Buffer => value(Buffer.alloc(length - 3));

let before: OpenResources;
beforeEach(() => {
  before = openResources();
});

describe("a server", () => {
  let site: ProbeServer;
  let peer: RawPeer;

  async function begin(limits: Partial<Limits> = {}): Promise<void> {
    site = await startProbeServer("tcp", certificates, { limits });
    peer = await connectRaw("tcp", site.port, certificates);
    await peer.greet();
  }

  afterEach(async () => {
    await peer.close();
    await site.server.close();
    await expectNothingOpen(before, site.server);
  });

  async function codeOf(id: number): Promise<unknown> {
    return outcomeOf((await peer.until(kinds.end, id)).fields)["code"];
  }

  /** Resolves when so many answers are whole. */
  async function lastOf(by: RawPeer, answers: number): Promise<void> {
    for (let whole = 0; whole < answers;) if (((await by.until(kinds.message)).flags & END) !== 0) whole++;
  }

  it("takes a frame of maxFrameBytes, and of none more", async () => {
    await begin({ maxFrameBytes: 20_000 });
    peer.send(frame(0x80, 0, 0, bytes(20_000 - 6)), ping("survived"));
    expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
    peer.send(frame(0x80, 0, 0, bytes(20_000 - 5)));
    expect(await peer.goAway()).toMatchObject({ reason: "frame-too-large" });
  });

  it("takes arguments of maxMessageBytes, and refuses the call of one byte more", async () => {
    await begin({ maxMessageBytes: 16_384 });
    // What the method does not know is dropped.
    const args = (length: number): Buffer => Buffer.concat([Buffer.of(0x91), binary(length - 1)]);
    peer.send(open(1, "Probe/timeLeft", { body: args(16_384) }));
    await peer.until(kinds.message, 1);
    peer.send(open(3, "Probe/timeLeft", { body: args(16_385) }));
    expect(await codeOf(3)).toBe(resourceExhausted);
  });

  it("takes arguments nested 32 deep, and refuses the call of 33", async () => {
    await begin();
    peer.send(open(1, "Probe/timeLeft", { body: nested(32) }));
    await peer.until(kinds.message, 1);
    peer.send(open(3, "Probe/timeLeft", { body: nested(33) }));
    expect(await codeOf(3)).toBe(invalidArgument);
  });

  it("takes arguments of maxValues values, and refuses the call of one more", async () => {
    await begin({ maxValues: 1_000 });
    peer.send(open(1, "Probe/timeLeft", { body: wide(1_000) }));
    await peer.until(kinds.message, 1);
    peer.send(open(3, "Probe/timeLeft", { body: wide(1_001) }));
    expect(await codeOf(3)).toBe(invalidArgument);
  });

  it("takes metadata of maxMetadataBytes, and ends the connection for one byte more", async () => {
    await begin({ maxMetadataBytes: 1024 });
    const metadata = (length: number): Buffer => value({ key: "x".repeat(length - 8) });
    peer.send(open(1, "Probe/timeLeft", { metadata: metadata(1024) }));
    await peer.until(kinds.message, 1);
    peer.send(open(3, "Probe/timeLeft", { metadata: metadata(1025) }));
    expect(await peer.goAway()).toMatchObject({ reason: "protocol-error" });
  });

  it("takes maxCalls calls at once, and refuses one more", async () => {
    await begin({ maxCalls: 3 });
    peer.send(...[1, 3, 5, 7].map((id) => open(id, "Probe/wait")));
    expect(await codeOf(7)).toBe(resourceExhausted);
    for (let begun = 0; begun < 3; begun++) await site.desk.begun.take();
  });

  it("keeps the place of a call that was cancelled until its handler has stopped, whatever its client does", async () => {
    await begin({ maxCalls: 3 });
    // A handler that hears of no cancellation.
    peer.send(...[1, 3, 5].map((id) => open(id, "Probe/noted")));
    while (site.server.calls < 3) await nextTurn();
    peer.send(...[1, 3, 5].map((id) => cancel(id)), open(7, "Probe/timeLeft"));
    expect(await codeOf(7)).toBe(resourceExhausted);
    site.desk.note("free");
    await peer.until(kinds.end, 1);
    peer.send(open(9, "Probe/timeLeft"));
    await peer.until(kinds.message, 9);
    for (let rest = 0; rest < 2; rest++) site.desk.note("free");
  });

  it("does not begin a call whose time was over before its turn, nor read what it says", async () => {
    await begin();
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    // All of it comes in one piece; the first of its handlers takes a second.
    vi.spyOn(site.desk.begun, "put").mockImplementationOnce(() => void vi.advanceTimersByTime(1_000));
    peer.send(
      open(1, "Probe/wait"),
      open(3, "Probe/hold", { flags: LAST, timeoutMs: 500, body: bytes(10) }),
      open(5, "Probe/hold", { flags: LAST, timeoutMs: 60_000, body: bytes(10) }),
    );
    const deadlineExceeded = 4;
    expect([await codeOf(3), await codeOf(5)]).toEqual([deadlineExceeded, invalidArgument]);
  });

  it("takes as much as a window holds, and one message that overdraws it, and nothing behind that", async () => {
    await begin({ window: 16_384, connectionWindow: 65_536, maxWindow: 16_384 });
    peer.send(open(1, "Probe/hold", { flags: LAST }));
    await site.desk.begun.take();
    // 32 are the overhead of each (§8.2): behind the first there is a byte of credit left.
    peer.send(message(1, binary(16_384 - 32 - 1)), message(1, binary(1_000)), ping("survived"));
    expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
    peer.send(message(1, binary(10)));
    expect(await peer.goAway()).toMatchObject({ reason: "flow-control" });
  });

  it("sends no END that is longer than the client's maxFrameBytes, whatever a failure has to say", async () => {
    site = await startProbeServer("tcp", certificates, {});
    peer = await connectRaw("tcp", site.port, certificates);
    await peer.greet({ maxFrameBytes: 16_384 });
    const lengths: number[] = [];
    for (let call = 0; call < 40; call++) {
      const id = 1 + 2 * call;
      // The error has the account's name in its fields.
      peer.send(open(id, "Probe/withdraw", { body: value(["x".repeat(16_160 + 8 * call), 1_000]) }));
      lengths.push(6 + (await peer.until(kinds.end, id)).fields.length);
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(16_384);
    expect(Math.max(...lengths)).toBeGreaterThan(16_200);
    expect(Math.min(...lengths)).toBeLessThan(500);
  });

  it.each([
    [65_536, 6],
    [65_535, 5],
  ])(
    "begins no call where more than maxWaitingBytes of answers wait, until some are taken: %d",
    async (most, begun) => {
      site = await startProbeServer("tcp", certificates, { limits: { maxWaitingBytes: most } });
      peer = await connectRaw("tcp", site.port, certificates);
      await peer.greet({ window: 16_384, connectionWindow: 16_384 });
      // Each is 16,384 bytes, with the three before its text: the first takes the credit, and four that wait are 65,536.
      const text = "x".repeat(16_381);
      for (let call = 0; call < 10; call++) {
        site.desk.note(text);
        peer.send(open(1 + 2 * call, "Probe/noted"));
        while (site.desk.asked < Math.min(call + 1, begun)) await nextTurn();
      }
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      expect(site.desk.asked).toBe(begun);
      peer.send(window(0, 2 ** 20));
      // In whatever order: those that have waited for long are begun the newest first.
      for (let call = 0; call < 10; call++) await peer.until(kinds.message);
    },
  );

  it("knows what a burst of calls is answered before it begins all of them", async () => {
    // So that no turn of the loop is over before.
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    site = await startProbeServer("tcp", certificates);
    peer = await connectRaw("tcp", site.port, certificates);
    await peer.greet({ window: 16_384, connectionWindow: 16_384 });
    const text = "x".repeat(1_048_573);
    for (let call = 0; call < 1000; call++) site.desk.note(text);
    peer.send(...Array.from({ length: 1000 }, (_, call) => open(1 + 2 * call, "Probe/noted")));
    while (site.desk.asked <= 32) await nextTurn();
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    // 32 MiB, one more, and what begins between two looks.
    expect(site.desk.asked).toBeLessThanOrEqual(33 + 32);
  });

  it("fails answers of handlers that ran already beyond maxWaitingTogether, of clients with more than a mebibyte", async () => {
    const mebibyte = 1_048_576;
    const credit = { window: 16_384, connectionWindow: 16_384, reserve: 0 };
    site = await startProbeServer("tcp", certificates, { limits: { maxWaitingTogether: 4 * mebibyte } });
    const other = await connectRaw("tcp", site.port, certificates);
    peer = await connectRaw("tcp", site.port, certificates);
    for (const each of [peer, other]) await each.greet(credit);
    const asks = async (by: RawPeer, ...ids: readonly number[]): Promise<void> => {
      const asked = site.desk.asked + ids.length;
      by.send(...ids.map((id) => open(id, "Probe/noted")));
      while (site.desk.asked < asked) await nextTurn();
    };
    const text = "x".repeat(mebibyte - 5);
    const ids = [1, 3, 5, 7, 9, 11, 13, 15];
    // All run before the first answers. There is credit for a part of it: behind the fifth more than 4 MiB wait.
    await asks(peer, ...ids);
    for (const _ of ids) site.desk.note(text);
    for (const id of [11, 13, 15]) {
      const { fields } = await peer.until(kinds.end, id);
      expect(outcomeOf(fields)).toMatchObject({ code: resourceExhausted, executed: "yes" });
    }
    await asks(other, 1);
    site.desk.note(text);
    other.send(window(0, mebibyte), window(1, mebibyte));
    await lastOf(other, 1);
    peer.send(window(0, 8 * mebibyte), ...ids.slice(0, 5).map((id) => window(id, mebibyte)));
    await lastOf(peer, 5);
    await asks(peer, 17);
    site.desk.note("there is room again");
    await lastOf(peer, 1);
    await other.close();
  });

  it("answers all of a burst of calls to a client that takes the answers, whose bytes are more than may wait", async () => {
    site = await startProbeServer("tcp", certificates);
    const channel = connect(site.target, { insecure: true });
    onTestFinished(() => channel.close());
    const probe = new ProbeClient(channel);
    const text = "x".repeat(1_048_573);
    for (let call = 0; call < 200; call++) site.desk.note(text);
    const answers = await Promise.all(Array.from({ length: 200 }, () => probe.noted()));
    expect(answers.map(({ length }) => length)).toEqual(new Array(200).fill(1_048_573));
  });
});

describe("a client", () => {
  let listener: RawListener;
  let channel: Channel;
  let probe: ProbeClient;
  let peer: RawPeer;

  async function begin(limits: Partial<Limits> = {}): Promise<void> {
    listener = await RawListener.listen("tcp", certificates);
    channel = connect(`tcp://127.0.0.1:${listener.port}`, { insecure: true, limits });
    probe = new ProbeClient(channel);
    const ready = channel.ready();
    peer = await listener.accept();
    await peer.greet();
    await ready;
  }

  afterEach(async () => {
    await Promise.all([channel.close(), peer.closed]);
    await listener.close();
    await expectNothingOpen(before);
  });

  /** The one answer of a call, whose type does not matter: what became of it. */
  async function answer(id: number, body: Buffer): Promise<unknown> {
    const call = probe
      .forward({ id: 1, label: "", weight: 1, tags: [], sent: new Date(0), content: bytes(0) })
      .catch((error: unknown) => error);
    await peer.until(kinds.open, id);
    peer.send(message(id, body, FIRST | LAST | END));
    return call;
  }

  it("takes a frame of maxFrameBytes, and of none more", async () => {
    await begin({ maxFrameBytes: 20_000 });
    peer.send(frame(0x80, 0, 0, bytes(20_000 - 6)), ping("survived"));
    expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
    peer.send(frame(0x80, 0, 0, bytes(20_000 - 5)));
    expect(await peer.goAway()).toMatchObject({ reason: "frame-too-large" });
  });

  it("takes an item of maxMessageBytes, and gives up the call for one byte more", async () => {
    await begin({ maxMessageBytes: 16_384 });
    const items = probe.blocks(2, 0)[Symbol.asyncIterator]();
    const first = items.next();
    await peer.until(kinds.open, 1);
    peer.send(message(1, binary(16_384)));
    expect((await first).value).toHaveLength(16_381);
    peer.send(firstFragment(1, 16_385, binary(16_385).subarray(0, 16_000)));
    await expect(items.next()).rejects.toMatchObject({ code: "resource-exhausted" });
    await peer.until(kinds.cancel, 1);
    peer.send(message(1, bytes(385), LAST | END));
  });

  it("reads answers nested 32 deep, and no deeper", async () => {
    await begin();
    // Read, it is no parcel; not read, it is told what is wrong with its bytes.
    expect(await answer(1, nested(32))).toMatchObject({ message: expect.stringContaining("array") });
    expect(await answer(3, nested(33))).toMatchObject({ message: expect.stringContaining("32") });
  });

  it("reads answers of maxValues values, and of no more", async () => {
    await begin({ maxValues: 1_000 });
    expect(await answer(1, wide(1_000))).toMatchObject({ message: expect.stringContaining("array") });
    expect(await answer(3, wide(1_001))).toMatchObject({ message: expect.stringContaining("1000") });
  });

  it("takes metadata of maxMetadataBytes, and ends the connection for one byte more", async () => {
    await begin({ maxMetadataBytes: 1024 });
    const metadata = (length: number): Buffer => value({ key: "x".repeat(length - 8) });
    const call = probe.timeLeft();
    await peer.until(kinds.open, 1);
    peer.send(head(1, metadata(1024)), message(1, value(null), FIRST | LAST | END));
    expect(await call).toBe(null);
    const next = probe.timeLeft().catch((error: unknown) => error);
    await peer.until(kinds.open, 3);
    peer.send(head(3, metadata(1025)));
    expect(await peer.goAway()).toMatchObject({ reason: "protocol-error" });
    expect(await next).toMatchObject({ code: "unavailable" });
  });

  it("takes as much as a window holds, and one message that overdraws it, and nothing behind that", async () => {
    await begin({ window: 16_384, connectionWindow: 65_536, maxWindow: 16_384 });
    const items = probe.blocks(3, 0)[Symbol.asyncIterator]();
    const first = items.next();
    await peer.until(kinds.open, 1);
    // The first is taken at once, and its credit returned.
    peer.send(message(1, binary(16_384 - 32)));
    await first;
    await peer.until(kinds.window, 1);
    peer.send(message(1, binary(16_384 - 32 - 1)), message(1, binary(1_000)), ping("survived"));
    expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
    peer.send(message(1, binary(10)));
    expect(await peer.goAway()).toMatchObject({ reason: "flow-control" });
    await expect(
      (async () => {
        for (;;) if ((await items.next()).done === true) return;
      })(),
    ).rejects.toMatchObject({ code: "unavailable" });
  });

  it("V21: refuses a server's calls a thousand times, and not for ever", async () => {
    await begin();
    const call = probe.wait().catch((error: unknown) => error);
    await peer.until(kinds.open, 1);
    const calls = (count: number, from: number): Buffer[] =>
      Array.from({ length: count }, (_, index) => open(from + 2 * index, "Probe/wait"));
    peer.send(...calls(900, 2), ping("survived"));
    expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
    peer.send(...calls(20_000, 1802));
    expect(await peer.goAway()).toMatchObject({ reason: "excessive-load" });
    expect(await call).toMatchObject({ code: "unavailable", executed: "maybe" });
  });
});

// Both ends have one decoder of HELLO.
it("HELLO of 65,536 bytes is taken", async () => {
  const site = await startProbeServer("tcp", certificates);
  const peer = await connectRaw("tcp", site.port, certificates);
  const filled = (length: number): Buffer => hello({ agent: "", extensions: { long: "x".repeat(length) } });
  const overhead = filled(60_000).length - 4 - 60_000;
  peer.send(filled(65_536 - overhead));
  expect((await peer.next()).kind).toBe(kinds.hello);
  peer.send(ping("survived"));
  expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
  await peer.close();
  await site.server.close();
  await expectNothingOpen(before, site.server);
});
