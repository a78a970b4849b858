import { expect, it } from "vitest";
import { ItemQueue } from "../dist/item-queue.js";
import { spanOf, viewOf } from "../dist/span.js";

/** A queue whose items are one number each, and what its owner heard. */
function queueOfNumbers(): { queue: ItemQueue<number>; log: string[]; push: (value: number) => void } {
  const log: string[] = [];
  const queue = new ItemQueue<number>({
    decode: (span) => {
      const [value = 0] = viewOf(span);
      if (value === 13) throw new Error("unlucky");
      return value;
    },
    release: (cost) => log.push(`release ${cost}`),
    started: () => log.push("started"),
    left: (error) => log.push(`left ${error instanceof Error ? error.message : "without error"}`),
  });
  return { queue, log, push: (value) => queue.push(spanOf(Uint8Array.of(value)), 100 + value) };
}

const end = { done: true, value: undefined };

it("gives items in order, and releases each when it is taken and not before", async () => {
  const { queue, log, push } = queueOfNumbers();
  push(1);
  push(2);
  expect(log).toEqual([]);
  expect(await queue.next()).toEqual({ done: false, value: 1 });
  expect(log).toEqual(["started", "release 101"]);
  expect(await queue.next()).toEqual({ done: false, value: 2 });
  queue.finish();
  expect(await queue.next()).toEqual(end);
  expect(log).toEqual(["started", "release 101", "release 102"]);
});

it("says once that it was started, at the first request", async () => {
  const { queue, log } = queueOfNumbers();
  expect(queue[Symbol.asyncIterator]()).toBe(queue);
  const waiting = [queue.next(), queue.next()];
  expect(log).toEqual(["started"]);
  queue.finish();
  expect(await Promise.all(waiting)).toEqual([end, end]);
});

it("begins nothing for who leaves before the first request", async () => {
  const leave: ((queue: ItemQueue<number>) => Promise<unknown>)[] = [
    (queue) => queue.return(),
    (queue) => queue.throw(new Error("mine")).catch(() => {}),
  ];
  for (const left of leave) {
    const { queue, log } = queueOfNumbers();
    await left(queue);
    expect(await queue.next()).toEqual(end);
    expect(log).toEqual(["left without error"]);
  }
});

it("gives what arrives to those who wait, in the order in which they asked", async () => {
  const { queue, push } = queueOfNumbers();
  const waiting = [queue.next(), queue.next(), queue.next()];
  push(1);
  push(2);
  queue.finish();
  expect(await Promise.all(waiting)).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }, end]);
});

it("gives what is there before it throws a failure, once", async () => {
  const { queue, push } = queueOfNumbers();
  push(1);
  queue.finish({ error: new Error("lost") });
  expect(await queue.next()).toEqual({ done: false, value: 1 });
  await expect(queue.next()).rejects.toThrowError("lost");
  expect(await queue.next()).toEqual(end);
});

it("fails the first of those who wait, and ends the others", async () => {
  const { queue } = queueOfNumbers();
  const waiting = [queue.next(), queue.next()];
  queue.finish({ error: new Error("lost") });
  expect(await Promise.allSettled(waiting)).toMatchObject([
    { status: "rejected", reason: { message: "lost" } },
    { status: "fulfilled", value: end },
  ]);
});

it("ends at once when the loop is left, releases what nobody took, and tells its owner", async () => {
  const { queue, log, push } = queueOfNumbers();
  for (const value of [1, 2, 3]) push(value);
  for await (const value of queue) {
    expect(value).toBe(1);
    break;
  }
  expect(log).toEqual(["started", "release 101", "release 102", "release 103", "left without error"]);
  expect(await queue.next()).toEqual(end);
  push(4);
  expect(log.at(-1)).toBe("release 104");
});

it("ends a pending request when it is left", async () => {
  const { queue, log } = queueOfNumbers();
  const pending = queue.next();
  await queue.return();
  expect(await pending).toEqual(end);
  expect(log).toEqual(["started", "left without error"]);
});

it("tells its owner nothing when it is left behind its end", async () => {
  const { queue, log, push } = queueOfNumbers();
  push(1);
  queue.finish({ error: new Error("nobody will see it") });
  await queue.return();
  expect(log).toEqual(["release 101"]);
  expect(await queue.next()).toEqual(end);
});

it("rejects what is thrown into it with that error, and is left", async () => {
  const { queue, log } = queueOfNumbers();
  await expect(queue.throw(new Error("mine"))).rejects.toThrowError("mine");
  expect(log).toEqual(["left without error"]);
});

it("throws where an item cannot be decoded, and is left with that error", async () => {
  const { queue, log, push } = queueOfNumbers();
  push(13);
  push(2);
  await expect(queue.next()).rejects.toThrowError("unlucky");
  expect(log).toEqual(["started", "release 113", "release 102", "left unlucky"]);
  expect(await queue.next()).toEqual(end);
});

it("throws to the one who waits for an item that cannot be decoded", async () => {
  const { queue, log, push } = queueOfNumbers();
  const waiting = [queue.next(), queue.next()];
  push(13);
  await expect(waiting[0]).rejects.toThrowError("unlucky");
  expect(await waiting[1]).toEqual(end);
  expect(log).toEqual(["started", "release 113", "left unlucky"]);
});

it("keeps small items that wait, and not the chunks that they came in", async () => {
  const decoded: Buffer[] = [];
  const queue = new ItemQueue<number>({
    decode: ({ bytes }) => decoded.push(bytes),
    release() {},
    started() {},
    left() {},
  });
  for (let item = 0; item < 10; item++) queue.push({ bytes: Buffer.alloc(16 * 1024), from: 5, to: 6 }, 33);
  for (let item = 0; item < 10; item++) await queue.next();
  expect(decoded.map(({ length }) => length)).toEqual([16 * 1024, ...new Array<number>(9).fill(1)]);
});
