// Endings while the connection is backed up: nothing is lost by them, and nothing goes on for ever.
import { expect, test } from "vitest";
import { withBench } from "./support/lab-bench.js";

test("a server closes while its streams wait for a transport that takes no more", () =>
  withBench(
    async (bench, lab, _channel, server) => {
      // Windows so wide that it is the socket that holds back.
      const streams = Array.from({ length: 4 }, () => lab.chunks(1000, 100_000)[Symbol.asyncIterator]());
      const firsts = streams.map((chunks) => chunks.next());
      for (const first of firsts) first.catch(() => {});
      await bench.until(() => bench.seen.filter((what) => what.startsWith("chunk ")).length > 8);
      await server.close();
      // Not each has begun; whoever has not is told at once.
      const ends = streams.map((chunks, index) => firsts[index]?.then(() => readOut(chunks)));
      for (const end of ends) await expect(end).rejects.toMatchObject({ code: "unavailable" });
    },
    { over: "tcp", channel: { limits: { window: 1 << 24, connectionWindow: 1 << 26 } } },
  ));

test("ten thousand one-way calls that wait for a place are all sent, without nesting", () =>
  withBench(
    async (bench, lab) => {
      await Promise.all(Array.from({ length: 10_000 }, () => lab.note("n")));
      await bench.until(() => bench.notes.length === 10_000);
    },
    { over: "tcp", server: { limits: { maxCalls: 1 } } },
  ));

async function readOut(items: AsyncIterator<unknown>): Promise<void> {
  for (;;) if ((await items.next()).done === true) return;
}

test.each([
  ["the server", { server: { limits: { maxFrameBytes: 16_384 } } }],
  ["the client", { channel: { limits: { maxFrameBytes: 16_384 } } }],
  ["both", { server: { limits: { maxFrameBytes: 16_384 } }, channel: { limits: { maxFrameBytes: 16_384 } } }],
] as const)("the smallest frames that %s may ask for carry long messages both ways", (_, options) =>
  withBench(
    async (_bench, lab) => {
      const metadata = { filler: "x".repeat(7000) };
      expect(await lab.blob(new Uint8Array(100_000).fill(3), { metadata })).toEqual(new Uint8Array(100_000).fill(3));
    },
    { over: "tcp", ...options },
  ),
);
