// node:http2 with JSON and no framework: a request per call on one connection, streams as lines of JSON, bytes as bytes.
import { once } from "node:events";
import http2, { type ClientHttp2Session, type ClientHttp2Stream, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { buffer, json } from "node:stream/consumers";
import { sampleOrder } from "../contract/sample.js";
import type { Order, Small } from "../contract/workload.js";
import { produceChunks, produceItems } from "./source.js";
import type { System } from "./system.js";

async function* asLines(items: AsyncIterable<Small>): AsyncGenerator<string, void, undefined> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}

async function answer(stream: ServerHttp2Stream, path: string): Promise<void> {
  if (path === "/echo-bytes") {
    const bytes = await buffer(stream);
    stream.respond({ ":status": 200, "content-type": "application/octet-stream" });
    stream.end(bytes);
    return;
  }
  const request = await json(stream);
  stream.respond({
    ":status": 200,
    "content-type": path === "/chunks" ? "application/octet-stream" : "application/json",
  });
  if (path === "/echo") {
    stream.end(JSON.stringify(request));
    return;
  }
  const { count, bytes } = request as { count: number; bytes: number };
  const source = path === "/items" ? asLines(produceItems(count)) : produceChunks(count, bytes);
  await pipeline(Readable.from(source, { objectMode: path === "/items" }), stream);
}

function post(session: ClientHttp2Session, path: string, body: string | Uint8Array): ClientHttp2Stream {
  const type = typeof body === "string" ? "application/json" : "application/octet-stream";
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": type });
  stream.end(body);
  return stream;
}

export const system: System = {
  resumes: false,
  paced: true,

  async serve({ ca, server: { cert, key } }) {
    const server = http2.createSecureServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      answer(stream, headers[":path"] ?? "").catch(() => stream.destroy());
    });
    server.listen(0, "localhost");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port };
  },

  async connect(port, { ca, client: { cert, key } }) {
    const session = http2.connect(`https://localhost:${port}`, { ca, cert, key });
    await once(session, "connect");
    const call = async <Result>(value: unknown): Promise<Result> =>
      (await json(post(session, "/echo", JSON.stringify(value)))) as Result;
    return {
      echoSmall: (value) => call<Small>(value),
      echoOrder: () => call<Order>(sampleOrder),
      echoBytes: (bytes) => buffer(post(session, "/echo-bytes", bytes)),
      async readItems(count, take) {
        const lines = createInterface({ input: post(session, "/items", JSON.stringify({ count })) });
        for await (const line of lines) take(JSON.parse(line) as Small);
      },
      async readChunks(count, bytes, take) {
        for await (const chunk of post(session, "/chunks", JSON.stringify({ count, bytes }))) {
          const pause = take(chunk as Buffer);
          if (pause !== undefined) await pause;
        }
      },
      async close() {
        session.close();
        await once(session, "close");
      },
    };
  },
};
