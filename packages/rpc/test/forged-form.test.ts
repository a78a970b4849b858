// A client made by hand that says one form and sends another, or asks for what it should not: each costs its call alone.
import { connectSocket, type Transport } from "@tautline/core";
import { expect, test } from "vitest";
import { codeOf } from "../dist/code.js";
import { decodeValue, encodeValue } from "../dist/codec.js";
import { decodeOutcome, encodeHello } from "../dist/envelope.js";
import { encodePayload } from "../dist/form.js";
import type { Frame, OpenFrame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { spanOf, viewOf } from "../dist/span.js";
import { openFrame } from "./support/sessions.js";
import { methodOf, serveStock, StockDesk } from "./support/stock-bench.js";
import { stockService, type Version } from "./support/stock.js";

/** Speaks frames, and answers nothing. */
class FrameClient {
  readonly #transport: Transport<Frame>;
  readonly #frames: AsyncIterator<Frame>;
  #stream = -1;

  private constructor(transport: Transport<Frame>) {
    this.#transport = transport;
    this.#frames = framesOf(transport);
    const services = new Map<string, string>();
    this.send({ kind: "hello", version: 1, settings: encodeHello({ settings: defaultLimits, agent: "", services }) });
  }

  static async connect(port: number): Promise<FrameClient> {
    const signal = new AbortController().signal;
    const framing = frameFraming(defaultLimits);
    const place = { host: "127.0.0.1", port };
    return new FrameClient(await connectSocket({ ...place, framing, insecure: true, signal, timeoutMs: Infinity }));
  }

  send(frame: Frame): void {
    this.#transport.send(frame);
  }

  open(path: string, body: Uint8Array, more: Partial<OpenFrame> = {}): void {
    this.#stream += 2;
    this.send(openFrame(this.#stream, body, { path, end: true, ...more }));
  }

  item(body: Uint8Array): void {
    const { length: total } = body;
    this.send({ kind: "message", stream: this.#stream, first: true, last: true, end: true, total, ...spanOf(body) });
  }

  /** How the last call ends: its answer, or its failure. */
  async answer(): Promise<unknown> {
    for (;;) {
      const { value: frame } = (await this.#frames.next()) as { value: Frame | undefined };
      if (frame === undefined || frame.kind === "go-away") throw new Error("the connection has ended");
      if (frame.kind === "message" && frame.stream === this.#stream) return decodeValue(viewOf(frame), defaultLimits);
      if (frame.kind === "end" && frame.stream === this.#stream) {
        return { code: codeOf(frame.code), executed: decodeOutcome(frame.outcome).executed };
      }
    }
  }

  async close(): Promise<void> {
    void this.#transport.close();
    while ((await this.#frames.next()).done !== true);
  }
}

async function* framesOf(transport: Transport<Frame>): AsyncGenerator<Frame> {
  for await (const frames of transport) yield* frames;
}

/** Runs `work` at a server of Stock, and sees that its connection serves another call behind it. */
async function atServer(
  version: Version | undefined,
  work: (client: FrameClient, desk: StockDesk) => Promise<void>,
): Promise<void> {
  const desk = new StockDesk();
  const server = await serveStock(stockService(version), desk);
  const { port } = server.address;
  if (port === undefined) throw new TypeError("the server has no port");
  const client = await FrameClient.connect(port);
  await work(client, desk);
  client.open("Stock/take", named);
  expect(await client.answer()).toBe(101);
  await client.close();
  await server.close();
}

const named = encodeValue([1]);
const byPosition = (version: Version): Uint8Array =>
  viewOf(encodePayload(methodOf(stockService(version), "take").request, [1], "positional"));

test("POSITIONAL for a method without that form is unimplemented", () =>
  atServer(undefined, async (client) => {
    client.open("Stock/take", byPosition("a"), { positional: true });
    expect(await client.answer()).toEqual({ code: "unimplemented", executed: "no" });
  }));

test("POSITIONAL with arguments that another version wrote, or named ones, is an invalid argument", () =>
  atServer("b", async (client) => {
    client.open("Stock/take", byPosition("b"), { positional: true });
    expect(await client.answer()).toEqual(["b", 101]);
    for (const body of [byPosition("a"), named, encodeValue([]), Buffer.of(0xc1)]) {
      client.open("Stock/take", body, { positional: true });
      expect(await client.answer()).toEqual({ code: "invalid-argument", executed: "no" });
    }
  }));

test("positional arguments without the flag are an invalid argument", () =>
  atServer("b", async (client) => {
    client.open("Stock/take", byPosition("b"));
    expect(await client.answer()).toEqual({ code: "invalid-argument", executed: "no" });
  }));

test("an item in another form than its stream fails the call", () =>
  atServer("b", async (client) => {
    for (const [positional, item] of [
      [true, encodeValue(5)],
      [false, byPosition("b")],
    ] as const) {
      client.open("Stock/load", positional ? byPosition("b") : named, { positional, end: false });
      client.item(item);
      expect(await client.answer()).toMatchObject({ code: "invalid-argument" });
    }
  }));

test("a one-way call in another form than it says never reaches its handler", () =>
  atServer("b", async (client, desk) => {
    client.open("Stock/note", named, { oneWay: true, positional: true });
    client.open("Stock/note", byPosition("b"), { oneWay: true });
    client.open("Stock/note", byPosition("b"), { oneWay: true, positional: true });
    // One-way calls keep their order, on a busy server as well: the two before it are over.
    while (desk.notes.length === 0) await new Promise(setImmediate);
    expect(desk.notes).toEqual([1]);
  }));

// Holds PROTOCOL.md §16.4.
test("the question for methods is answered for services with a fingerprint, and for nothing else", async () => {
  const question = (service: unknown): Uint8Array => encodeValue([service]);
  await atServer("b", async (client) => {
    client.open("tautline/methods", question("Stock"));
    const fingerprint = Buffer.alloc(16, 0xbb);
    expect(await client.answer()).toEqual({
      take: fingerprint,
      sell: fingerprint,
      watch: fingerprint,
      load: fingerprint,
      relay: fingerprint,
      note: fingerprint,
    });
    for (const service of ["Other", "tautline", "", "constructor"]) {
      client.open("tautline/methods", question(service));
      expect(await client.answer()).toMatchObject({ code: "not-found" });
    }
    client.open("tautline/methods", question(7));
    expect(await client.answer()).toMatchObject({ code: "invalid-argument" });
    client.open("tautline/methods", question("Stock"), { positional: true });
    expect(await client.answer()).toMatchObject({ code: "unimplemented" });
    client.open("tautline/other", question("Stock"));
    expect(await client.answer()).toMatchObject({ code: "unimplemented" });
  });
  await atServer(undefined, async (client) => {
    client.open("tautline/methods", question("Stock"));
    expect(await client.answer()).toMatchObject({ code: "not-found" });
  });
});
