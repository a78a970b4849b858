// A server of the Lab contract that tests can hold and look into, with a channel to it, over memory or TCP.
import {
  connect,
  RpcError,
  serve,
  type CallContext,
  type Channel,
  type ChannelOptions,
  type Server,
  type ServerOptions,
} from "@tautline/rpc";
import { expect } from "vitest";
import type { Sample, Total } from "./lab.js";
import { LabClient, labService, OutOfStockError, type LabHandlers } from "./lab.rpc.js";

/** What a call of `wait` is doing. */
export interface Waiting {
  readonly context: CallContext;
  readonly answer: (text: string) => void;
  readonly fail: (error: unknown) => void;
}

export class Bench implements LabHandlers {
  /** Calls of `wait` that have arrived, by name. */
  readonly waiting = new Map<string, Waiting>();
  readonly notes: string[] = [];
  /** What streams did: `count left`, `sum got 3`, … */
  readonly seen: string[] = [];
  #changed: (() => void)[] = [];

  /** Resolves as soon as the condition holds, looked at whenever something happens here. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  happened(what: string): void {
    this.seen.push(what);
    const waiters = this.#changed;
    this.#changed = [];
    for (const resolve of waiters) resolve();
  }

  async echo(sample: Sample): Promise<Sample> {
    return sample;
  }

  async blob(bytes: Uint8Array): Promise<Uint8Array> {
    return bytes;
  }

  /** What `wait` does; a test may say otherwise. */
  waits: (name: string, context: CallContext) => Promise<string> = (name, context) => this.#hold(name, context);

  wait(name: string, context: CallContext): Promise<string> {
    return this.waits(name, context);
  }

  #hold(name: string, context: CallContext): Promise<string> {
    return new Promise((answer, fail) => {
      this.waiting.set(name, { context, answer, fail });
      context.signal.addEventListener("abort", () => {
        this.happened(`${name} aborted: ${String((context.signal.reason as { code?: unknown }).code)}`);
        fail(context.signal.reason);
      });
      this.happened(`${name} arrived`);
    });
  }

  async fail(how: string): Promise<void> {
    if (how === "declared") throw new OutOfStockError({ sku: "A1", left: 2, since: new Date(86_400_000) });
    throw new Error(`secret: ${how}`);
  }

  /** What `count` does; a test may say otherwise. */
  counts: (from: number, to: number | undefined) => AsyncIterable<number> = (from, to) => this.#count(from, to);

  count(from: number, to: number | undefined): AsyncIterable<number> {
    return this.counts(from, to);
  }

  async *#count(from: number, to: number | undefined): AsyncIterable<number> {
    try {
      const last = to ?? Infinity;
      for (let n = from; n <= last; n++) {
        if (n === 13) throw new Error("unlucky");
        yield n;
      }
    } finally {
      this.happened("count left");
    }
  }

  async *chunks(count: number, size: number): AsyncIterable<Uint8Array> {
    try {
      for (let n = 0; n < count; n++) {
        this.happened(`chunk ${n}`);
        yield new Uint8Array(size).fill(n);
      }
    } finally {
      this.happened("chunks left");
    }
  }

  async sum(label: string, numbers: AsyncIterable<number>): Promise<Total> {
    let sum = 0;
    let count = 0;
    try {
      for await (const number of numbers) {
        sum += number;
        count++;
        this.happened(`sum got ${number}`);
        if (number === 13) throw new OutOfStockError({ sku: "13", left: 0, since: new Date(0) });
        if (number === 99) return { label, sum, count };
      }
    } catch (error) {
      this.happened(`sum threw ${error instanceof Error ? error.name : ""}`);
      throw error;
    }
    return { label, sum, count };
  }

  async *relay(lines: AsyncIterable<string>): AsyncIterable<string> {
    try {
      for await (const line of lines) yield line.toUpperCase();
    } finally {
      this.happened("relay left");
    }
  }

  note(text: string): void {
    this.notes.push(text);
    this.happened("note");
    if (text === "throw") throw new Error("nobody hears this");
    if (text === "refuse") throw new RpcError("not-found", "nobody hears this either");
  }

  async about(context: CallContext): Promise<Map<string, string>> {
    const { responseMetadata, trailers } = context;
    responseMetadata.set("x-head", "early");
    trailers.set("x-tail", Uint8Array.of(1, 2));
    return new Map([
      ["path", context.path],
      ["peer", context.peer.kind],
      ["caller", context.metadata.text("x-caller") ?? ""],
      ["token", String(context.metadata.get("x-token") ?? "")],
      ["remaining", String(Math.ceil(context.remainingMs() / 1000))],
      ["draining", String(context.draining.aborted)],
    ]);
  }
}

export interface BenchOptions {
  readonly server?: Partial<ServerOptions>;
  readonly channel?: ChannelOptions;
  readonly over?: "memory" | "tcp";
}

/** Runs `test` against a bench, and proves afterwards that nothing is left open. */
export async function withBench(
  test: (bench: Bench, lab: LabClient, channel: Channel, server: Server) => Promise<void>,
  options: BenchOptions = {},
): Promise<void> {
  const bench = new Bench();
  const server = await serve({
    insecure: true,
    host: "127.0.0.1",
    port: 0,
    logger: false,
    services: [labService.handle(bench)],
    ...options.server,
  });
  const channel =
    options.over === "tcp"
      ? connect(`tcp://127.0.0.1:${server.address.port}`, {
          ...options.channel,
          credentials: undefined,
          insecure: true,
        })
      : server.connect(options.channel);
  try {
    await test(bench, new LabClient(channel), channel, server);
  } finally {
    await channel.close();
    await server.close();
  }
  expect({ connections: server.connections, calls: server.calls }).toEqual({ connections: 0, calls: 0 });
}

export function sampleOf(overrides: Partial<Sample> = {}): Sample {
  return {
    id: 1,
    text: "zażółć 🎛",
    big: 2n ** 80n,
    at: new Date(1_700_000_000_123),
    bytes: Uint8Array.of(0, 255),
    tags: new Set(["a", "b"]),
    stock: new Map([[1, "one"]]),
    parent: null,
    slots: ["x", undefined, "y"],
    ...overrides,
  };
}
