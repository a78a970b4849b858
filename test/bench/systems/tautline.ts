// tautline: its public API and its generated client, with the defaults.
import {
  connect as connectChannel,
  RpcError,
  serve,
  type CallContext,
  type Code,
  type Interceptor,
  type Limits,
  type TlsOptions,
} from "@tautline/rpc";
import { sampleOrder, sampleSmall } from "../contract/sample.js";
import type { Order, Small } from "../contract/workload.js";
import { WorkloadClient, workloadService, type WorkloadHandlers } from "../contract/workload.rpc.js";
import { produceChunks, produceItems, silentStream } from "./source.js";
import type { System } from "./system.js";

class Echo implements WorkloadHandlers {
  async echoSmall(value: Small): Promise<Small> {
    return value;
  }

  async echoOrder(value: Order): Promise<Order> {
    return value;
  }

  async echoBytes(value: Uint8Array): Promise<Uint8Array> {
    return value;
  }

  items(count: number, { signal }: CallContext): AsyncIterable<Small> {
    return produceItems(count, signal);
  }

  chunks(count: number, bytes: number): AsyncIterable<Uint8Array> {
    return produceChunks(count, bytes);
  }
}

/** A call that is given up on its way, one that takes too long, and a stream that is left behind its first item. */
async function mishap(client: WorkloadClient, turn: number): Promise<void> {
  if (turn % 3 === 0) {
    const giveUp = new AbortController();
    const call = client.echoSmall(sampleSmall(turn), { signal: giveUp.signal });
    giveUp.abort();
    return expectCode(call, "cancelled");
  }
  const silent = client.items(silentStream, turn % 3 === 1 ? { timeoutMs: 5 } : {});
  if (turn % 3 === 1) return expectCode(readWhole(silent), "deadline-exceeded");
  for await (const _item of silent) break;
}

async function readWhole(items: AsyncIterable<Small>): Promise<void> {
  for await (const _item of items);
}

async function expectCode(outcome: Promise<unknown>, code: Code): Promise<void> {
  try {
    await outcome;
  } catch (error) {
    if (error instanceof RpcError && error.code === code) return;
    throw error;
  }
  throw new Error(`a call that should have failed with ${code} did not`);
}

/** An interceptor as most are: it waits for what comes back. */
const around: Interceptor = (call, next) => {
  const reply = next(call);
  return Symbol.asyncIterator in reply ? reply : waited(reply);
};

async function waited(reply: Promise<unknown>): Promise<unknown> {
  return await reply;
}

/** What a user may set otherwise than the default. */
export interface TautlineOptions {
  /** On both ends. */
  readonly limits?: Partial<Limits>;
  /** The server's process holds a channel of its own, so that its handlers run in an ambient context. */
  readonly ambient?: boolean;
  /** So many interceptors in the server, each an `async` function around `next`. */
  readonly interceptors?: number;
}

export function tautlineWith(options: TautlineOptions): Omit<System, "mostStreams" | "mostBytes"> {
  const { limits = {}, ambient = false } = options;
  const interceptors = Array.from({ length: options.interceptors ?? 0 }, () => around);
  /** A program has one options object for all its channels; here one for each kind of connection. */
  const trust = new Map<boolean, TlsOptions>();
  return {
    resumes: true,
    paced: true,

    async serve({ ca, server: { cert, key } }) {
      const services = [workloadService.handle(new Echo())];
      const server = await serve({ port: 0, tls: { ca, cert, key }, services, limits, interceptors, logger: false });
      if (server.address.port === undefined) throw new Error("it listens on no port");
      if (ambient) connectChannel(`tautline://localhost:${server.address.port}`, { tls: { ca, cert, key } });
      return { port: server.address.port };
    },

    async connect(port, { ca, client: { cert, key } }, { resume = false } = {}) {
      const tls = trust.get(resume) ?? { ca, cert, key, resumption: resume };
      trust.set(resume, tls);
      const channel = connectChannel(`tautline://localhost:${port}`, { tls, limits });
      await channel.ready();
      const client = new WorkloadClient(channel);
      return {
        echoSmall: (value) => client.echoSmall(value),
        echoOrder: () => client.echoOrder(sampleOrder),
        echoBytes: (bytes) => client.echoBytes(bytes),
        async readItems(count, take) {
          for await (const item of client.items(count)) take(item);
        },
        async readChunks(count, bytes, take) {
          for await (const chunk of client.chunks(count, bytes)) {
            const pause = take(chunk);
            if (pause !== undefined) await pause;
          }
        },
        mishap: (turn) => mishap(client, turn),
        close: () => channel.close(),
      };
    },
  };
}

/** `--vary` names one setting and its value behind the address of this module. */
function optionsOf(search: URLSearchParams): TautlineOptions {
  const [[name, value] = []] = search;
  if (name === undefined) return {};
  if (name === "ambient") return { ambient: value === "1" };
  if (name === "interceptors") return { interceptors: Number(value) };
  return { limits: { [name]: Number(value) } };
}

/** With the defaults: 1,024 open calls, of which W1's 64 at once need some, and messages of up to 4 MiB. */
export const system: System = {
  ...tautlineWith(optionsOf(new URL(import.meta.url).searchParams)),
  mostStreams: 900,
  mostBytes: 4 * 1024 * 1024 - 1024,
};
