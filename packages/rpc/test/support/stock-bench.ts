// Servers of Stock over TCP, and a channel to them that shows in which form its calls were opened.
import { connectSocket, type Framing } from "@tautline/core";
import { RpcError, serve, type ServerOptions, type Server, type ChannelOptions } from "@tautline/rpc";
import { Channel } from "../../dist/channel.js";
import type { Frame } from "../../dist/frame.js";
import { frameFraming } from "../../dist/framing.js";
import { defaultLimits } from "../../dist/limits.js";
import type { Method, Service } from "../../dist/service.js";
import { SoldOutError, type StockHandlers } from "./stock.js";

/** Serves one version of Stock. Every number comes back with 100 added. */
export class StockDesk implements StockHandlers {
  readonly notes: number[] = [];
  /** Called when `take` has begun; it answers when the promise resolves. */
  taking: () => Promise<unknown> = () => Promise.resolve();

  async take(number: number): Promise<number> {
    await this.taking();
    return number + 100;
  }

  async sell(number: number): Promise<number> {
    throw new SoldOutError({ left: number });
  }

  async *watch(number: number): AsyncIterable<number> {
    for (let n = 1; n <= number; n++) yield n + 100;
  }

  async load(number: number, items: AsyncIterable<number>): Promise<number> {
    let sum = number;
    for await (const item of items) sum += item;
    return sum + 100;
  }

  async *relay(number: number, items: AsyncIterable<number>): AsyncIterable<number> {
    for await (const item of items) yield number + item + 100;
  }

  note(number: number): void {
    this.notes.push(number);
  }
}

export function serveStock(
  service: Service<StockHandlers>,
  desk: StockHandlers = new StockDesk(),
  options: Partial<ServerOptions> = {},
): Promise<Server> {
  const services = [service.handle(desk)];
  return serve({ insecure: true, host: "127.0.0.1", port: 0, logger: false, services, ...options });
}

/** A channel to a server that a test may put another one in the place of. */
export class StockClient {
  /** Each OPEN that was written, as `Stock/take named`. */
  readonly opened: string[] = [];
  /** Where the next connection goes. */
  server: Server;
  readonly channel: Channel;

  constructor(server: Server, options: ChannelOptions = {}) {
    this.server = server;
    const framing = frameFraming(defaultLimits);
    const shown: Framing<Frame> = {
      encode: (frame, batch) => {
        if (frame.kind === "open") this.opened.push(`${frame.path} ${frame.positional ? "positional" : "named"}`);
        framing.encode(frame, batch);
      },
      decoder: () => framing.decoder(),
    };
    const dial = (signal: AbortSignal) => {
      const { port } = this.server.address;
      if (port === undefined) throw new RpcError("failed-precondition", "the server has no port");
      return connectSocket({ host: "127.0.0.1", port, framing: shown, insecure: true, signal, timeoutMs: Infinity });
    };
    this.channel = new Channel(dial, "stock", options);
  }

  take(service: Service<StockHandlers>, number: number): Promise<number> {
    return this.channel.unary(methodOf(service, "take"), [number]);
  }

  /** Makes a call, so that a question that went before it is answered when this resolves, and then forgets both. */
  async settle(service: Service<StockHandlers>): Promise<void> {
    await this.take(service, 0);
    await new Promise(setImmediate);
    this.opened.length = 0;
  }
}

export function methodOf(service: Service<StockHandlers>, name: string): Method {
  const method = service.methods.get(name);
  if (method === undefined) throw new TypeError(`Stock has no ${name}`);
  return method;
}
