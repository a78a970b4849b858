// `raw`, the reference of all figures: calls and streams over the line, written by hand with no features. Frozen.
import { once } from "node:events";
import type { AddressInfo, OnReadOpts } from "node:net";
import tls from "node:tls";
import { sampleBytes, sampleOrder, sampleSmall } from "../../contract/sample.js";
import type { Order, Small } from "../../contract/workload.js";
import { produced } from "../source.js";
import type { System } from "../system.js";
import { Line } from "./line.js";

const kinds = { echo: 1, items: 2, chunks: 3, item: 4, end: 5 } as const;

interface Pending {
  readonly item?: ((value: unknown) => void) | undefined;
  readonly done: (value: unknown) => void;
}

function serveLine(socket: tls.TLSSocket): void {
  socket.setNoDelay(true);
  const line = new Line(socket, (kind, id, value) => {
    if (kind === kinds.echo) return line.send(kinds.end, id, value);
    const { count, bytes } = value as { count: number; bytes: number };
    let sent = 0;
    const chunk = kind === kinds.chunks ? sampleBytes(bytes) : undefined;
    const pump = (): void => {
      while (sent < count) {
        if (line.isFull) return line.whenDrained(pump);
        line.send(kinds.item, id, chunk ?? sampleSmall(sent));
        produced.bytes += chunk?.length ?? 0;
        sent++;
      }
      line.send(kinds.end, id, undefined);
    };
    pump();
  });
  socket.on("data", (chunk: Buffer) => line.receive(chunk));
  socket.on("error", () => socket.destroy());
}

let session: Buffer | undefined;

export const system: System = {
  resumes: true,
  paced: false,

  async serve({ ca, server: { cert, key } }) {
    const server = tls.createServer({ ca, cert, key, requestCert: true }, serveLine);
    server.listen(0, "localhost");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },

  async connect(port, { ca, client: { cert, key } }, { resume = false } = {}) {
    const pending = new Map<number, Pending>();
    let lastId = 0;
    const options: tls.ConnectionOptions & { onread: OnReadOpts } = {
      host: "localhost",
      port,
      ca,
      cert,
      key,
      ...(resume && session !== undefined ? { session } : {}),
      onread: {
        buffer: Buffer.allocUnsafe(64 * 1024),
        callback: (bytes, buffer) => {
          line.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
          return true;
        },
      },
    };
    const socket = tls.connect(options);
    socket.setNoDelay(true);
    if (resume) socket.on("session", (ticket: Buffer) => (session = ticket));
    const line = new Line(socket, (kind, id, value) => {
      const call = pending.get(id);
      if (kind === kinds.item) return call?.item?.(value);
      pending.delete(id);
      call?.done(value);
    });
    await once(socket, "secureConnect");

    const call = <Result>(kind: number, value: unknown, item?: (value: unknown) => void): Promise<Result> =>
      new Promise((resolve) => {
        const id = ++lastId;
        pending.set(id, { item, done: (result) => resolve(result as Result) });
        line.send(kind, id, value);
      });
    return {
      echoSmall: (value) => call<Small>(kinds.echo, value),
      echoOrder: () => call<Order>(kinds.echo, sampleOrder),
      echoBytes: (bytes) => call<Uint8Array>(kinds.echo, bytes),
      readItems: (count, take) => call(kinds.items, { count, bytes: 0 }, (item) => take(item as Small)),
      readChunks: (count, bytes, take) =>
        call(kinds.chunks, { count, bytes }, (chunk) => void take(chunk as Uint8Array)),
      async close() {
        socket.end();
        await once(socket, "close");
      },
    };
  },
};
