import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { expect, test } from "vitest";
import { encodeHello } from "../dist/envelope.js";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { spanOf } from "../dist/span.js";
import { silent, type Stream } from "../dist/stream.js";
import { hello, openFrame, serverSession } from "./support/sessions.js";
import { SinkTransport } from "./support/sink-transport.js";

/** Has room for one frame at a time; the peer says what the test gives it. */
class NarrowTransport extends SinkTransport {
  /** Of streams: kinds. */
  readonly sent: string[] = [];
  #say: (frame: Frame) => void = () => {};
  #makeRoom: () => void = () => {};

  override send(frame: Frame = hello): boolean {
    if (frame.kind !== "open" && frame.kind !== "message") return this.writable;
    this.sent.push(frame.kind);
    this.writable = false;
    return false;
  }

  override drained(): Promise<void> {
    return new Promise((resolve) => (this.#makeRoom = resolve));
  }

  async room(): Promise<void> {
    this.writable = true;
    this.#makeRoom();
    await nextTurn();
  }

  async say(frame: Frame): Promise<void> {
    this.#say(frame);
    await nextTurn();
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<readonly Frame[], undefined> {
    yield [hello];
    for (;;) yield [await new Promise<Frame>((resolve) => (this.#say = resolve))];
  }
}

const opening = {
  ...{ path: "a/b", metadata: new Uint8Array(0), oneWay: false, positional: false },
  remainingMs: () => Infinity,
};

// Holds PROTOCOL.md §6.3.1.
test("an opener whose call has ended sends nothing more for it, in the middle of a message", async () => {
  const transport = new NarrowTransport();
  const session = serverSession(transport, { role: "client" });
  await session.ready;
  session.open(opening, spanOf(new Uint8Array(200_000)), true, silent);
  await nextTurn();
  await transport.room();
  expect(transport.sent).toEqual(["open", "message"]);
  await transport.say({ kind: "end", stream: 1, code: 8, outcome: new Uint8Array(0) });
  await transport.room();
  await transport.room();
  expect(transport.sent).toEqual(["open", "message"]);
  expect(session.openStreams).toBe(0);
  void session.close();
});

// Holds PROTOCOL.md §12.1.
test("a call that waits when the peer drains is never opened there, and ends unseen", async () => {
  const [far, near] = memoryPair(frameFraming(defaultLimits));
  const session = serverSession(near, { role: "client" });
  const heard: string[] = [];
  const listening = (async () => {
    for await (const frames of far)
      for (const frame of frames) heard.push(frame.kind === "drain-ack" ? `drain-ack ${frame.last}` : frame.kind);
  })();
  const settings = encodeHello({ settings: { ...defaultLimits, maxCalls: 1 }, agent: "", services: new Map() });
  far.send({ kind: "hello", version: 1, settings });
  await session.ready;
  const lost: unknown[] = [];
  for (let call = 0; call < 2; call++)
    session.open(opening, spanOf(Buffer.of(0x90)), true, { ...silent, lost: (error) => void lost.push(error) });
  far.send({ kind: "drain", graceMs: 1_000 });
  far.send({ kind: "end", stream: 1, code: 0, outcome: new Uint8Array(0) });
  far.send({ kind: "ping", opaque: new Uint8Array(8) });
  while (!heard.includes("pong")) await nextTurn();
  expect(heard).toEqual(["hello", "open", "drain-ack 1", "pong"]);
  expect(lost).toMatchObject([{ code: "unavailable", executed: "no" }]);
  far.abort();
  await Promise.all([session.closed, listening.catch(() => {})]);
});

// Holds PROTOCOL.md §6.4.3.
test("an END of success stands behind the messages that wait for credit, and one of a failure goes instead of them", async () => {
  for (const [code, expected] of [
    [0, ["message", "message", "end"]],
    [13, ["message", "end"]],
  ] as const) {
    const [far, near] = memoryPair(frameFraming(defaultLimits));
    const accepted: Stream[] = [];
    const session = serverSession(near, {
      owner: { accept: (_, stream) => void accepted.push(stream), takesNoMore() {} },
    });
    const narrow = { ...defaultLimits, window: 16_384, connectionWindow: 16_384 };
    const settings = encodeHello({ settings: narrow, agent: "", services: new Map() });
    far.send({ kind: "hello", version: 1, settings });
    far.send(openFrame(1, Buffer.of(0x90), { end: true }));
    while (accepted.length === 0) await nextTurn();
    const stream = accepted[0] as Stream;
    // The first takes all of the credit.
    for (let message = 0; message < 2; message++) session.send(stream, spanOf(new Uint8Array(20_000)), false);
    session.end(stream, code, new Uint8Array(0));
    for (const id of [0, 1]) far.send({ kind: "window", stream: id, credit: 100_000 });
    const heard: string[] = [];
    for await (const frames of far) {
      heard.push(...frames.filter(({ kind }) => kind === "message" || kind === "end").map(({ kind }) => kind));
      if (heard.includes("end")) break;
    }
    expect(heard).toEqual(expected);
    far.abort();
    await session.closed;
  }
});
