// A Listener over any net.Server: binding, taking, closing. What makes a transport of a socket is its caller's.
import type { ListenOptions as NetListenOptions, Server } from "node:net";
import type { AcceptQueue } from "./accept-queue.js";
import { TransportError } from "./errors.js";
import { badOption } from "./option-check.js";
import type { ListenAddress, Listener, Transport } from "./transport.js";

/** A connection that did not come about, told to the server's operator. */
export interface Refusal {
  /** The client's, as in `Peer.address`; the listener's own where accepting itself failed. */
  readonly address: string;
  /** What happened, in the message; never anything that the client may choose freely. */
  readonly error: TransportError;
}

/**
 * One listening socket and the transports that wait to be taken. Leaving its iteration leaves it open: the next loop goes
 * on taking.
 */
export class SocketListener<Item, Sent> implements Listener<Item, Sent> {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #accepted: AcceptQueue<Transport<Item, Sent>>;
  readonly #onClose: () => Promise<void>;

  /** @param onClose drops the connections that are still being made */
  constructor(
    server: Server,
    accepted: AcceptQueue<Transport<Item, Sent>>,
    onClose: () => Promise<void> = async () => {},
  ) {
    this.#server = server;
    this.#accepted = accepted;
    this.#onClose = onClose;
    this.address = boundAddress(server);
  }

  async close(): Promise<void> {
    // Not awaited: net.Server says 'close' only after the last connection, and those that were taken live on.
    this.#server.close();
    const unmade = this.#onClose();
    const untaken = this.#accepted.end();
    for (const transport of untaken) {
      transport.abort(new TransportError("closed", "the listener closed before anybody took this connection"));
    }
    await Promise.all([unmade, ...untaken.map((transport) => transport.closed)]);
  }

  [Symbol.asyncIterator](): AsyncIterator<Transport<Item, Sent>, undefined> {
    return { next: () => this.#accepted.take() };
  }
}

/**
 * Connections that the system keeps until they are accepted, as far as it lets us (`net.core.somaxconn`). Those beyond are
 * connected for their clients and unknown here, for seconds in which no time of ours runs, so that a storm must fit.
 */
const backlog = 65_535;

/**
 * Binds `server`. Its later errors (no file descriptor left for an accept) go to `onError`, and end nothing.
 *
 * @throws TransportError `bad-option` with the system's error as `cause` where the address cannot be bound
 */
export async function bind(server: Server, options: NetListenOptions, onError: (error: Error) => void): Promise<void> {
  const option = options.path === undefined ? "port" : "path";
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const where = options.path ?? `${options.host}:${options.port}`;
      const why =
        error.code === "EADDRINUSE" ? "is in use by another listener: choose another, or stop that one" : error.message;
      reject(badOption(option, `${where} cannot be listened on: it ${why}`, error));
    };
    server.once("error", fail);
    server.listen({ backlog, ...options }, () => {
      server.off("error", fail);
      server.on("error", onError);
      resolve();
    });
  });
}

function boundAddress(server: Server): ListenAddress {
  const bound = server.address();
  if (bound === null) throw new Error("the server is not listening");
  return typeof bound === "string" ? { path: bound } : { host: bound.address, port: bound.port };
}
