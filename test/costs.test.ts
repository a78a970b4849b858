// What calls cost, counted: bytes on the wire, writes to sockets, promises. A machine's mood changes none of it, so what grows
// here was made dearer by a commit. The figures are those of today: lower them with what you save.
import { createHook } from "node:async_hooks";
import type { HeapProfiler } from "node:inspector";
import { Session } from "node:inspector/promises";
import { Socket } from "node:net";
import { connect, serve, type Channel, type Server } from "@tautline/rpc";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { ProbeClient, probeService, type ProbeHandlers } from "./support/contract/probe.rpc.js";

const parcel = {
  id: 7,
  label: "sixteen letters!",
  weight: 0.75,
  tags: ["red", "green", "blue"],
  sent: new Date(1_700_000_000_000),
  content: Uint8Array.of(1, 2, 3),
};

const never = async (): Promise<never> => Promise.reject(new Error("nobody calls this"));
const handlers: ProbeHandlers = {
  forward: async (given) => given,
  withdraw: never,
  timeLeft: never,
  async *blocks(count, bytes) {
    for (let index = 0; index < count; index++) yield new Uint8Array(bytes);
  },
  tally: never,
  async *shout() {},
  note() {},
  noted: never,
  wait: never,
  hold: never,
};

let server: Server;
let channel: Channel;
let probe: ProbeClient;

beforeAll(async () => {
  const services = [probeService.handle(handlers)];
  server = await serve({ insecure: true, host: "127.0.0.1", port: 0, services, logger: false });
  channel = connect(`tcp://127.0.0.1:${server.address.port}`, { insecure: true });
  probe = new ProbeClient(channel);
  // The first call is by name: nothing is agreed before there is a connection.
  await probe.forward(parcel);
});
afterAll(async () => {
  await channel.close();
  await server.close();
});

/** The bytes of every write to a socket while `work` runs, of both ends. */
async function writesOf(work: () => Promise<unknown>): Promise<number[]> {
  const sizes: number[] = [];
  const write = vi.spyOn(Socket.prototype, "write");
  try {
    await work();
    for (const [chunk] of write.mock.calls) sizes.push((chunk as Uint8Array).length);
  } finally {
    write.mockRestore();
  }
  return sizes;
}

/** How many bytes `work` allocates, garbage included, by V8's sampling: within a few percent where it is megabytes. */
async function allocationOf(work: () => Promise<unknown>): Promise<number> {
  const inspector = new Session();
  inspector.connect();
  try {
    await inspector.post("HeapProfiler.startSampling", {
      samplingInterval: 1024,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await work();
    const { profile } = await inspector.post("HeapProfiler.stopSampling");
    return sizeOf(profile.head);
  } finally {
    inspector.disconnect();
  }
}

function sizeOf({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  return children.reduce((sum, child) => sum + sizeOf(child), selfSize);
}

it("a further call allocates less than 6 KB, on both ends together", async () => {
  const callsOf = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 100) {
      await Promise.all(Array.from({ length: 100 }, () => probe.forward(parcel)));
    }
  };
  // Once it is compiled: before, what never leaves a function is allocated, too. And before promises were counted: whoever hooks
  // them leaves code behind that allocates more.
  await callsOf(30_000);
  const bytes = await allocationOf(() => callsOf(10_000));
  expect(bytes / 10_000).toBeLessThan(6000);
});

/** How many promises `work` makes. */
async function promisesOf(work: () => Promise<unknown>): Promise<number> {
  let made = 0;
  const hook = createHook({
    init(_, type) {
      if (type === "PROMISE") made++;
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return made;
}

it("a small call and its answer are a write each, and 149 bytes with their frames", async () => {
  const sizes = await writesOf(() => probe.forward(parcel));
  expect(sizes).toHaveLength(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(149);
});

it("64 calls at once are one write, and so are their answers", async () => {
  // Without a pause in the middle: what a slow machine begins late is answered a turn later.
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const sizes = await writesOf(() => Promise.all(Array.from({ length: 64 }, () => probe.forward(parcel))));
  expect(sizes).toHaveLength(2);
});

it("a further call makes 4 promises, on both ends together", async () => {
  const some = await promisesOf(() => Promise.all(Array.from({ length: 100 }, () => probe.forward(parcel))));
  const more = await promisesOf(() => Promise.all(Array.from({ length: 300 }, () => probe.forward(parcel))));
  // A few belong to the chunks in which answers come.
  expect(Math.round((more - some) / 200)).toBe(4);
});

it("a further item of a stream makes 6 promises, on both ends together", async () => {
  const read = async (count: number): Promise<void> => {
    for await (const block of probe.blocks(count, 16)) expect(block).toHaveLength(16);
  };
  const some = await promisesOf(() => read(100));
  const more = await promisesOf(() => read(1100));
  expect(Math.round((more - some) / 1000)).toBe(6);
});

it("a chunk of a stream takes one piece of memory of its size, which its reader gets: what is written lies in memory of others", async () => {
  const read = async (count: number): Promise<void> => {
    for await (const block of probe.blocks(count, 65_536)) expect(block).toHaveLength(65_536);
  };
  // Memory for putting messages together is there then.
  await read(8);
  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
  try {
    await read(64);
    const bytes = allocate.mock.calls.reduce((sum, [size]) => sum + size, 0);
    expect(Math.round(bytes / (64 * 65_536))).toBe(1);
  } finally {
    allocate.mockRestore();
  }
});
