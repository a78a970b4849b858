// capnweb over a WebSocket of `ws`, as its README shows for Node: one RpcTarget, results that are streams for the streams.
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import { WebSocket } from "ws";
import { sampleOrder } from "../../contract/sample.js";
import type { Order, Small } from "../../contract/workload.js";
import { produceChunks, produceItems } from "../source.js";
import type { System } from "../system.js";
import { closeWebSocket, listenWebSocket, openWebSocket, portOf } from "./web-socket.js";

// It knows a WebSocket by the constants of the global class, which Node has from version 22 on.
Object.defineProperty(globalThis, "WebSocket", { value: WebSocket });

class Workload extends RpcTarget {
  echoSmall(value: Small): Small {
    return value;
  }

  echoOrder(value: Order): Order {
    return value;
  }

  echoBytes(value: Uint8Array): Uint8Array {
    return value;
  }

  items(count: number): ReadableStream<Small> {
    return streamOf(produceItems(count));
  }

  chunks(count: number, bytes: number): ReadableStream<Uint8Array> {
    return streamOf(produceChunks(count, bytes));
  }
}

function streamOf<Item>(source: AsyncGenerator<Item, void, undefined>): ReadableStream<Item> {
  return new ReadableStream<Item>({
    async pull(controller) {
      const next = await source.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await source.return();
    },
  });
}

export const system: System = {
  resumes: false,
  paced: true,

  async serve(certificates) {
    const sockets = await listenWebSocket(certificates);
    sockets.on("connection", (socket) => {
      // Its types ask for a browser's WebSocket; its README says to pass that of ws.
      newWebSocketRpcSession(socket as never, new Workload());
    });
    return { port: portOf(sockets) };
  },

  async connect(port, certificates) {
    const socket = await openWebSocket(port, certificates);
    const api = newWebSocketRpcSession<Workload>(socket as never);
    return {
      echoSmall: async (value) => api.echoSmall(value),
      echoOrder: async () => api.echoOrder(sampleOrder),
      echoBytes: async (bytes) => api.echoBytes(bytes),
      async readItems(count, take) {
        for await (const item of await api.items(count)) take(item);
      },
      async readChunks(count, bytes, take) {
        for await (const chunk of await api.chunks(count, bytes)) {
          const pause = take(chunk);
          if (pause !== undefined) await pause;
        }
      },
      close: () => closeWebSocket(socket),
    };
  },
};
