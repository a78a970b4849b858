// @grpc/grpc-js with @grpc/proto-loader, as its tutorial shows it: handlers with callbacks, streams by writing until a
// write says to wait, readers by async iteration. Defaults, and a subchannel pool for each client, so that a new client is a new connection.
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { sampleOrder } from "../../contract/sample.js";
import type { Small } from "../../contract/workload.js";
import { contractFile } from "./contract-file.js";
import { produceChunks, produceItems } from "../source.js";
import type { System } from "../system.js";

const loaded = grpc.loadPackageDefinition(loadSync(contractFile("workload.proto"), { enums: String, defaults: true }));
const Workload = (loaded["workload"] as grpc.GrpcObject)["Workload"] as grpc.ServiceClientConstructor;

const echo: grpc.handleUnaryCall<object, object> = (call, callback) => callback(null, call.request);

const implementation: grpc.UntypedServiceImplementation = {
  echoSmall: echo,
  echoOrder: echo,
  echoBytes: echo,
  items: (call: grpc.ServerWritableStream<{ count: number }, Small>) => {
    void writeAll(call, produceItems(call.request.count));
  },
  chunks: (call: grpc.ServerWritableStream<{ count: number; bytes: number }, object>) => {
    void writeAll(call, asMessages(produceChunks(call.request.count, call.request.bytes)));
  },
};

async function writeAll<Item>(
  call: grpc.ServerWritableStream<object, Item>,
  items: AsyncIterable<Item>,
): Promise<void> {
  for await (const item of items) if (!call.write(item)) await once(call, "drain");
  call.end();
}

async function* asMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ value: Uint8Array }, void, undefined> {
  for await (const value of chunks) yield { value };
}

type Callback<Result> = (error: Error | null, result?: Result) => void;
type Unary = (request: object, callback: Callback<object>) => unknown;
type Streaming = (request: object) => grpc.ClientReadableStream<object>;

function promised<Result>(start: (callback: Callback<Result>) => unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null || error === undefined) resolve(result as Result);
      else reject(error);
    });
  });
}

export const system: System = {
  resumes: false,
  paced: true,
  mostStreams: 10_000,

  async serve({ ca, server: { cert, key } }) {
    const server = new grpc.Server();
    server.addService(Workload.service, implementation);
    const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
    const credentials = grpc.ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
    const port = await promised<number>((callback) => server.bindAsync("localhost:0", credentials, callback));
    return { port };
  },

  async connect(port, { ca, client: { cert, key } }) {
    const credentials = grpc.credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));
    const client = new Workload(`localhost:${port}`, credentials, { "grpc.use_local_subchannel_pool": 1 });
    await promised((callback) => client.waitForReady(Date.now() + 10_000, (error) => callback(error ?? null)));
    const unary = (name: string): ((request: object) => Promise<object>) => {
      const method = (client[name] as Unary).bind(client);
      return (request) => promised((callback) => method(request, callback));
    };
    const streaming = (name: string): Streaming => (client[name] as Streaming).bind(client);
    const [echoSmall, echoOrder, echoBytes] = [unary("echoSmall"), unary("echoOrder"), unary("echoBytes")];
    const [items, chunks] = [streaming("items"), streaming("chunks")];
    const order = { ...sampleOrder, state: "ORDER_STATE_PAID" };
    return {
      echoSmall: async (value) => (await echoSmall(value)) as Small,
      echoOrder: () => echoOrder(order),
      echoBytes: async (value) => ((await echoBytes({ value })) as { value: Uint8Array }).value,
      async readItems(count, take) {
        for await (const item of items({ count })) take(item as Small);
      },
      async readChunks(count, bytes, take) {
        for await (const chunk of chunks({ count, bytes })) {
          const pause = take((chunk as { value: Uint8Array }).value);
          if (pause !== undefined) await pause;
        }
      },
      async close() {
        client.close();
      },
    };
  },
};
