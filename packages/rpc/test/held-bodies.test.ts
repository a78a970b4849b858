import { expect, it } from "vitest";
import { HeldBodies, type HeldBody } from "../dist/held-bodies.js";
import { lengthOf, viewOf, type Span } from "../dist/span.js";

const chunkBytes = 16 * 1024;

/** So many messages of one byte each, in a chunk that has whatever else beside them. */
function chunkOf(messages: number): Span[] {
  const bytes = Buffer.alloc(chunkBytes, 7);
  return Array.from({ length: messages }, (_, from) => ({ bytes, from, to: from + 1 }));
}

const cost = 33;

it("a message that is nearly all of its chunk is kept as it came, however many wait", () => {
  const held = new HeldBodies();
  for (let message = 0; message < 100; message++) {
    const body = { bytes: Buffer.alloc(chunkBytes), from: 100, to: chunkBytes };
    expect(held.hold(body, lengthOf(body) + 32).body).toBe(body);
  }
});

it("messages that fill their chunks together are kept as they came", () => {
  const held = new HeldBodies();
  for (let chunk = 0; chunk < 10; chunk++) {
    for (const body of chunkOf(200)) expect(held.hold(body, cost).body).toBe(body);
  }
  expect(held.bytes).toBe(10 * chunkBytes);
});

it("small messages in large chunks keep no more than 16 KiB and four times what was charged", () => {
  const held = new HeldBodies();
  let charged = 0;
  for (let message = 0; message < 500; message++) {
    const [body] = chunkOf(1) as [Span];
    const kept = held.hold(body, cost);
    charged += cost;
    expect([...viewOf(kept.body)]).toEqual([7]);
    expect(held.bytes).toBeLessThanOrEqual(chunkBytes + 4 * charged);
  }
});

it("a copy has memory of its own, as long as the message", () => {
  const held = new HeldBodies();
  const all = Array.from({ length: 3 }, () => held.hold((chunkOf(1) as [Span])[0], cost));
  expect(all.map(({ body }) => body.bytes.buffer.byteLength)).toEqual([chunkBytes, 1, 1]);
});

it("what has left makes room, and does not pay for what comes behind it", () => {
  const held = new HeldBodies();
  const queue: HeldBody[] = [];
  // A reader that keeps up is charged 100 MB in all, and a chunk of it waits.
  for (let chunk = 0; chunk < 100; chunk++) {
    for (const body of chunkOf(100)) queue.push(held.hold(body, 10_000));
    while (queue.length > 1) held.release(queue.shift() as HeldBody);
  }
  for (let message = 0; message < 100; message++) queue.push(held.hold((chunkOf(1) as [Span])[0], cost));
  expect(held.bytes).toBeLessThanOrEqual(chunkBytes + 4 * (10_000 + 100 * cost));
  for (const each of queue) held.release(each);
  expect(held.bytes).toBe(0);
});
