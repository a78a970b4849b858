import { describe, expect, test } from "vitest";
import { OutOfStockError } from "./support/lab.rpc.js";
import { withBench } from "./support/lab-bench.js";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* list<T>(...items: T[]): AsyncIterable<T> {
  yield* items;
}

describe.each(["memory", "tcp"] as const)("over %s", (over) => {
  // Holds PROTOCOL.md §6.4.3.
  test("a server stream delivers every item in order and then ends", () =>
    withBench(
      async (bench, lab) => {
        expect(await collect(lab.count(20, 2019))).toEqual(Array.from({ length: 2000 }, (_, n) => n + 20));
        expect(bench.seen).toContain("count left");
      },
      { over },
    ));

  test("a client stream is answered with one result", () =>
    withBench(
      async (_bench, lab) => {
        expect(await lab.sum("all", list(1, 2, 3))).toEqual({ label: "all", sum: 6, count: 3 });
        expect(await lab.sum("none", list())).toEqual({ label: "none", sum: 0, count: 0 });
      },
      { over },
    ));

  test("a bidirectional stream answers while it is asked", () =>
    withBench(
      async (_bench, lab) => {
        const asked: string[] = [];
        async function* lines(): AsyncIterable<string> {
          for (const line of ["a", "b", "c"]) {
            asked.push(line);
            yield line;
          }
        }
        expect(await collect(lab.relay(lines()))).toEqual(["A", "B", "C"]);
        expect(asked).toEqual(["a", "b", "c"]);
      },
      { over },
    ));
});

test.each(["memory", "tcp"] as const)("long items that wait for their reader stay as they came, over %s", (over) =>
  withBench(
    async (bench, lab) => {
      const items = lab.chunks(9, 40_000)[Symbol.asyncIterator]();
      const read = [await items.next()];
      await bench.until(() => bench.seen.includes("chunk 5"));
      for (let next = await items.next(); next.done !== true; next = await items.next()) read.push(next);
      expect(read.map(({ value }) => [value?.length, ...new Set(value)])).toEqual(
        Array.from({ length: 9 }, (_, n) => [40_000, n]),
      );
    },
    { over },
  ),
);

test("a stream starts at the first next() and not before", () =>
  withBench(async (bench, lab) => {
    const items = lab.count(1, 3);
    await lab.note("after");
    await bench.until(() => bench.notes.length === 1);
    expect(bench.seen).toEqual(["note"]);
    expect(await collect(items)).toEqual([1, 2, 3]);
  }));

test("a stream that was left before its first next() never starts", () =>
  withBench(async (bench, lab) => {
    let begun = 0;
    bench.counts = () => {
      begun++;
      return list(1);
    };
    const items = lab.count(1, 3)[Symbol.asyncIterator]();
    await items.return?.();
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await lab.blob(Uint8Array.of(1));
    expect(begun).toBe(0);
  }));

test("leaving the loop cancels the call, and the handler's generator cleans up", () =>
  withBench(async (bench, lab, _channel, server) => {
    for await (const n of lab.count(20)) if (n === 25) break;
    await bench.until(() => bench.seen.includes("count left"));
    await until(() => server.calls === 0);
  }));

test("return() settles while a next() is pending", () =>
  withBench(async (bench, lab) => {
    async function* silence(): AsyncIterable<string> {
      yield "one";
      await new Promise(() => {});
    }
    const replies = lab.relay(silence())[Symbol.asyncIterator]();
    expect(await replies.next()).toEqual({ done: false, value: "ONE" });
    const pending = replies.next();
    expect(await replies.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    await bench.until(() => bench.seen.includes("relay left"));
  }));

test("items that arrived before a failure are delivered before it is thrown", () =>
  withBench(async (_bench, lab) => {
    const got: number[] = [];
    const reading = (async () => {
      for await (const n of lab.count(10)) got.push(n);
    })();
    await expect(reading).rejects.toMatchObject({ code: "internal" });
    expect(got).toEqual([10, 11, 12]);
  }));

// Holds PROTOCOL.md §6.3.1.
test("a handler may answer a client stream before its end; the client stops sending", () =>
  withBench(async (_bench, lab) => {
    let sent = 49;
    let left = false;
    async function* endless(): AsyncIterable<number> {
      try {
        for (;;) yield ++sent;
      } finally {
        left = true;
      }
    }
    expect(await lab.sum("early", endless())).toMatchObject({ label: "early", count: 50 });
    await until(() => left);
  }));

test("a declared error of a client stream's handler is an instance of its class", () =>
  withBench(async (_bench, lab) => {
    await expect(lab.sum("bad", list(1, 13, 2))).rejects.toBeInstanceOf(OutOfStockError);
  }));

test("the client's own iterable fails: the caller gets its error, the handler is cancelled", () =>
  withBench(async (bench, lab, _channel, server) => {
    async function* broken(): AsyncIterable<number> {
      yield 1;
      throw new Error("the disk is gone");
    }
    await expect(lab.sum("broken", broken())).rejects.toMatchObject({
      code: "cancelled",
      message: expect.stringContaining("the disk is gone") as string,
    });
    await bench.until(() => bench.seen.includes("sum threw RpcError"));
    await until(() => server.calls === 0);
  }));

/** What a program may write by hand: an iterable whose `next()` gives these, one after the other. */
function stepping<T>(...steps: (() => unknown)[]): AsyncIterable<T> {
  const next = (): Promise<IteratorResult<T>> => (steps.shift() ?? over)() as Promise<IteratorResult<T>>;
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

const over = (): unknown => ({ done: true, value: undefined });
const one = (): unknown => ({ done: false, value: 1 });
const fails = (): never => {
  throw new Error("no step");
};

const brokenSteps: [string, () => unknown][] = [
  ["throws", fails],
  ["gives nothing", () => undefined],
  ["gives a number", () => Promise.resolve(1)],
  ["gives a thenable that throws", () => ({ then: fails })],
  ["hides whether it is done", () => Object.defineProperty({}, "done", { get: fails })],
  ["hides its value", () => Object.defineProperty({}, "value", { get: fails })],
];

test("steps of an iterator that are no promises are taken as `for await` takes them, on both ends", () =>
  withBench(async (bench, lab) => {
    bench.counts = () => stepping(one, () => Promise.resolve(one()), one);
    expect(await collect(lab.count(1, 3))).toEqual([1, 1, 1]);
    expect(await lab.sum("by hand", stepping(one, one))).toEqual({ label: "by hand", sum: 2, count: 2 });
  }));

test.each(brokenSteps)("a step that %s fails its call alone, on both ends", (_what, step) =>
  withBench(async (bench, lab, _channel, server) => {
    const other = lab.wait("other");
    bench.counts = () => stepping(one, step);
    await expect(collect(lab.count(1, 3))).rejects.toMatchObject({ code: "internal", executed: "yes" });
    await expect(lab.sum("by hand", stepping(one, step))).rejects.toMatchObject({ code: "cancelled" });
    await bench.until(() => bench.waiting.has("other"));
    bench.waiting.get("other")?.answer("here");
    expect(await other).toBe("here");
    await until(() => server.calls === 0);
  }),
);

test("an item that does not fit the contract fails the call with its place", () =>
  withBench(async (_bench, lab) => {
    const wrong = list(1, "two" as unknown as number);
    await expect(lab.sum("wrong", wrong)).rejects.toMatchObject({ code: "invalid-argument" });
  }));

test("a stream can be read once", () =>
  withBench(async (_bench, lab) => {
    const items = lab.count(1, 2);
    expect(await collect(items)).toEqual([1, 2]);
    expect(await collect(items)).toEqual([]);
  }));

test("a slow reader holds the handler back by the window, not by memory", () =>
  withBench(
    async (bench, lab) => {
      const chunks = lab.chunks(1000, 10_000)[Symbol.asyncIterator]();
      await chunks.next();
      // A call behind it on the same connection: what the handler could send before, it has sent.
      for (let n = 0; n < 20; n++) await lab.blob(new Uint8Array(1));
      const made = bench.seen.filter((what) => what.startsWith("chunk ")).length;
      // The window of 64 KiB is overdrawn by one chunk, and one more waits in the generator.
      expect(made).toBeLessThanOrEqual(Math.ceil(65_536 / 10_000) + 3);
      await chunks.return?.();
    },
    { channel: { limits: { window: 65_536 } } },
  ));

test("stalled streams that hold the whole connection window do not stop small calls", () =>
  withBench(
    async (bench, lab) => {
      const stalled = Array.from({ length: 8 }, () => lab.chunks(1000, 10_000)[Symbol.asyncIterator]());
      for (const chunks of stalled) await chunks.next();
      for (let n = 0; n < 50; n++) expect(await lab.blob(Uint8Array.of(n))).toEqual(Uint8Array.of(n));
      for (const chunks of stalled) await chunks.return?.();
      await bench.until(() => bench.seen.filter((what) => what === "chunks left").length === 8);
    },
    { channel: { limits: { window: 65_536, connectionWindow: 131_072 } } },
  ));

/** Turns of the loop until a condition holds: what it waits for is already on its way. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect.fail("the condition does not come to hold");
}
