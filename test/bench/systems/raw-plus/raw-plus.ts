// `raw+`, the limit: as `raw`, with a codec by position, one secure context for all connections, bulk in corked writes, and
// a table of calls that is an array.
import { once } from "node:events";
import type { AddressInfo, OnReadOpts } from "node:net";
import tls from "node:tls";
import { sampleBytes, sampleOrder, sampleSmall } from "../../contract/sample.js";
import type { Order, Small } from "../../contract/workload.js";
import { produced } from "../source.js";
import type { Certificates, System } from "../system.js";
import { readOrder, readSmall, writeOrder, writeSmall, type FastBuffer, type Reader } from "./codec.js";
import { Line } from "./line.js";

const kinds = { small: 1, order: 2, bytes: 3, items: 4, chunks: 5, end: 6 } as const;

function sendSmall(line: Line, id: number, value: Small): void {
  const start = line.position;
  writeSmall(line.begin(kinds.small, id), value);
  line.finish(start);
}

function sendOrder(line: Line, id: number, value: Order): void {
  const start = line.position;
  writeOrder(line.begin(kinds.order, id), value);
  line.finish(start);
}

function sendCounts(line: Line, kind: number, id: number, count: number, bytes: number): void {
  const start = line.position;
  const writer = line.begin(kind, id);
  writer.room(8);
  writer.u32(count);
  writer.u32(bytes);
  line.finish(start);
}

/** Memory of its own: what is whole in a chunk lies in a buffer that is used again. */
function takeBytes(reader: Reader, end: number, held: boolean): Uint8Array {
  const { buffer, at } = reader;
  return held ? buffer.subarray(at, end) : Uint8Array.prototype.slice.call(buffer, at, end);
}

function serveLine(socket: tls.TLSSocket): void {
  socket.setNoDelay(true);
  const line = new Line(socket, (kind, id, reader, end, held) => {
    if (kind === kinds.small) sendSmall(line, id, readSmall(reader));
    else if (kind === kinds.order) sendOrder(line, id, readOrder(reader));
    else if (kind === kinds.bytes) line.sendBytes(kinds.bytes, id, takeBytes(reader, end, held));
    else if (kind === kinds.items) serveItems(line, id, reader.u32());
    else serveChunks(line, id, reader.u32(), reader.u32());
  });
  socket.on("data", (chunk: FastBuffer) => line.receive(chunk));
  socket.on("error", () => socket.destroy());
}

function serveItems(line: Line, id: number, count: number): void {
  let sent = 0;
  const pump = (): void => {
    while (sent < count) {
      if (line.isFull) return line.whenDrained(pump);
      sendSmall(line, id, sampleSmall(sent++));
    }
    sendCounts(line, kinds.end, id, 0, 0);
  };
  pump();
}

function serveChunks(line: Line, id: number, count: number, bytes: number): void {
  const chunk = sampleBytes(bytes);
  let sent = 0;
  const pump = (): void => {
    line.cork();
    while (sent < count && !line.isFull) {
      line.sendBytes(kinds.bytes, id, chunk);
      produced.bytes += bytes;
      sent++;
    }
    line.uncork();
    if (sent < count) line.whenDrained(pump);
    else sendCounts(line, kinds.end, id, 0, 0);
  };
  pump();
}

interface Pending {
  readonly take: ((value: unknown) => unknown) | undefined;
  readonly done: (value: unknown) => void;
}

let context: tls.SecureContext | undefined;
let session: Buffer | undefined;

function open(port: number, { ca, client: { cert, key } }: Certificates, resume: boolean, onread: OnReadOpts) {
  context ??= tls.createSecureContext({ ca, cert, key });
  const options: tls.ConnectionOptions & { onread: OnReadOpts } = {
    host: "localhost",
    port,
    secureContext: context,
    ...(resume && session !== undefined ? { session } : {}),
    onread,
  };
  const socket = tls.connect(options);
  socket.setNoDelay(true);
  if (resume) socket.on("session", (ticket: Buffer) => (session = ticket));
  return socket;
}

export const system: System = {
  resumes: true,
  paced: false,

  async serve({ ca, server: { cert, key } }) {
    const server = tls.createServer({ ca, cert, key, requestCert: true }, serveLine);
    server.listen(0, "localhost");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },

  async connect(port, certificates, { resume = false } = {}) {
    const table: (Pending | undefined)[] = [];
    const free: number[] = [];
    const buffer = Buffer.allocUnsafe(64 * 1024);
    const socket = open(port, certificates, resume, {
      buffer,
      callback(bytes) {
        line.receive(buffer.subarray(0, bytes) as FastBuffer);
        return true;
      },
    });
    const line = new Line(socket, (kind, id, reader, end, held) => {
      const call = table[id];
      let value: unknown;
      if (kind === kinds.small) value = readSmall(reader);
      else if (kind === kinds.order) value = readOrder(reader);
      else if (kind === kinds.bytes) value = takeBytes(reader, end, held);
      if (call?.take !== undefined && kind !== kinds.end) return void call.take(value);
      table[id] = undefined;
      free.push(id);
      call?.done(value);
    });
    await once(socket, "secureConnect");

    const begin = (done: (value: never) => void, take?: Pending["take"]): number => {
      const id = free.pop() ?? table.length;
      table[id] = { take, done: done as Pending["done"] };
      return id;
    };
    return {
      echoSmall: (value) => new Promise<Small>((resolve) => sendSmall(line, begin(resolve), value)),
      echoOrder: () => new Promise<Order>((resolve) => sendOrder(line, begin(resolve), sampleOrder)),
      echoBytes: (bytes) => new Promise((resolve) => line.sendBytes(kinds.bytes, begin(resolve), bytes)),
      readItems: (count, take) =>
        new Promise((resolve) => {
          sendCounts(
            line,
            kinds.items,
            begin(resolve, (item) => take(item as Small)),
            count,
            0,
          );
        }),
      readChunks: (count, bytes, take) =>
        new Promise((resolve) => {
          sendCounts(
            line,
            kinds.chunks,
            begin(resolve, (chunk) => void take(chunk as Uint8Array)),
            count,
            bytes,
          );
        }),
      async close() {
        socket.end();
        await once(socket, "close");
      },
    };
  },
};
