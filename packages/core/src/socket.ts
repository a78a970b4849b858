// Plain TCP and Unix sockets. Nothing here is encrypted and nobody is verified, which the caller has to say in so many words.
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { AcceptQueue } from "./accept-queue.js";
import { formatAddress, remoteAddress } from "./address.js";
import { connectOptionKeys, dial, type ConnectOptions } from "./dial.js";
import { TransportError } from "./errors.js";
import {
  checkTransportOptions,
  FramedTransport,
  transportOptionKeys,
  type TransportOptions,
} from "./framed-transport.js";
import type { Framing } from "./framing.js";
import { bind, SocketListener, type Refusal } from "./listener.js";
import { badOption, checkInteger, checkKeys } from "./option-check.js";
import type { Peer } from "./peer.js";
import { SocketReads } from "./socket-reads.js";
import type { Listener, Transport } from "./transport.js";

/** How long a TCP connection may be silent before the kernel probes it, in ms. It finds what no frame ever would. */
export const keepAliveMs = 60_000;

/** Node's own socket streams read as much at once. */
const readBytes = 64 * 1024;

/** A TCP port, or the path of a Unix socket. */
export type SocketPlace =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/** What both ends of a plain connection say. */
export interface InsecureOptions<Item, Sent> extends TransportOptions {
  readonly framing: Framing<Item, Sent>;
  /** That nothing is encrypted and nobody is verified: for a Unix socket, or behind something that does both. */
  readonly insecure: true;
}

export type ConnectSocketOptions<Item, Sent> = SocketPlace & InsecureOptions<Item, Sent> & ConnectOptions;

export type ListenSocketOptions<Item, Sent> = SocketPlace &
  InsecureOptions<Item, Sent> & {
    /** Told of each connection that could not be accepted. Default: nobody is. */
    readonly onRefused?: ((refusal: Refusal) => void) | undefined;
  };

const sharedKeys = ["host", "port", "path", "framing", "insecure", ...transportOptionKeys];

/**
 * Connects without TLS.
 *
 * @throws TransportError `connect-failed`, `timeout`, `aborted`, `bad-option`
 */
export async function connectSocket<Item, Sent>(
  options: ConnectSocketOptions<Item, Sent>,
): Promise<Transport<Item, Sent>> {
  checkKeys("", options, [...sharedKeys, ...connectOptionKeys]);
  checkInsecure(options, 1);
  const target = describe(options);
  const reads = new SocketReads(readBytes);
  const shared = { allowHalfOpen: true, onread: reads.onread };
  return dial({
    ...options,
    target,
    readyEvent: "connect",
    start: () =>
      connect(
        options.path === undefined
          ? { ...shared, host: options.host, port: options.port }
          : { ...shared, path: options.path },
      ),
    explain: (error) =>
      new TransportError("connect-failed", `cannot connect to ${target}: ${error.message}`, { cause: error }),
    open: (socket) => openTransport(socket, options, reads),
  });
}

/**
 * Listens without TLS. Port 0 is any free one; `listener.address` says which. A Unix socket's file is made with the
 * process's umask and goes away on close; one that a dead process left behind is replaced, a live one never.
 *
 * @throws TransportError `bad-option`, also where the address is in use
 */
export async function listenSocket<Item, Sent>(
  options: ListenSocketOptions<Item, Sent>,
): Promise<Listener<Item, Sent>> {
  checkKeys("", options, [...sharedKeys, "onRefused"]);
  checkInsecure(options, 0);
  if (options.path !== undefined) await removeStaleSocket(options.path);

  const accepted = new AcceptQueue<Transport<Item, Sent>>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.put(openTransport(socket, options));
  });
  await bind(
    server,
    options.path === undefined ? { host: options.host, port: options.port } : { path: options.path },
    (error) =>
      options.onRefused?.({
        address: describe(options),
        error: new TransportError("connect-failed", `a connection could not be accepted: ${error.message}`, {
          cause: error,
        }),
      }),
  );
  return new SocketListener(server, accepted);
}

function openTransport<Item, Sent>(
  socket: Socket,
  options: SocketPlace & InsecureOptions<Item, Sent>,
  reads?: SocketReads,
): FramedTransport<Item, Sent> {
  if (options.path === undefined) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
  }
  const { framing, highWaterBytes, readAheadBytes, frameTimeoutMs, stallTimeoutMs } = options;
  return new FramedTransport(socket, {
    framing,
    highWaterBytes,
    readAheadBytes,
    frameTimeoutMs,
    stallTimeoutMs,
    reads,
    releasesWritten: true,
    peer: peerOf(socket, options),
  });
}

function peerOf(socket: Socket, place: SocketPlace): Peer {
  if (place.path !== undefined) return { kind: "unix", address: place.path, tls: undefined };
  return { kind: "tcp", address: remoteAddress(socket) ?? describe(place), tls: undefined };
}

function describe(place: SocketPlace): string {
  return place.path ?? formatAddress(place.host, place.port);
}

/** At run time too: JavaScript has callers without types, and an option bag may come from a file. */
function checkInsecure(options: SocketPlace & InsecureOptions<unknown, never>, leastPort: number): void {
  const insecure: unknown = options.insecure;
  if (insecure !== true) {
    throw badOption(
      "insecure",
      "must be true: nothing is encrypted here and nobody is verified; use connectTls and listenTls otherwise",
    );
  }
  checkTransportOptions(options);
  if (options.path === undefined) checkInteger("port", options.port, leastPort, 65_535);
  else if (options.host !== undefined || options.port !== undefined) throw badOption("path", "excludes host and port");
}

/** Removes the socket file of a process that is gone: one that nobody answers on. */
async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file === undefined) return;
  if (!file.isSocket()) throw badOption("path", `${path} exists and is not a socket: choose another`);
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    // Only a refusal shows that nobody listens; any other failure (no permission) leaves the file alone.
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
  if (answered) throw badOption("path", `${path} is in use by another listener: choose another, or stop that one`);
  await unlink(path);
}
