import { Duplex } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { FramedTransport, type Framing, lengthPrefixed, TransportError, type TransportOptions } from "../dist/index.js";
import { linkedStreams } from "../dist/memory.js";
import { encodeAll } from "./support/frames.js";
import { readAll } from "./support/transports.js";

const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });
const peer = { kind: "memory", address: "there", tls: undefined } as const;
const frame = (text: string): Buffer => encodeAll(framing, [Buffer.from(text)]);
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** A transport over one end of a linked pair, and the bare other end. */
function pair(options: TransportOptions = {}): {
  transport: FramedTransport<Uint8Array>;
  other: Duplex;
  stream: Duplex;
} {
  const [stream, other] = linkedStreams();
  other.on("error", () => {});
  return { transport: new FramedTransport(stream, { framing, peer, ...options }), other, stream };
}

/** A stream that counts writes, and finishes none before it is told to. */
class CountingStream extends Duplex {
  readonly writes: Buffer[] = [];
  #pending: (() => void)[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: () => void): void {
    this.writes.push(chunk);
    this.#pending.push(written);
  }

  override _writev(chunks: { chunk: Buffer }[], written: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "binary", written);
  }

  finishWrites(): void {
    for (const written of this.#pending.splice(0)) written();
  }
}

test("the sends of one turn are one write", async () => {
  const stream = new CountingStream();
  const transport = new FramedTransport(stream, { framing, peer });
  const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`);
  for (const text of texts) transport.send(Buffer.from(text));
  expect(stream.writes).toHaveLength(0);
  await tick();
  expect(stream.writes.map(String)).toEqual([Buffer.concat(texts.map(frame)).toString()]);
});

test("a batch of more than 16 KiB is written before the turn ends", () => {
  const stream = new CountingStream();
  const transport = new FramedTransport(stream, { framing, peer });
  for (let index = 0; index < 20; index++) transport.send(Buffer.alloc(1000));
  expect(stream.writes).toHaveLength(1);
});

test("large bodies and the frames around them are one write", async () => {
  const stream = new CountingStream();
  const transport = new FramedTransport(stream, { framing, peer });
  const bodies = [Buffer.from("before"), Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2), Buffer.from("after")];
  for (const body of bodies) transport.send(body);
  await tick();
  expect(stream.writes).toHaveLength(1);
  expect(stream.writes[0]?.equals(encodeAll(framing, bodies))).toBe(true);
});

/** Frames whose memory is waited for. */
function awaited(told: string[]): Framing<Uint8Array> {
  return lengthPrefixed({
    maxFrameBytes: 1 << 20,
    write: (item: Uint8Array, batch) => {
      batch.append(item);
      batch.whenWritten(() => told.push(`${item.length}`));
    },
  });
}

test("whoever waits for memory is told once its write is over, and not before", async () => {
  const stream = new CountingStream();
  const told: string[] = [];
  const transport = new FramedTransport(stream, { framing: awaited(told), peer, releasesWritten: true });
  transport.send(Buffer.alloc(20_000));
  transport.send(Buffer.alloc(10));
  await tick();
  expect(told).toEqual([]);
  stream.finishWrites();
  await tick();
  stream.finishWrites();
  await tick();
  expect(told).toEqual(["20000", "10"]);
});

test("nobody is told of memory that the stream may still read, or whose write failed", async () => {
  const told: string[] = [];
  const kept = new CountingStream();
  new FramedTransport(kept, { framing: awaited(told), peer }).send(Buffer.alloc(20_000));
  const broken = new CountingStream();
  const transport = new FramedTransport(broken, { framing: awaited(told), peer, releasesWritten: true });
  transport.send(Buffer.alloc(20_000));
  await tick();
  kept.finishWrites();
  transport.abort();
  await transport.closed;
  await tick();
  expect(told).toEqual([]);
});

test("send says when to stop, and all who wait share one promise until there is room", async () => {
  const stream = new CountingStream();
  const transport = new FramedTransport(stream, { framing, peer, highWaterBytes: 1000 });
  expect(transport.send(Buffer.alloc(500))).toBe(true);
  expect(transport.writable).toBe(true);
  expect(transport.send(Buffer.alloc(500))).toBe(false);
  expect(transport.writable).toBe(false);
  expect(transport.queuedBytes).toBe(1008);
  expect(transport.sentBytes).toBe(0);
  const waits = Array.from({ length: 20 }, () => transport.drained());
  expect(new Set(waits).size).toBe(1);
  await tick();
  expect(transport.queuedBytes).toBe(1008);
  stream.finishWrites();
  await waits[0];
  expect(transport.writable).toBe(true);
  expect(transport.queuedBytes).toBe(0);
  expect(transport.sentBytes).toBe(1008);
  expect(stream.listenerCount("drain")).toBe(0);
});

test("who waits for room is released when the connection ends", async () => {
  const { transport, other } = pair({ highWaterBytes: 10 });
  transport.send(Buffer.alloc(100_000));
  const waiting = transport.drained();
  other.destroy();
  await waiting;
  expect(transport.send(Buffer.from("late"))).toBe(false);
  await transport.drained();
});

test("an item whose encoder throws reaches the caller and leaves nothing behind", async () => {
  const texts = lengthPrefixed<string>({
    maxFrameBytes: 100,
    write: (text, batch) => {
      batch.append(Buffer.from(text));
      if (text === "bad") throw new RangeError("cannot be written");
    },
  });
  const stream = new CountingStream();
  const transport = new FramedTransport(stream, { framing: texts, peer });
  transport.send("one");
  expect(() => transport.send("bad")).toThrowError(RangeError);
  expect(() => transport.send("x".repeat(101))).toThrowError(expect.objectContaining({ code: "frame-too-large" }));
  transport.send("two");
  await tick();
  expect(Buffer.concat(stream.writes).toString("latin1")).toBe("\0\0\0\x03one\0\0\0\x03two");
});

test("all items of a chunk are handed over as one array", async () => {
  const { transport, other } = pair();
  other.write(Buffer.concat([frame("a"), frame("b"), frame("c")]));
  const { value } = await transport[Symbol.asyncIterator]().next();
  expect(value?.map(String)).toHaveLength(3);
  transport.abort();
});

test("reading stops while nobody takes the items, and goes on when somebody does", async () => {
  const { transport, other, stream } = pair({ readAheadBytes: 10_000 });
  const chunk = encodeAll(framing, [Buffer.alloc(4996)]);
  for (let turns = 0; turns < 100; turns++) {
    for (let writes = 0; writes < 20 && !other.writableNeedDrain; writes++) other.write(chunk);
    await tick();
  }
  expect(stream.isPaused()).toBe(true);
  expect(transport.receivedBytes).toBeLessThanOrEqual(15_000);
  const marks = other.writableHighWaterMark + stream.readableHighWaterMark;
  expect(other.writableLength + stream.readableLength).toBeLessThanOrEqual(marks + 2 * chunk.length);
  const iterator = transport[Symbol.asyncIterator]();
  const before = transport.receivedBytes;
  await iterator.next();
  await iterator.next();
  expect(transport.receivedBytes).toBeGreaterThan(before);
  transport.abort();
});

test("an end at a boundary ends the iteration, and sending goes on", async () => {
  const { transport, other } = pair();
  other.end(frame("last"));
  expect(await readAll(transport)).toEqual({ texts: ["last"], error: undefined });
  expect(transport.send(Buffer.from("reply"))).toBe(true);
  void transport.close();
  expect(Buffer.concat(await other.toArray()).toString()).toBe(frame("reply").toString());
  await transport.closed;
});

test("an end inside a frame is a truncation", async () => {
  for (const cutAt of [1, 4, 6]) {
    const { transport, other } = pair();
    other.end(Buffer.concat([frame("whole"), frame("half").subarray(0, cutAt)]));
    const { texts, error } = await readAll(transport);
    expect(texts).toEqual(["whole"]);
    expect(error).toMatchObject({ code: "truncated", message: expect.stringContaining(`${cutAt} bytes`) });
    await transport.closed;
  }
});

test("a broken stream is a reset, after what had arrived", async () => {
  const { transport, other } = pair();
  other.write(frame("before"));
  await tick();
  other.destroy();
  const { texts, error } = await readAll(transport);
  expect(texts).toEqual(["before"]);
  expect(error).toMatchObject({ code: "reset", cause: { code: "ECONNRESET" } });
});

test("after bytes that cannot be decoded, input is dropped and last words still reach the peer", async () => {
  const { transport, other } = pair();
  other.write(Buffer.concat([frame("good"), Buffer.from("ffffffff", "hex")]));
  const { texts, error } = await readAll(transport);
  expect(texts).toEqual(["good"]);
  expect(error).toMatchObject({ code: "frame-too-large" });

  expect(transport.send(Buffer.from("you sent too much"))).toBe(true);
  void transport.close();
  // Far more than any buffer on the way holds: it must be read, or this would stall.
  for (let index = 0; index < 100; index++) {
    if (!other.write(Buffer.alloc(10_000))) await new Promise((resolve) => other.once("drain", resolve));
  }
  other.end();
  expect(Buffer.concat(await other.toArray()).toString()).toBe(frame("you sent too much").toString());
  await transport.closed;
});

test("a decoder that fails in its own way ends the iteration with its error", async () => {
  const [stream, other] = linkedStreams();
  other.on("error", () => {});
  const failure = new RangeError("broken decoder");
  const failing: Framing<Uint8Array> = {
    ...framing,
    decoder: () => ({
      push: () => {
        throw failure;
      },
      bufferedBytes: 0,
    }),
  };
  const transport = new FramedTransport(stream, { framing: failing, peer });
  other.write("x");
  expect((await readAll(transport)).error).toBe(failure);
  transport.abort();
});

test("leaving the loop drops what still arrives and closes gracefully", async () => {
  const { transport, other } = pair();
  other.write(frame("first"));
  for await (const items of transport) {
    expect(items.map(String)).toHaveLength(1);
    transport.send(Buffer.from("enough"));
    break;
  }
  other.end(Buffer.alloc(200_000));
  expect(Buffer.concat(await other.toArray()).toString()).toBe(frame("enough").toString());
  await transport.closed;
});

test("who goes on for 8 MiB behind our end is destroyed, and not before", async () => {
  const stream = new CountingStream({ allowHalfOpen: true });
  const transport = new FramedTransport(stream, { framing, peer });
  await transport[Symbol.asyncIterator]().return?.();
  const chunk = Buffer.alloc(1 << 20);
  for (let pushed = 0; pushed < 8; pushed++) {
    stream.push(chunk);
    await tick();
  }
  expect(stream.destroyed).toBe(false);
  stream.push(Buffer.alloc(1));
  await transport.closed;
  expect(stream.destroyed).toBe(true);
});

test("an abort throws its reason out of the iteration and drops what waits", async () => {
  const { transport, other, stream } = pair();
  other.write(frame("unread"));
  await tick();
  transport.send(Buffer.from("unsent"));
  const reason = new Error("enough");
  transport.abort(reason);
  expect(await readAll(transport)).toEqual({ texts: [], error: reason });
  await transport.closed;
  expect(stream.destroyed).toBe(true);
  expect(transport.queuedBytes).toBe(0);
  expect(other.read()).toBeNull();
});

test("an abort without a reason says that this end did it", async () => {
  const { transport } = pair();
  const reading = readAll(transport);
  transport.abort();
  expect((await reading).error).toMatchObject({ code: "closed" });
});

test("an end is told once, and only the first", async () => {
  const { transport, other } = pair();
  other.destroy();
  const iterator = transport[Symbol.asyncIterator]();
  await expect(iterator.next()).rejects.toMatchObject({ code: "reset" });
  transport.abort(new Error("later"));
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test("send after close does nothing", async () => {
  const { transport, other } = pair();
  transport.send(Buffer.from("sent"));
  void transport.close();
  expect(transport.send(Buffer.from("too late"))).toBe(false);
  expect(transport.writable).toBe(false);
  other.end();
  expect(Buffer.concat(await other.toArray()).toString()).toBe(frame("sent").toString());
  await readAll(transport);
  await transport.closed;
});

test("a second consumer and a second waiting next are refused", async () => {
  const { transport } = pair();
  const iterator = transport[Symbol.asyncIterator]();
  expect(() => transport[Symbol.asyncIterator]()).toThrowError(/one consumer/);
  const first = iterator.next();
  await expect(iterator.next()).rejects.toThrowError(/another next/);
  transport.abort();
  await expect(first).rejects.toBeInstanceOf(TransportError);
});

test("no listener is left on the stream after the end", async () => {
  const { transport, other, stream } = pair();
  const [untouched] = linkedStreams();
  other.end();
  await readAll(transport);
  await transport.close();
  for (const event of stream.eventNames()) {
    expect(stream.listenerCount(event), String(event)).toBe(untouched.listenerCount(event));
  }
});

test("bounds that cannot be meant are refused by name", () => {
  expect(() => pair({ highWaterBytes: 0 })).toThrowError(expect.objectContaining({ code: "bad-option" }));
  expect(() => pair({ readAheadBytes: 0.5 })).toThrowError(/readAheadBytes/);
});

test("a frame that does not become whole in time ends the iteration with timeout, and the owner can still say so", async () => {
  fakeTimers();
  const { transport, other } = pair({ frameTimeoutMs: 1000 });
  const heard: Buffer[] = [];
  other.on("data", (chunk: Buffer) => heard.push(chunk));
  const iterator = transport[Symbol.asyncIterator]();
  other.write(Buffer.concat([frame("whole"), frame("half").subarray(0, 6)]));
  expect((await iterator.next()).value).toHaveLength(1);
  const next = iterator.next().catch((error: unknown) => error);
  // A frame became whole in the first period, so that it is the second one that finds the half.
  vi.advanceTimersByTime(2000);
  expect(await next).toMatchObject({ code: "timeout", message: expect.stringContaining("6 bytes") as string });
  transport.send(Buffer.from("too slow"));
  void transport.close();
  other.end();
  await transport.closed;
  expect(Buffer.concat(heard)).toEqual(frame("too slow"));
  expect(vi.getTimerCount()).toBe(0);
});

test("parts of a frame that does not become whole do not hold off its time", async () => {
  fakeTimers();
  const [stream, other] = linkedStreams();
  other.on("error", () => {});
  const parted = lengthPrefixed({
    maxFrameBytes: 1 << 20,
    write: (item: Uint8Array, batch) => batch.append(item),
    read: (bytes, from, to) => bytes.subarray(from, to),
    takesParts: () => true,
  });
  const transport = new FramedTransport(stream, { framing: parted, peer, frameTimeoutMs: 1000 });
  const iterator = transport[Symbol.asyncIterator]();
  const bytes = encodeAll(framing, [Buffer.alloc(1000)]);
  for (let sent = 0; sent < 5; sent++) {
    other.write(bytes.subarray(sent * 100, sent * 100 + 100));
    expect((await iterator.next()).value).toHaveLength(1);
    if (sent < 4) vi.advanceTimersByTime(240);
  }
  const next = iterator.next().catch((error: unknown) => error);
  vi.advanceTimersByTime(40);
  expect(await next).toMatchObject({ code: "timeout", message: expect.stringContaining("500 bytes") as string });
  transport.abort();
  await transport.closed;
});

test("a slow frame among whole ones, and an idle connection, do not time out", async () => {
  fakeTimers();
  const { transport, other } = pair({ frameTimeoutMs: 1000 });
  const iterator = transport[Symbol.asyncIterator]();
  const half = frame("half");
  other.write(half.subarray(0, 6));
  await tick();
  vi.advanceTimersByTime(900);
  other.write(half.subarray(6));
  expect((await iterator.next()).value).toHaveLength(1);
  vi.advanceTimersByTime(100_000);
  other.write(frame("still here"));
  expect((await iterator.next()).value).toHaveLength(1);
  transport.abort();
  await transport.closed;
  expect(vi.getTimerCount()).toBe(0);
});

test("a connection that is refused ends with the error behind what is held, and is destroyed behind its last words", async () => {
  const { transport, other } = pair();
  const iterator = transport[Symbol.asyncIterator]();
  other.write(frame("held"));
  await tick();
  transport.refuse(new TransportError("flooded", "too much"));
  expect((await iterator.next()).value).toHaveLength(1);
  await expect(iterator.next()).rejects.toMatchObject({ code: "flooded" });
  transport.send(Buffer.from("bye"));
  const heard: Buffer[] = [];
  other.on("data", (chunk: Buffer) => heard.push(chunk));
  // The other end does not end its side.
  await transport.close();
  expect(Buffer.concat(heard)).toEqual(frame("bye"));
});

test("a connection of whose bytes none are taken in time is destroyed, with stalled", async () => {
  fakeTimers();
  const stream = new CountingStream({ allowHalfOpen: true });
  const transport = new FramedTransport(stream, { framing, peer, stallTimeoutMs: 1000 });
  const next = transport[Symbol.asyncIterator]()
    .next()
    .catch((error: unknown) => error);
  transport.send(Buffer.from("nobody takes it"));
  await tick();
  vi.advanceTimersByTime(999);
  expect(stream.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stream.destroyed).toBe(true);
  expect(await next).toMatchObject({ code: "stalled", message: expect.stringContaining("1000 ms") as string });
  await transport.closed;
  expect(vi.getTimerCount()).toBe(0);
});

test("a slow reader is no stall as long as it takes something, and neither is one that has nothing to take", async () => {
  fakeTimers();
  const stream = new CountingStream({ allowHalfOpen: true });
  const transport = new FramedTransport(stream, { framing, peer, stallTimeoutMs: 1000 });
  for (let sent = 0; sent < 5; sent++) {
    transport.send(Buffer.from("one of five"));
    await tick();
  }
  for (let taken = 0; taken < 5; taken++) {
    vi.advanceTimersByTime(900);
    stream.finishWrites();
    await tick();
  }
  expect(transport.queuedBytes).toBe(0);
  vi.advanceTimersByTime(100_000);
  expect(stream.destroyed).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  transport.abort();
  await transport.closed;
});
