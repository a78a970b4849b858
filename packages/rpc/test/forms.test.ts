// In which form calls really travel, between real ends: both of one version, of different ones, and one after another.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ChannelOptions, Interceptor, Server, ServerOptions } from "@tautline/rpc";
import { expect, test, vi } from "vitest";
import { methodOf, serveStock, StockClient, StockDesk } from "./support/stock-bench.js";
import { SoldOutError, stockService, type StockHandlers } from "./support/stock.js";
import type { Service } from "../dist/service.js";

type Stock = Service<StockHandlers>;

/** Runs `work` with a client of a server, and closes both. */
async function withStock(
  service: Stock,
  work: (client: StockClient, desk: StockDesk, server: Server) => Promise<void>,
  { client: channel, ...options }: Partial<ServerOptions> & { readonly client?: ChannelOptions } = {},
): Promise<void> {
  const desk = new StockDesk();
  const server = await serveStock(service, desk, options);
  const client = new StockClient(server, channel);
  try {
    await work(client, desk, server);
  } finally {
    await client.channel.close();
    await server.close();
  }
}

/** Calls each method once, and checks what comes back. */
async function callAll({ channel }: StockClient, desk: StockDesk, service: Stock): Promise<void> {
  async function* items(): AsyncIterable<number> {
    yield* [1, 2, 3];
  }
  async function collect(from: AsyncIterable<unknown>): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const item of from) all.push(item);
    return all;
  }
  desk.notes.length = 0;
  await channel.oneWay(methodOf(service, "note"), [7]);
  expect(await channel.unary(methodOf(service, "take"), [1])).toBe(101);
  expect(await collect(channel.serverStream(methodOf(service, "watch"), [3]))).toEqual([101, 102, 103]);
  expect(await channel.clientStream(methodOf(service, "load"), [10], items())).toBe(116);
  expect(await collect(channel.bidiStream(methodOf(service, "relay"), [10], items()))).toEqual([111, 112, 113]);
  const error = await channel.unary(methodOf(service, "sell"), [5]).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SoldOutError);
  expect(error).toMatchObject({ left: 5 });
  // All others were answered behind it on the same connection.
  expect(desk.notes).toEqual([7]);
}

const names = ["note", "take", "watch", "load", "relay", "sell"];
const all = (form: string): string[] => names.map((name) => `Stock/${name} ${form}`);

test("calls of every shape are positional both ways where both ends have one version", () =>
  withStock(stockService("a"), async (client, desk) => {
    await client.channel.ready();
    await callAll(client, desk, stockService("a"));
    expect(client.opened).toEqual(all("positional"));
  }));

test("a call that is made before there is a connection is named, and those after it are not", () =>
  withStock(stockService("a"), async (client) => {
    const service = stockService("a");
    expect(await client.take(service, 1)).toBe(101);
    expect(await client.take(service, 2)).toBe(102);
    expect(client.opened).toEqual(["Stock/take named", "Stock/take positional"]);
  }));

test("calls in this process are positional as well", async () => {
  const service = stockService("a");
  const server = await serveStock(service);
  const channel = server.connect();
  await channel.ready();
  const { request, response = expect.fail() } = methodOf(service, "take");
  const writes = [vi.spyOn(request, "write"), vi.spyOn(response, "write")];
  expect(await channel.unary(methodOf(service, "take"), [1])).toBe(101);
  // The arguments and the answer.
  expect(writes.flatMap(({ mock }) => mock.calls.map(([to]) => to.isNamed))).toEqual([false, false]);
  await channel.close();
  await server.close();
});

test("with another version the server is asked once, and then what is equal is positional and the rest named", () =>
  withStock(stockService("b", { take: "a", watch: "a" }), async (client, desk) => {
    const service = stockService("a");
    await client.channel.ready();
    await Promise.all(Array.from({ length: 100 }, (_, n) => client.take(service, n)));
    expect(client.opened).toEqual([...Array.from({ length: 100 }, () => "Stock/take named"), "tautline/methods named"]);

    await client.settle(service);
    await callAll(client, desk, service);
    expect(client.opened).toEqual([
      "Stock/note named",
      "Stock/take positional",
      "Stock/watch positional",
      "Stock/load named",
      "Stock/relay named",
      "Stock/sell named",
    ]);
  }));

test("a client without fingerprints, and a server without them, use maps", async () => {
  const plain = stockService();
  const told = stockService("a");
  for (const [client, server] of [
    [plain, told],
    [told, plain],
  ] as const) {
    await withStock(server, async (stock, desk) => {
      await stock.channel.ready();
      await callAll(stock, desk, client);
      expect(stock.opened).toEqual(all("named"));
    });
  }
});

test("a call that waits is encoded anew where its connection is lost and the next server has another version", async () => {
  const service = stockService("a");
  const desk = new StockDesk();
  const begun = new Promise<void>((resolve) => {
    desk.taking = () => {
      resolve();
      return new Promise(() => {});
    };
  });
  const old = await serveStock(service, desk, { limits: { maxCalls: 1 } });
  const client = new StockClient(old);
  await client.channel.ready();
  const running = client.take(service, 1).catch((thrown: unknown) => thrown);
  // There is room for one: these wait, in the form that the old server reads.
  const waiting = client.take(service, 2);
  const streamed = client.channel.clientStream(methodOf(service, "load"), [10], onlyOne());
  async function* onlyOne(): AsyncIterable<number> {
    yield 5;
  }

  client.server = await serveStock(stockService("b"));
  await begun;
  await old.close();
  expect(await running).toMatchObject({ code: "unavailable", executed: "maybe" });
  expect([await waiting, await streamed]).toEqual([102, 115]);
  expect(client.opened).toEqual([
    "Stock/take positional",
    "Stock/take named",
    "Stock/load named",
    "tautline/methods named",
  ]);
  await client.channel.close();
  await client.server.close();
});

test("a new connection to a version that is known asks nothing", async () => {
  const service = stockService("a");
  const served = stockService("b", { take: "a" });
  const old = await serveStock(served);
  const client = new StockClient(old);
  await client.take(service, 1);
  await client.settle(service);
  await client.take(service, 2);
  expect(client.opened).toEqual(["Stock/take positional"]);
  client.server = await serveStock(served);
  await old.close();

  await client.channel.ready();
  client.opened.length = 0;
  expect(await client.take(service, 3)).toBe(103);
  expect(client.opened).toEqual(["Stock/take positional"]);
  await client.channel.close();
  await client.server.close();
});

test("neither end's interceptors see the question for methods", async () => {
  const seen: string[] = [];
  const spy: Interceptor = (call, next) => {
    seen.push(`${call.side} ${call.method.path}`);
    return next(call);
  };
  await withStock(
    stockService("b", { take: "a" }),
    async (client) => {
      await client.take(stockService("a"), 1);
      await client.take(stockService("a"), 2);
      expect(client.opened).toContain("tautline/methods named");
    },
    { interceptors: [spy], client: { interceptors: [spy] } },
  );
  expect(seen).toEqual(["client Stock/take", "server Stock/take", "client Stock/take", "server Stock/take"]);
});

test("a difference is told on the diagnostics channel once, with where it is", async () => {
  const events: unknown[] = [];
  const hear = (event: unknown): void => void events.push(event);
  subscribe("tautline:rpc:skew", hear);
  const service = stockService("a");
  await withStock(stockService("b", { watch: "a" }), async (client, _desk, server) => {
    await client.take(service, 1);
    await client.settle(service);
    await client.take(service, 2);
    for await (const _ of client.channel.serverStream(methodOf(service, "watch"), [1]));
    expect(events).toEqual([
      {
        target: "stock",
        peer: `127.0.0.1:${server.address.port}`,
        service: "Stock",
        method: "take",
        direction: "both",
      },
    ]);
  });
  unsubscribe("tautline:rpc:skew", hear);
});

test("a service of the name tautline is refused", async () => {
  const own = { ...stockService("a"), name: "tautline" };
  const refused = { ...stockService("a").handle(new StockDesk()), service: own };
  await expect(withStock(stockService("a"), async () => {}, { services: [refused] })).rejects.toMatchObject({
    code: "invalid-argument",
    message: "the service tautline is a name that is tautline's own",
  });
});
