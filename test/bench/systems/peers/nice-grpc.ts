// nice-grpc with code that ts-proto generated: promises and async iterables on both ends, over grpc-js.
import { ServerCredentials } from "@grpc/grpc-js";
import { ChannelCredentials, createChannel, createClient, createServer, waitForChannelReady } from "nice-grpc";
import { sampleOrder } from "../../contract/sample.js";
import {
  OrderState,
  WorkloadDefinition,
  type WorkloadClient,
  type WorkloadServiceImplementation,
} from "../../generated/nice/workload.js";
import { produceChunks, produceItems } from "../source.js";
import type { System } from "../system.js";

const implementation: WorkloadServiceImplementation = {
  echoSmall: async (value) => value,
  echoOrder: async (value) => value,
  echoBytes: async (value) => value,
  items: ({ count }) => produceItems(count),
  async *chunks({ count, bytes }) {
    for await (const value of produceChunks(count, bytes)) yield { value };
  },
};

export const system: System = {
  resumes: false,
  paced: true,

  async serve({ ca, server: { cert, key } }) {
    const server = createServer();
    server.add(WorkloadDefinition, implementation);
    const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
    const credentials = ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
    return { port: await server.listen("localhost:0", credentials) };
  },

  async connect(port, { ca, client: { cert, key } }) {
    const credentials = ChannelCredentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));
    const channel = createChannel(`localhost:${port}`, credentials, { "grpc.use_local_subchannel_pool": 1 });
    await waitForChannelReady(channel, new Date(Date.now() + 10_000));
    const client: WorkloadClient = createClient(WorkloadDefinition, channel);
    const order = { ...sampleOrder, state: OrderState.ORDER_STATE_PAID };
    return {
      echoSmall: (value) => client.echoSmall(value),
      echoOrder: () => client.echoOrder(order),
      echoBytes: async (value) => (await client.echoBytes({ value })).value,
      async readItems(count, take) {
        for await (const item of client.items({ count })) take(item);
      },
      async readChunks(count, bytes, take) {
        for await (const { value } of client.chunks({ count, bytes })) {
          const pause = take(value);
          if (pause !== undefined) await pause;
        }
      },
      async close() {
        channel.close();
      },
    };
  },
};
