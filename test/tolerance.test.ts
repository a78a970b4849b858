// What is no violation: late frames, unknown extensions, and mistakes that cost a call and not the connection.
import { connect, type Channel, type Limits } from "@tautline/rpc";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { expectNothingOpen, openResources, type OpenResources } from "./support/leaks.js";
import {
  cancel,
  end,
  END,
  FIRST,
  firstFragment,
  frame,
  goAway,
  head,
  hello,
  kinds,
  LAST,
  message,
  ONE_WAY,
  open,
  outcomeOf,
  ping,
  u32,
  u8,
  value,
  valueOf,
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
const unimplemented = 12;
const bytes = (length: number): Buffer => Buffer.alloc(length, 0xc0);

describe("a server tolerates", () => {
  let before: OpenResources;
  let site: ProbeServer;
  let peer: RawPeer;

  async function begin(limits: Partial<Limits> = {}, settings: object = {}): Promise<void> {
    site = await startProbeServer("tls", certificates, { limits });
    peer = await connectRaw("tls", site.port, certificates);
    await peer.greet(settings);
  }

  beforeEach(() => {
    before = openResources();
  });

  // The connection has outlived whatever the test did to it, and nobody was warned of more than a call.
  afterEach(async () => {
    peer.send(ping("survived"));
    expect((await peer.until(kinds.pong)).fields.toString()).toBe("survived");
    await peer.close();
    await site.server.close();
    expect(site.log.warnings.filter(({ message }) => !message.startsWith("call refused"))).toEqual([]);
    await expectNothingOpen(before, site.server);
  });

  /** The outcome of a stream, as its END tells it. */
  async function outcome(id: number): Promise<Readonly<Record<string, unknown>>> {
    return outcomeOf((await peer.until(kinds.end, id)).fields);
  }

  // Holds PROTOCOL.md §4.2.
  it("kinds from 0x80 on, whatever their flags, stream and contents", async () => {
    await begin();
    peer.send(frame(0x80, 0xff, 0), frame(0xff, 0, 2 ** 32 - 1, bytes(1000)), frame(0x90, 1, 77, u8(1)));
  });

  it("a call right behind HELLO", async () => {
    await begin();
    const hasty = await connectRaw("tls", site.port, certificates);
    hasty.send(hello(), open(1, "Probe/timeLeft"));
    expect((await hasty.next()).kind).toBe(kinds.hello);
    await hasty.until(kinds.message, 1);
    await hasty.close();
  });

  // Holds PROTOCOL.md §5.4.
  it("unknown and reserved keys of HELLO", async () => {
    await begin({}, { colour: "blue", services: { Probe: bytes(8) }, extensions: { load: 0.5 } });
  });

  // Holds PROTOCOL.md §6.3.3.
  it("WINDOW, MESSAGE, END and CANCEL for a stream that has ended", async () => {
    await begin();
    peer.send(open(1, "Probe/hold", { flags: LAST }), cancel(1));
    await outcome(1);
    peer.send(window(1, 5), message(1, value(1)), message(1, bytes(3), LAST), end(1), cancel(1), end(1));
  });

  // Holds PROTOCOL.md §6.3.3.
  it("late messages, and returns the cost of each to the connection once", async () => {
    await begin({ window: 16_384, connectionWindow: 16_384 });
    peer.send(open(1, "Probe/nothing", { flags: LAST }));
    await outcome(1);
    let sent = 32 + 1;
    let returned = 0;
    for (let round = 0; round < 5; round++) {
      peer.send(message(1, bytes(10_000)), firstFragment(1, 20_000, bytes(10_000)), message(1, bytes(10_000), LAST));
      sent += 32 + 10_000 + 32 + 20_000;
      // What is owed beyond half of the window comes at once (§8.7).
      while (sent - returned > 8192) {
        const { stream, fields } = await peer.until(kinds.window);
        expect(stream).toBe(0);
        returned += fields.readUInt32BE(0);
      }
    }
    expect(returned).toBeLessThanOrEqual(sent);
  });

  it("CANCEL for a one-way call, which is over with its message", async () => {
    await begin();
    peer.send(open(1, "Probe/note", { flags: LAST | END | ONE_WAY, body: value(["late"]) }), cancel(1));
    peer.send(open(3, "Probe/noted"));
    expect(valueOf((await peer.until(kinds.message, 3)).fields)).toBe("late");
  });

  it("arguments over maxMessageBytes: the call fails without its handler, the rest is ignored", async () => {
    await begin({ maxMessageBytes: 16_384 });
    peer.send(open(1, "Probe/tally", { flags: 0, total: 16_385, body: bytes(16_000) }), message(1, bytes(385), LAST));
    expect(await outcome(1)).toMatchObject({ code: resourceExhausted, executed: "no" });
  });

  it("an item over maxMessageBytes: the call fails, the rest is ignored", async () => {
    await begin({ maxMessageBytes: 16_384 });
    peer.send(open(1, "Probe/tally", { flags: LAST, body: value(["a"]) }));
    peer.send(firstFragment(1, 20_000, bytes(10_000)), message(1, bytes(10_000), LAST));
    expect(await outcome(1)).toMatchObject({ code: resourceExhausted });
  });

  it("messages that claim 1 GiB: only their calls fail, and what they would have cost comes back", async () => {
    await begin();
    for (const id of [1, 3, 5]) {
      peer.send(open(id, "Probe/wait", { flags: 0, total: 2 ** 30, body: bytes(10) }));
      const { stream, fields } = await peer.until(kinds.window);
      expect([stream, fields.readUInt32BE(0)]).toEqual([0, 2 ** 30 + 32]);
      expect(await outcome(id)).toMatchObject({ code: resourceExhausted, executed: "no" });
    }
  });

  const deep = (depth: number): Buffer => Buffer.concat([bytes(0), Buffer.alloc(depth, 0x91), u8(0xc0)]);
  it.each<[string, Buffer]>([
    ["the byte 0xc1", u8(0xc1)],
    ["a length that passes the end", Buffer.concat([u8(0xdd), u32(0xffff_ffff)])],
    ["a text that passes the end", Buffer.from("91d9ff61", "hex")],
    ["two values", Buffer.concat([value([]), value([])])],
    ["a value nested deeper than 32", deep(40)],
    ["more than 65,536 values", Buffer.concat([Buffer.from("dd00010001", "hex"), Buffer.alloc(65_537, 0xc0)])],
    ["a key that is no text", Buffer.from("9181c0c0", "hex")],
    ["the key __proto__", Buffer.from("9181a95f5f70726f746f5f5f80", "hex")],
    ["an unknown extension", Buffer.from("91d47300", "hex")],
    ["the record extension of msgpackr", Buffer.from("d4724092a161a162", "hex")],
    ["a map instead of an array", value({ account: "a", amount: 1 })],
    ["arguments of the wrong type", value(["a", "much"])],
    ["no arguments", value([])],
  ])("arguments that are %s: the call fails with invalid-argument, executed no", async (_, body) => {
    await begin();
    const whole = body.length <= 16_384;
    peer.send(
      whole
        ? open(1, "Probe/withdraw", { body })
        : Buffer.concat([
            open(1, "Probe/withdraw", { flags: 0, total: body.length, body: body.subarray(0, 40_000) }),
            message(1, body.subarray(40_000), LAST | END),
          ]),
    );
    expect(await outcome(1)).toMatchObject({ code: invalidArgument, executed: "no" });
  });

  it("an item that cannot be decoded: the call fails with invalid-argument", async () => {
    await begin();
    peer.send(open(1, "Probe/tally", { flags: LAST, body: value(["a"]) }), message(1, u8(0xc1)));
    expect(await outcome(1)).toMatchObject({ code: invalidArgument });
  });

  it.each<[string, string, number]>([
    ["a service that it does not serve", "Nobody/wait", LAST | END],
    ["a method that it does not serve", "Probe/constructor", LAST | END],
    ["a path without a method", "Probe", LAST | END],
    ["an empty path", "", LAST | END],
    ["a call that ends where items should follow", "Probe/tally", LAST | END],
    ["a call that goes on where no items follow", "Probe/wait", LAST],
    ["a one-way method without ONE_WAY", "Probe/note", LAST | END],
  ])("%s: the call fails with unimplemented, executed no", async (_, path, flags) => {
    await begin();
    peer.send(open(1, path, { flags, body: value(["a"]) }));
    expect(await outcome(1)).toMatchObject({ code: unimplemented, executed: "no" });
  });

  it("a call beyond maxCalls: it fails with resource-exhausted, and one after an END is served", async () => {
    await begin({ maxCalls: 1 });
    peer.send(open(1, "Probe/wait"), open(3, "Probe/timeLeft"));
    expect(await outcome(3)).toMatchObject({ code: resourceExhausted, executed: "no" });
    peer.send(cancel(1));
    expect(await outcome(1)).toMatchObject({ code: 1, executed: "yes" });
    peer.send(open(5, "Probe/timeLeft"));
    await peer.until(kinds.message, 5);
  });

  it("a small call beyond the connection's credit, out of the reserve", async () => {
    await begin({ window: 16_384, connectionWindow: 16_384, reserve: 1024 });
    peer.send(open(1, "Probe/hold", { flags: LAST }), message(1, bytes(20_000)), open(3, "Probe/timeLeft"));
    expect(valueOf((await peer.until(kinds.message, 3)).fields)).toBe(null);
  });

  it("metadata at its limit", async () => {
    await begin({ maxMetadataBytes: 1024 });
    const metadata = value({ key: "x".repeat(1024 - 8) });
    expect(metadata).toHaveLength(1024);
    peer.send(open(1, "Probe/timeLeft", { metadata }));
    await peer.until(kinds.message, 1);
  });

  it("no credit at the end of a stream: END needs none", async () => {
    await begin({}, { window: 16_384, connectionWindow: 16_384, reserve: 0 });
    peer.send(open(1, "Probe/blocks", { body: value([1, 20_000]) }));
    expect(await outcome(1)).toMatchObject({ code: 0 });
  });

  it("ONE_WAY on a method with an answer: the call is refused, and there is none", async () => {
    await begin();
    peer.send(open(1, "Probe/timeLeft", { flags: LAST | END | ONE_WAY }), open(3, "Probe/timeLeft"));
    const frames = [await peer.next()];
    while (frames.at(-1)?.kind !== kinds.message) frames.push(await peer.next());
    expect(frames.filter(({ stream, kind }) => stream === 1 && kind !== kinds.window)).toEqual([]);
    expect(site.log.warnings).toMatchObject([{ message: "call refused" }]);
  });

  // Holds PROTOCOL.md §8.9.
  it("CANCEL while the answer waits for credit: END comes without it", async () => {
    await begin({}, { window: 16_384, connectionWindow: 16_384, reserve: 0 });
    // One answer spends the connection's credit, and the next one has to wait.
    peer.send(open(1, "Probe/blocks", { body: value([1, 20_000]) }));
    expect((await peer.until(kinds.message, 1)).flags).toBe(FIRST | LAST);
    peer.send(open(3, "Probe/timeLeft"), ping("answered"));
    await peer.until(kinds.pong);
    peer.send(cancel(3));
    expect(await outcome(3)).toMatchObject({ code: 1 });
  });
});

it("a client's GOAWAY ends its calls, whatever its reason, and warns nobody", async () => {
  const before = openResources();
  const site = await startProbeServer("tcp", certificates);
  const peer = await connectRaw("tcp", site.port, certificates);
  await peer.greet();
  peer.send(open(1, "Probe/wait"));
  await site.desk.begun.take();
  peer.send(frame(kinds.goAway, 0, 0, u8(200), u32(0)));
  await peer.closed;
  expect(await site.desk.givenUp.take()).toBe("unavailable");
  await site.server.close();
  expect(site.log.warnings).toEqual([]);
  await expectNothingOpen(before, site.server);
});

describe("a client tolerates", () => {
  let before: OpenResources;
  let listener: RawListener;
  let channel: Channel;
  let probe: ProbeClient;
  let peer: RawPeer;

  async function begin(limits: Partial<Limits> = {}, settings: object = {}): Promise<void> {
    listener = await RawListener.listen("tcp", certificates);
    channel = connect(`tcp://127.0.0.1:${listener.port}`, { insecure: true, limits });
    probe = new ProbeClient(channel);
    const ready = channel.ready();
    peer = await listener.accept();
    await peer.greet(settings);
    await ready;
  }

  beforeEach(() => {
    before = openResources();
  });

  afterEach(async () => {
    await Promise.all([channel.close(), peer.closed]);
    await listener.close();
    await expectNothingOpen(before);
  });

  /** The connection is the same one, and serves. */
  async function expectServed(id: number): Promise<void> {
    const answer = probe.timeLeft();
    await peer.until(kinds.open, id);
    peer.send(message(id, value(null), FIRST | LAST | END));
    expect(await answer).toBe(null);
  }

  // Holds PROTOCOL.md §6.3.3.
  it("messages and HEAD behind its CANCEL, and returns their cost", async () => {
    await begin({ window: 16_384, connectionWindow: 16_384 });
    const given = new AbortController();
    const call = probe.wait({ signal: given.signal });
    await peer.until(kinds.open, 1);
    given.abort();
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    await peer.until(kinds.cancel, 1);
    peer.send(head(1, value({})), message(1, bytes(10_000)), end(1));
    const { stream, fields } = await peer.until(kinds.window);
    expect([stream, fields.readUInt32BE(0)]).toEqual([0, 32 + 10_000]);
    // Whatever is in them: what is ignored is not even read.
    peer.send(message(1, bytes(10)), end(1), end(1, 2, bytes(100)), head(1, bytes(100)), window(1, 9));
    await expectServed(3);
  });

  // Holds PROTOCOL.md §6.3.3.
  it.each([
    ["whole", [message(1, value("too late"), FIRST | LAST | END)]],
    ["in fragments", [firstFragment(1, 200, bytes(100)), message(1, bytes(100), LAST | END)]],
  ])("an answer, %s, that ends its stream while CANCEL is on its way: the call's place is free", async (_, answer) => {
    await begin({}, { maxCalls: 1 });
    const given = new AbortController();
    const call = probe.wait({ signal: given.signal });
    await peer.until(kinds.open, 1);
    given.abort();
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    peer.send(...answer);
    await expectServed(3);
  });

  it("an answer over its maxMessageBytes: the call is cancelled and fails with resource-exhausted", async () => {
    await begin({ maxMessageBytes: 16_384 });
    const call = probe.wait().catch((error: unknown) => error);
    await peer.until(kinds.open, 1);
    peer.send(firstFragment(1, 20_000, bytes(10_000)));
    await peer.until(kinds.cancel, 1);
    expect(await call).toMatchObject({ code: "resource-exhausted" });
    peer.send(message(1, bytes(10_000), LAST | END), end(1));
    await expectServed(3);
  });

  it("an answer over its maxMessageBytes in one frame with END: the call fails, and its place is free", async () => {
    await begin({ maxMessageBytes: 16_384 }, { maxCalls: 1 });
    const call = probe.wait().catch((error: unknown) => error);
    await peer.until(kinds.open, 1);
    peer.send(message(1, bytes(20_000), FIRST | LAST | END));
    expect(await call).toMatchObject({ code: "resource-exhausted" });
    await expectServed(3);
  });

  it("an answer that cannot be decoded: only its call fails", async () => {
    await begin();
    const call = probe.wait().catch((error: unknown) => error);
    await peer.until(kinds.open, 1);
    peer.send(message(1, u8(0xc1), FIRST | LAST | END));
    expect(await call).toMatchObject({ name: "RpcError" });
    await expectServed(3);
  });

  it.each([
    ["that cannot be decoded", [message(1, u8(0xc1))]],
    ["behind the one that there is", [message(1, value("one")), message(1, value("two"))]],
  ])("an answer %s, and no END: the call fails at once, and is cancelled", async (_, answers) => {
    await begin();
    const call = probe.wait().catch((error: unknown) => error);
    await peer.until(kinds.open, 1);
    peer.send(...answers);
    expect(await call).toMatchObject({ code: "internal" });
    expect((await peer.until(kinds.cancel, 1)).fields[0]).toBe(1);
    peer.send(end(1));
    await expectServed(3);
  });

  // Holds PROTOCOL.md §9.2.
  it("an END with a code and keys that it does not know: the code is read as unknown", async () => {
    await begin();
    const call = probe.wait().catch((error: unknown) => error);
    await peer.until(kinds.open, 1);
    peer.send(end(1, 99, value({ message: "strange", colour: "blue", executed: "no" })));
    expect(await call).toMatchObject({ code: "unknown", message: "strange", executed: "no" });
    await expectServed(3);
  });

  it("a call of the server's, which it answers by unimplemented", async () => {
    await begin();
    peer.send(open(2, "Probe/wait"));
    expect(outcomeOf((await peer.until(kinds.end, 2)).fields)).toMatchObject({ code: unimplemented, executed: "no" });
    await expectServed(1);
  });

  it("a maxCalls of 1: its second call is opened behind the first one's END", async () => {
    await begin({}, { maxCalls: 1 });
    const first = probe.wait();
    const second = probe.timeLeft();
    await peer.until(kinds.open, 1);
    peer.send(ping("in order"));
    expect((await peer.next()).kind).toBe(kinds.pong);
    peer.send(message(1, value("done"), FIRST | LAST | END));
    await peer.until(kinds.open, 3);
    peer.send(message(3, value(7), FIRST | LAST | END));
    expect(await Promise.all([first, second])).toEqual(["done", 7]);
  });
});

it("a GOAWAY tells a client's calls above its last that they were not executed", async () => {
  const before = openResources();
  const listener = await RawListener.listen("tcp", certificates);
  const channel = connect(`tcp://127.0.0.1:${listener.port}`, { insecure: true });
  const probe = new ProbeClient(channel);
  const calls = [probe.wait(), probe.wait()].map((call) => call.catch((error: unknown) => error));
  const peer = await listener.accept();
  peer.send(hello());
  await peer.until(kinds.open, 3);
  peer.send(goAway("none", 1));
  expect(await calls[0]).toMatchObject({ code: "unavailable", executed: "maybe" });
  expect(await calls[1]).toMatchObject({ code: "unavailable", executed: "no" });
  await peer.closed;
  await channel.close();
  await listener.close();
  await expectNothingOpen(before);
});
