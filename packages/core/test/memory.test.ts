import { expect, test } from "vitest";
import { type Framing, lengthPrefixed, memoryPair } from "../dist/index.js";
import { readAll } from "./support/transports.js";

const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });

test("items cross in both directions, and both ends end cleanly", async () => {
  const [left, right] = memoryPair(framing);
  left.send(Buffer.from("to the right"));
  right.send(Buffer.from("to the left"));
  void left.close();
  void right.close();
  expect(await readAll(right)).toEqual({ texts: ["to the right"], error: undefined });
  expect(await readAll(left)).toEqual({ texts: ["to the left"], error: undefined });
  await Promise.all([left.closed, right.closed]);
});

test("the ends share no memory, whatever the framing references", async () => {
  const chunks: Framing<Uint8Array> = {
    encode: (item, batch) => batch.append(item),
    decoder: () => ({ push: (chunk, items) => void items.push(chunk), bufferedBytes: 0 }),
  };
  const [left, right] = memoryPair(chunks);
  const body = Buffer.alloc(50_000, 1);
  left.send(body);
  const { value } = await right[Symbol.asyncIterator]().next();
  body.fill(9);
  expect(Buffer.from(value?.[0] ?? []).equals(Buffer.alloc(50_000, 1))).toBe(true);
  left.abort();
});

test("an endless sender is stopped by a reader that does not read", async () => {
  const [left, right] = memoryPair(framing, { highWaterBytes: 10_000, readAheadBytes: 10_000 });
  let sent = 0;
  for (let turns = 0; turns < 100; turns++) {
    while (left.writable) {
      left.send(Buffer.alloc(1000));
      sent += 1000;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sent).toBeLessThan(200_000);
  expect(left.queuedBytes).toBeGreaterThanOrEqual(10_000);
  expect(left.queuedBytes).toBeLessThan(30_000);

  let received = 0;
  for await (const items of right) {
    for (const item of items) received += item.length;
    if (received === sent) break;
  }
  await left.drained();
  expect(left.writable).toBe(true);
  left.abort();
});

test("an abort of one end is a reset at the other", async () => {
  const [left, right] = memoryPair(framing);
  left.abort();
  expect((await readAll(right)).error).toMatchObject({ code: "reset" });
  await Promise.all([left.closed, right.closed]);
});
