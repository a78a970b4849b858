import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connectSocket, lengthPrefixed, PayloadPart, type Framing } from "../dist/index.js";
import { SocketReads } from "../dist/socket-reads.js";
import { encodeAll } from "./support/frames.js";

/** What a socket would read into next, for as long as nothing is read. */
function memoryOf({ onread }: SocketReads): Uint8Array {
  return typeof onread.buffer === "function" ? onread.buffer() : onread.buffer;
}

function read(reads: SocketReads, text: string): Uint8Array {
  const memory = memoryOf(reads);
  reads.onread.callback(Buffer.from(text).copy(memory), memory);
  return memory;
}

test("one piece of memory is read into again and again, while nobody looks at it for longer", () => {
  const reads = new SocketReads(100);
  const heard: string[] = [];
  reads.take = (chunk) => {
    heard.push(chunk.toString());
    return false;
  };
  const used = new Set(["a", "few", "chunks"].map((text) => read(reads, text)));
  expect([heard, used.size]).toEqual([["a", "few", "chunks"], 1]);
});

test("memory that somebody looks at stays as it is until the next chunk but one", () => {
  const reads = new SocketReads(100);
  const kept: Buffer[] = [];
  reads.take = (chunk) => kept.push(chunk) > 0;
  const used = new Set(["one", "two", "red", "ten"].map((text) => read(reads, text)));
  expect([used.size, kept[2]?.toString(), kept[3]?.toString()]).toEqual([2, "red", "ten"]);
});

/** A client of a server that sends `bytes` and ends. */
async function receiving<Item>(bytes: Buffer, framing: Framing<Item, Uint8Array>) {
  const server = createServer((socket: Socket) => void socket.end(bytes));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return connectSocket({ host: "127.0.0.1", port, framing, insecure: true });
}

test("payloads stay as they came, however long they are kept", async () => {
  const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });
  const payloads = Array.from({ length: 3000 }, (_, index) => Buffer.alloc((index * 37) % 700, index));
  payloads.push(Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2));
  const client = await receiving(encodeAll(framing, payloads), framing);
  const kept: Uint8Array[] = [];
  for await (const items of client) {
    kept.push(...items);
    // Others read meanwhile, and the consumer does not wait.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(kept.length).toBe(payloads.length);
  expect(kept.every((item, index) => Buffer.compare(item, payloads[index] ?? Buffer.alloc(0)) === 0)).toBe(true);
  await client.close();
});

test("parts stay as they came for as long as their step takes, while more is read", async () => {
  const framing = lengthPrefixed({
    maxFrameBytes: 1 << 24,
    write: (item: Uint8Array, batch) => batch.append(item),
    read: (bytes, from, to) => bytes.subarray(from, to),
    takesParts: () => true,
  });
  const payload = randomBytes(1 << 21);
  const client = await receiving(encodeAll(framing, [payload]), framing);
  const parts: Buffer[] = [];
  for await (const items of client) {
    // More is read in these turns.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const item of items)
      parts.push(Buffer.from(item instanceof PayloadPart ? item.bytes.subarray(item.from, item.to) : item));
  }
  expect(Buffer.compare(Buffer.concat(parts), payload)).toBe(0);
  await client.close();
});
