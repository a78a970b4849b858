// ws with msgpackr: what a team writes that wants calls over a WebSocket and takes no framework. Messages are
// [id, kind, value]; a stream waits while much is buffered, as the documentation of ws suggests, and its reader pauses the
// socket where it is slow.
import { pack, unpack } from "msgpackr";
import type { WebSocket } from "ws";
import { sampleOrder } from "../../contract/sample.js";
import type { Order, Small } from "../../contract/workload.js";
import { produceChunks, produceItems } from "../source.js";
import type { System } from "../system.js";
import { closeWebSocket, listenWebSocket, openWebSocket, portOf } from "./web-socket.js";

type Message = readonly [id: number, kind: "echo" | "items" | "chunks" | "item" | "end", value?: unknown];

/** A stream waits for the socket when more than so much is buffered. */
const enoughBufferedBytes = 256 * 1024;

function receive(data: unknown): Message {
  return unpack(data as Buffer) as Message;
}

async function serveStream(socket: WebSocket, id: number, source: AsyncIterable<unknown>): Promise<void> {
  for await (const item of source) {
    const message = pack([id, "item", item]);
    if (socket.bufferedAmount < enoughBufferedBytes) socket.send(message);
    else await new Promise<void>((resolve) => socket.send(message, () => resolve()));
  }
  socket.send(pack([id, "end"]));
}

function serveSocket(socket: WebSocket): void {
  socket.on("message", (data) => {
    const [id, kind, value] = receive(data);
    if (kind === "echo") return socket.send(pack([id, "end", value]));
    const { count, bytes } = value as { count: number; bytes: number };
    void serveStream(socket, id, kind === "items" ? produceItems(count) : produceChunks(count, bytes));
  });
  socket.on("error", () => socket.terminate());
}

interface Pending {
  readonly take?: ((value: unknown) => Promise<void> | void) | undefined;
  readonly done: (value: unknown) => void;
}

/** Gives items to `take` one by one, and keeps the socket paused while one of them is being taken. */
function inTurn(socket: WebSocket, take: (value: unknown) => Promise<void> | void): (value: unknown) => void {
  const waiting: unknown[] = [];
  let busy = false;
  const go = (): void => {
    busy = false;
    while (waiting.length > 0) {
      const pause = take(waiting.shift());
      if (pause === undefined) continue;
      busy = true;
      void pause.then(go);
      return;
    }
    if (socket.isPaused) socket.resume();
  };
  return (value) => {
    waiting.push(value);
    if (!busy) go();
    if (busy) socket.pause();
  };
}

export const system: System = {
  resumes: false,
  paced: true,
  mostStreams: 10_000,

  async serve(certificates) {
    const sockets = await listenWebSocket(certificates);
    sockets.on("connection", serveSocket);
    return { port: portOf(sockets) };
  },

  async connect(port, certificates) {
    const socket = await openWebSocket(port, certificates);
    const pending = new Map<number, Pending>();
    let lastId = 0;
    socket.on("message", (data) => {
      const [id, kind, value] = receive(data);
      const call = pending.get(id);
      if (kind === "item") return void call?.take?.(value);
      pending.delete(id);
      call?.done(value);
    });
    const call = <Result>(kind: Message[1], value: unknown, take?: Pending["take"]): Promise<Result> =>
      new Promise((resolve) => {
        const id = ++lastId;
        pending.set(id, { take, done: (result) => resolve(result as Result) });
        socket.send(pack([id, kind, value]));
      });
    return {
      echoSmall: (value) => call<Small>("echo", value),
      echoOrder: () => call<Order>("echo", sampleOrder),
      echoBytes: (bytes) => call<Uint8Array>("echo", bytes),
      readItems: (count, take) => call("items", { count, bytes: 0 }, (item) => take(item as Small)),
      readChunks: (count, bytes, take) =>
        call(
          "chunks",
          { count, bytes },
          inTurn(socket, (chunk) => take(chunk as Uint8Array)),
        ),
      close: () => closeWebSocket(socket),
    };
  },
};
