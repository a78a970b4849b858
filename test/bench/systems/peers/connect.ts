// connect-node: the Connect protocol over HTTP/2 in its binary format, with code that protoc-gen-es generated.
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { createClient, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { sampleOrder } from "../../contract/sample.js";
import { OrderSchema, OrderState, Workload } from "../../generated/es/workload_pb.js";
import { produceChunks, produceItems } from "../source.js";
import type { System } from "../system.js";

function routes(router: ConnectRouter): void {
  router.service(Workload, {
    echoSmall: (value) => value,
    echoOrder: (value) => value,
    echoBytes: (value) => value,
    items: ({ count }) => produceItems(count),
    async *chunks({ count, bytes }) {
      for await (const value of produceChunks(count, bytes)) yield { value };
    },
  });
}

export const system: System = {
  resumes: false,
  paced: true,

  async serve({ ca, server: { cert, key } }) {
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    const server = http2.createSecureServer(options, connectNodeAdapter({ routes }));
    server.listen(0, "localhost");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },

  async connect(port, { ca, client: { cert, key } }) {
    const baseUrl = `https://localhost:${port}`;
    const sessionManager = new Http2SessionManager(baseUrl, undefined, { ca, cert, key });
    await sessionManager.connect();
    const client = createClient(Workload, createConnectTransport({ baseUrl, httpVersion: "2", sessionManager }));
    const order = create(OrderSchema, { ...sampleOrder, state: OrderState.PAID });
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
        sessionManager.abort();
      },
    };
  },
};
