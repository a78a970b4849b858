import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { expect, onTestFinished, test, vi } from "vitest";
import { TransportError } from "../dist/errors.js";
import { Handshakes } from "../dist/handshakes.js";
import type { Refusal } from "../dist/listener.js";
import { alpn, authority, clientLeaf, listen, serverTls } from "./support/tls.js";
import { accept } from "./support/transports.js";

interface Gate {
  readonly port: number;
  /** How many connections there were so far. */
  readonly begun: () => number;
  /** What has spoken first, in order; resolves with the next. */
  readonly nextStart: () => Promise<Socket>;
  readonly nextRefusal: () => Promise<Refusal>;
  readonly started: readonly Socket[];
}

/** A server that does not go beyond the first byte. */
async function openGate(onStart: () => void = () => {}): Promise<Gate> {
  const started: Socket[] = [];
  const refused: Refusal[] = [];
  let tell = (): void => {};
  const handshakes = new Handshakes(
    5000,
    50,
    (refusal) => {
      refused.push(refusal);
      tell();
    },
    (raw) => {
      started.push(raw);
      onStart();
      tell();
    },
  );
  let begun = 0;
  const server = createServer({ allowHalfOpen: true }, (raw) => {
    begun++;
    handshakes.begin(raw);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await handshakes.drop();
    server.close();
  });
  const next = async <T>(list: readonly T[]): Promise<T> => {
    const have = list.length;
    while (list.length === have) await new Promise<void>((resolve) => (tell = resolve));
    return list[have] as T;
  };
  const { port } = server.address() as AddressInfo;
  return { port, begun: () => begun, started, nextStart: () => next(started), nextRefusal: () => next(refused) };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.on("error", () => {}).resume();
  await once(socket, "connect");
  return socket;
}

test("TLS begins with the first byte, which is still there to be read", async () => {
  const { port, nextStart, started } = await openGate();
  const silent = await dial(port);
  const talker = await dial(port);
  const start = nextStart();
  talker.write("x");
  expect((await start).read()).toEqual(Buffer.from("x"));
  // The silent one came first.
  expect(started).toHaveLength(1);
  silent.destroy();
  talker.destroy();
});

test("a client that ends without a byte is gone, and TLS never begins", async () => {
  const { port, nextRefusal, started } = await openGate();
  const client = await dial(port);
  const refusal = nextRefusal();
  client.end();
  expect((await refusal).error).toMatchObject({
    code: "handshake-failed",
    message: expect.stringContaining("went away"),
  });
  expect(started).toEqual([]);
  client.destroy();
});

test("handshakes that could all begin at once begin for 4 ms of each turn of the loop", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let turn = 0;
  const startedIn = new Map<number, number>();
  const { port, begun, started } = await openGate(() => {
    startedIn.set(turn, (startedIn.get(turn) ?? 0) + 1);
    vi.advanceTimersByTime(2);
  });
  const clients = await Promise.all(Array.from({ length: 50 }, () => dial(port)));
  while (begun() < clients.length) await nextTurn();
  for (const client of clients) client.write("x");
  for (; started.length < clients.length; turn++) await nextTurn();
  // At 0, 2 and 4 ms.
  expect(Math.max(...startedIn.values())).toBe(3);
  for (const client of clients) client.destroy();
});

/** A connection of a client that has its port again at once. */
function connectionFrom(port: number): Socket {
  const address = { remoteAddress: "192.0.2.1", remotePort: port, remoteFamily: "IPv4" };
  return Object.defineProperties(new Socket(), Object.getOwnPropertyDescriptors(address));
}

test.each(["in its handshake", "admitted"])(
  "a silent client whose port was that of a reset connection, %s, is destroyed when its time is over",
  async (state) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const refused: Refusal[] = [];
    const handshakes = new Handshakes(
      5000,
      50,
      (refusal) => refused.push(refusal),
      () => {},
    );
    const first = connectionFrom(7);
    const second = connectionFrom(7);
    const firstClosed = once(first, "close");
    handshakes.begin(first);
    if (state === "admitted") handshakes.admit("192.0.2.1:7");
    handshakes.begin(second);
    // Only now are we told.
    first.destroy();
    await firstClosed;
    await nextTurn();
    expect(second.destroyed).toBe(false);
    // Nor does TLS, whose socket has no address any more, end the other's time.
    handshakes.refuse(handshakes.addressOf(new Socket()), new TransportError("handshake-failed", "went away"));
    await vi.advanceTimersByTimeAsync(5000);
    expect(second.destroyed).toBe(true);
    const codes = refused.map(({ error }) => error.code);
    expect(codes).toEqual(state === "admitted" ? ["timeout"] : ["handshake-failed", "timeout"]);
  },
);

test("a handshake whose first byte comes alone is a handshake", async () => {
  const { listener, port } = await listen(serverTls);
  onTestFinished(() => listener.close());
  const raw = await dial(port);
  let isFirst = true;
  const cut = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const at = isFirst ? 1 : 0;
      isFirst = false;
      raw.write(chunk.subarray(0, at));
      // The server has read that byte when it has turned the loop since, which is the test's as well.
      setImmediate(() => setImmediate(() => raw.write(chunk.subarray(at), () => done())));
    },
  });
  raw.on("data", (chunk) => cut.push(chunk));
  const client = connectTls({
    socket: cut,
    ca: authority.cert,
    ...clientLeaf,
    ALPNProtocols: [alpn],
    servername: "localhost",
  });
  client.on("error", () => {});
  const transport = await accept(listener);
  expect(transport.peer.tls).toMatchObject({ protocol: "TLSv1.3", servername: "localhost" });
  client.destroy();
  raw.destroy();
  transport.abort();
  await transport.closed;
});
