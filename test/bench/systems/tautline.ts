// tautline: its public API and its generated client, with the defaults.
import { connect as connectChannel, serve, type TlsOptions } from "@tautline/rpc";
import { sampleOrder } from "../contract/sample.js";
import type { Order, Small } from "../contract/workload.js";
import { WorkloadClient, workloadService, type WorkloadHandlers } from "../contract/workload.rpc.js";
import { produceChunks, produceItems } from "./source.js";
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

  items(count: number): AsyncIterable<Small> {
    return produceItems(count);
  }

  chunks(count: number, bytes: number): AsyncIterable<Uint8Array> {
    return produceChunks(count, bytes);
  }
}

/** A program has one options object for all its channels; here one for each kind of connection. */
const trust = new Map<boolean, TlsOptions>();

export const system: System = {
  resumes: true,
  paced: true,

  async serve({ ca, server: { cert, key } }) {
    const services = [workloadService.handle(new Echo())];
    const server = await serve({ port: 0, tls: { ca, cert, key }, services, logger: false });
    if (server.address.port === undefined) throw new Error("it listens on no port");
    return { port: server.address.port };
  },

  async connect(port, { ca, client: { cert, key } }, { resume = false } = {}) {
    const tls = trust.get(resume) ?? { ca, cert, key, resumption: resume };
    trust.set(resume, tls);
    const channel = connectChannel(`tautline://localhost:${port}`, { tls });
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
      close: () => channel.close(),
    };
  },
};
