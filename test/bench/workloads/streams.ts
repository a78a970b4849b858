// Streams from the server: small items, chunks as fast as they come, chunks read slowly, and chunks with calls beside them.
import { equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleSmall } from "../contract/sample.js";
import type { Outcome } from "../harness/protocol.js";
import { quantile } from "../harness/statistics.js";
import type { Client } from "../systems/system.js";
import { silentStream } from "../systems/source.js";
import { chunkBytes } from "./cases.js";

type Streams = Client & Required<Pick<Client, "readItems" | "readChunks">>;

const miB = 2 ** 20;
const pauseMs = 10;

export async function readAllItems(client: Client, count: number): Promise<Outcome> {
  let items = 0;
  let sum = 0;
  const start = performance.now();
  await streams(client).readItems(count, ({ id }) => {
    items++;
    sum += id;
  });
  const seconds = (performance.now() - start) / 1000;
  equal(items, count);
  equal(sum, (count * (count - 1)) / 2);
  return { amount: count, seconds, figures: { perSecond: count / seconds } };
}

/** So many streams at once, of so many objects each: what all of them give, and how far the slowest is when the first ends. */
export async function readTogether(client: Client, count: number, each: number): Promise<Outcome> {
  const { readItems } = streams(client);
  const got = new Array<number>(count).fill(0);
  let slowestShare: number | undefined;
  const start = performance.now();
  const readOne = async (index: number): Promise<void> => {
    await readItems(each, () => got[index]!++);
    slowestShare ??= Math.min(...got) / each;
  };
  await Promise.all(got.map((_, index) => readOne(index)));
  const seconds = (performance.now() - start) / 1000;
  const amount = count * each;
  const figures = { perSecond: amount / seconds, slowestShare: slowestShare ?? 0 };
  return { amount, seconds, figures };
}

/** Streams that stay open and say nothing, until the process ends. */
export class OpenStreams {
  #count = 0;

  /** Resolves when there are so many, each with its first object here; those that are missing are opened, a few at once. */
  async hold(client: Client, count: number): Promise<void> {
    const { readItems } = streams(client);
    const openOne = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const over = (): void => reject(new Error("a stream that should have stayed open is over"));
        readItems(silentStream, () => resolve()).then(over, reject);
      });
    const open = async (): Promise<void> => {
      while (this.#count < count) {
        this.#count++;
        await openOne();
      }
    };
    await Promise.all(Array.from({ length: 64 }, open));
  }
}

export async function readAllChunks(client: Client, bytes: number): Promise<Outcome> {
  const count = Math.max(1, Math.round(bytes / chunkBytes));
  let received = 0;
  const start = performance.now();
  await streams(client).readChunks(count, chunkBytes, (chunk) => {
    received += chunk.length;
  });
  const seconds = (performance.now() - start) / 1000;
  equal(received, count * chunkBytes);
  return { amount: received, seconds, figures: { mibPerSecond: received / miB / seconds } };
}

/** Reads a chunk per 10 ms, and stops looking after so many seconds: the process ends with the run. */
export async function readSlowly(client: Client, bytes: number, seconds: number): Promise<Outcome> {
  let received = 0;
  const start = performance.now();
  const reading = streams(client).readChunks(Math.round(bytes / chunkBytes), chunkBytes, async (chunk) => {
    received += chunk.length;
    await sleep(pauseMs);
  });
  // It never ends by itself in time; where it fails, the run fails.
  await Promise.race([reading, sleep(seconds * 1000)]);
  const elapsed = (performance.now() - start) / 1000;
  return { amount: received, seconds: elapsed, figures: { mibPerSecond: received / miB / elapsed } };
}

/** Half of the bytes alone, then the other half with small calls beside them, one after the other. */
export async function callBesideChunks(client: Client, bytes: number): Promise<Outcome> {
  const alone = await readAllChunks(client, bytes / 2);
  const times: number[] = [];
  const stream = { over: false };
  const bulk = readAllChunks(client, bytes / 2).finally(() => (stream.over = true));
  const calls = async (): Promise<void> => {
    for (let id = 0; !stream.over; id++) {
      const start = performance.now();
      await client.echoSmall(sampleSmall(id));
      times.push(performance.now() - start);
    }
  };
  const [beside] = await Promise.all([bulk, calls()]);
  const aloneRate = alone.figures["mibPerSecond"] ?? 0;
  const besideRate = beside.figures["mibPerSecond"] ?? 0;
  return {
    amount: alone.amount + beside.amount,
    seconds: alone.seconds + beside.seconds,
    figures: {
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      callsPerSecond: times.length / beside.seconds,
      bulkMibPerSecond: besideRate,
      bulkKept: besideRate / aloneRate,
    },
  };
}

function streams(client: Client): Streams {
  const { readItems, readChunks } = client;
  if (readItems === undefined || readChunks === undefined) throw new Error("this system has no streams");
  return { ...client, readItems, readChunks };
}
