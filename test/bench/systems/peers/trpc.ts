// tRPC over WebSockets: procedures validated by zod, as its documentation has it, and subscriptions by async generators.
// JSON knows no bytes: they travel as base64.
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocket } from "ws";
import { z } from "zod";
import { sampleOrder } from "../../contract/sample.js";
import { produceChunks, produceItems } from "../source.js";
import type { System } from "../system.js";
import { listenWebSocket, portOf, webSocketOptions, webSocketUrl } from "./web-socket.js";

const small = z.object({ id: z.number(), name: z.string(), tags: z.array(z.string()), score: z.number() });
const order = z.object({
  id: z.number(),
  state: z.enum(["placed", "paid", "sent"]),
  customer: z.string(),
  email: z.string(),
  shipTo: z.object({ street: z.string(), city: z.string(), postcode: z.string(), country: z.string() }),
  lines: z.array(
    z.object({ sku: z.string(), title: z.string(), quantity: z.number(), unitPrice: z.number(), gift: z.boolean() }),
  ),
  total: z.number(),
  note: z.string().optional(),
});
const asked = z.object({ count: z.number(), bytes: z.number() });

const { procedure, router } = initTRPC.create();
const workload = router({
  echoSmall: procedure.input(small).mutation(({ input }) => input),
  echoOrder: procedure.input(order).mutation(({ input }) => input),
  echoBytes: procedure.input(z.string()).mutation(({ input }) => toBase64(fromBase64(input))),
  items: procedure.input(asked).subscription(({ input }) => produceItems(input.count)),
  chunks: procedure.input(asked).subscription(async function* ({ input }) {
    for await (const chunk of produceChunks(input.count, input.bytes)) yield toBase64(chunk);
  }),
});

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}

export const system: System = {
  resumes: false,
  // A subscription is pushed: nothing tells the server that its reader is slow.
  paced: false,

  async serve(certificates) {
    const wss = await listenWebSocket(certificates);
    applyWSSHandler({ wss, router: workload });
    return { port: portOf(wss) };
  },

  async connect(port, certificates) {
    class SecureWebSocket extends WebSocket {
      constructor(url: string) {
        super(url, webSocketOptions(certificates));
      }
    }
    const socket = createWSClient({ url: webSocketUrl(port), WebSocket: SecureWebSocket as never });
    const client = createTRPCClient<typeof workload>({ links: [wsLink({ client: socket })] });
    return {
      echoSmall: (value) => client.echoSmall.mutate(value),
      echoOrder: () => client.echoOrder.mutate(sampleOrder),
      echoBytes: async (bytes) => fromBase64(await client.echoBytes.mutate(toBase64(bytes))),
      readItems: (count, take) =>
        new Promise((resolve, reject) => {
          const options = { onData: take, onComplete: resolve, onError: reject };
          client.items.subscribe({ count, bytes: 0 }, options);
        }),
      readChunks: (count, bytes, take) =>
        new Promise((resolve, reject) => {
          const onData = (chunk: string): void => void take(fromBase64(chunk));
          client.chunks.subscribe({ count, bytes }, { onData, onComplete: resolve, onError: reject });
        }),
      close: () => socket.close(),
    };
  },
};
