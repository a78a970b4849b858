// A server that answers the question for its methods badly, late or never: calls go on in maps, and nothing else happens.
import { memoryPair, type Transport } from "@tautline/core";
import { afterEach, expect, test, vi } from "vitest";
import { Channel } from "../dist/channel.js";
import { codeNumber } from "../dist/code.js";
import { encodeValue } from "../dist/codec.js";
import { encodeHello } from "../dist/envelope.js";
import type { Frame, OpenFrame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { spanOf } from "../dist/span.js";
import { methodOf } from "./support/stock-bench.js";
import { stockService } from "./support/stock.js";

const take = methodOf(stockService("a"), "take");
const nothing = new Uint8Array(0);

afterEach(() => void vi.useRealTimers());

/** Speaks frames: tells version b of Stock, answers `take` with 101, and the question as it is told. */
class FakeServer {
  /** What the client opened, and what it cancelled, as `Stock/take named`. */
  readonly opened: string[] = [];
  readonly cancelled: string[] = [];
  readonly channel: Channel;
  readonly #answer: (open: OpenFrame, server: FakeServer) => readonly Frame[];
  #far: Transport<Frame> | undefined;

  constructor(answer: (open: OpenFrame, server: FakeServer) => readonly Frame[]) {
    this.#answer = answer;
    this.channel = new Channel(async () => this.#connect(), "fake");
  }

  #connect(): Transport<Frame> {
    const [near, far] = memoryPair(frameFraming(defaultLimits));
    this.#far = far;
    const services = new Map([["Stock", "b".repeat(16)]]);
    far.send({
      kind: "hello",
      version: 1,
      settings: encodeHello({ settings: defaultLimits, agent: "fake", services }),
    });
    void this.#serve(far);
    return near;
  }

  async #serve(far: Transport<Frame>): Promise<void> {
    const paths = new Map<number, string>();
    for await (const frames of far) {
      for (const frame of frames) {
        if (frame.kind === "cancel") this.cancelled.push(paths.get(frame.stream) ?? "");
        if (frame.kind === "ping") far.send({ kind: "pong", opaque: Uint8Array.from(frame.opaque) });
        if (frame.kind !== "open") continue;
        paths.set(frame.stream, frame.path);
        this.opened.push(`${frame.path} ${frame.positional ? "positional" : "named"}`);
        const answer = frame.path === take.path ? [answerOf(frame, encodeValue(101))] : this.#answer(frame, this);
        for (const each of answer) far.send(each);
      }
    }
    await far.close();
  }

  send(frame: Frame): void {
    this.#far?.send(frame);
  }

  take(): Promise<unknown> {
    return this.channel.unary(take, [1]);
  }
}

function answerOf({ stream }: OpenFrame, body: Uint8Array, end = true): Frame {
  return { kind: "message", stream, first: true, last: true, end, total: body.length, ...spanOf(body) };
}

function failureOf({ stream }: OpenFrame, code: "unimplemented" | "not-found" | "permission-denied"): Frame {
  return { kind: "end", stream, code: codeNumber(code), outcome: nothing };
}

const fingerprint = new Uint8Array(16).fill(0xaa);
const many = Object.fromEntries(Array.from({ length: 1024 }, (_, n) => [`method${n}`, fingerprint]));

test.each<[what: string, answer: (open: OpenFrame) => readonly Frame[]]>([
  ["unimplemented", (open) => [failureOf(open, "unimplemented")]],
  ["permission-denied", (open) => [failureOf(open, "permission-denied")]],
  ["an END without an answer", ({ stream }) => [{ kind: "end", stream, code: 0, outcome: nothing }]],
  [
    "two answers",
    (open) => [answerOf(open, encodeValue({ take: fingerprint }), false), answerOf(open, encodeValue({}))],
  ],
  ["more than 1,024 methods", (open) => [answerOf(open, encodeValue({ ...many, take: fingerprint }))]],
  ["an array", (open) => [answerOf(open, encodeValue([fingerprint]))]],
  ["nil", (open) => [answerOf(open, encodeValue(null))]],
  ["bytes that are no msgpack", (open) => [answerOf(open, Buffer.of(0xc1))]],
  ["the key __proto__", (open) => [answerOf(open, Buffer.from("81a95f5f70726f746f5f5fc400", "hex"))]],
  [
    "a fingerprint of 15 bytes",
    (open) => [answerOf(open, encodeValue({ take: fingerprint, put: fingerprint.subarray(1) }))],
  ],
  [
    "a fingerprint of 17 bytes",
    (open) => [answerOf(open, encodeValue({ take: fingerprint, put: new Uint8Array(17) }))],
  ],
  ["a fingerprint as text", (open) => [answerOf(open, encodeValue({ take: fingerprint, put: "a".repeat(32) }))]],
  ["a fingerprint as a map", (open) => [answerOf(open, encodeValue({ take: fingerprint, put: {} }))]],
])("%s as the answer means maps, and nothing is asked again", async (_, answer) => {
  const server = new FakeServer(answer);
  for (let call = 0; call < 3; call++) {
    expect(await server.take()).toBe(101);
    await new Promise(setImmediate);
  }
  expect(server.opened).toEqual(["Stock/take named", "tautline/methods named", "Stock/take named", "Stock/take named"]);
  expect(server.channel.session).toBeDefined();
  await server.channel.close();
});

// Holds PROTOCOL.md §16.5.
test("1,024 methods are listened to", async () => {
  const { method0: _, ...others } = many;
  const server = new FakeServer((open) => [answerOf(open, encodeValue({ ...others, take: fingerprint }))]);
  for (let call = 0; call < 2; call++) expect(await server.take()).toBe(101);
  await new Promise(setImmediate);
  // Which this server does not read.
  await expect(server.take()).rejects.toMatchObject({ code: "internal" });
  expect(server.opened.at(-1)).toBe("Stock/take positional");
  await server.channel.close();
});

// Holds PROTOCOL.md §16.5.
test("a server that never answers the question is left alone after 10 s, and calls go on meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const server = new FakeServer(() => []);
  expect(await server.take()).toBe(101);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(await server.take()).toBe(101);
  expect(server.cancelled).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.cancelled).toEqual(["tautline/methods"]);
  expect(await server.take()).toBe(101);
  expect(server.opened.filter((call) => call !== "Stock/take named")).toEqual(["tautline/methods named"]);
  await server.channel.close();
});

test("an answer that does not end with the first is cut off by the second, and means maps", async () => {
  let asked: OpenFrame | undefined;
  const server = new FakeServer((open) => {
    asked = open;
    return [];
  });
  expect(await server.take()).toBe(101);
  if (asked === undefined) throw new Error("nothing was asked");
  server.send(answerOf(asked, encodeValue({ take: fingerprint }), false));
  expect(await server.take()).toBe(101);
  expect(server.cancelled).toEqual([]);
  server.send(answerOf(asked, encodeValue({ take: fingerprint }), false));
  expect(await server.take()).toBe(101);
  await new Promise(setImmediate);
  expect(server.cancelled).toEqual(["tautline/methods"]);
  expect(await server.take()).toBe(101);
  expect(server.opened.at(-1)).toBe("Stock/take named");
  await server.channel.close();
});

test("a channel that closes does not wait for the answer", async () => {
  const server = new FakeServer(() => []);
  expect(await server.take()).toBe(101);
  await new Promise(setImmediate);
  expect(server.opened).toContain("tautline/methods named");
  await server.channel.close({ graceMs: 60_000 });
});
