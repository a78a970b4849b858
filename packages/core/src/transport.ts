// The seam between bytes and calls: a transport is a stream of whole items in, and a sink of items out.
// It knows nothing of what an item means, nor of what carries it.
import type { Peer } from "./peer.js";

/**
 * One connection. Down is a function call (`send`), up is iteration: each step yields all the items that have arrived, in
 * order, so that a busy connection pays for one turn of the loop per chunk and not per item.
 *
 * The iteration may be entered once. It returns when the peer ended cleanly at an item's boundary, and throws a
 * `TransportError` for anything else, or what the reader of a framing's own items threw; that is the one place where the end
 * is told. An item is a view of memory, or refers to such, that the transport will not write to again; keeping it keeps its
 * whole chunk. Only a PayloadPart, where a framing has such, is lent for its step.
 *
 * After bytes that cannot be decoded it drops what still arrives, but `send` and `close` go on working, so that the owner
 * can tell the peer why; after a truncation or a reset the connection is over.
 *
 * @typeParam Item what arrives
 * @typeParam Sent what `send` takes, where that is not the same (a message that encodes itself into the batch)
 */
export interface Transport<Item, Sent = Item> extends AsyncIterable<readonly Item[]> {
  /** Who is at the other end; fixed for the life of the connection. */
  readonly peer: Peer;

  /**
   * Encodes `item` into the batch of this turn of the event loop; the batch is written when the turn ends, or sooner
   * when it is large. Never blocks and never throws for the state of the connection: after the end it does nothing.
   *
   * @returns false when the bytes that wait reached the high-water mark: stop, and go on after {@link drained}. Also false
   *   after `close` or the connection's end, when nothing can be sent any more.
   * @throws what the encoder throws for this item; nothing of it is sent then
   */
  send(item: Sent): boolean;

  /** Whether `send` would return true now. */
  readonly writable: boolean;

  /** Bytes accepted by `send` that the operating system has not taken yet. */
  readonly queuedBytes: number;

  /** Bytes that the operating system has taken so far, and bytes that arrived so far: what shows whether a peer lives. */
  readonly sentBytes: number;
  readonly receivedBytes: number;

  /**
   * Settles when `writable` is true again, or when the connection ended (then `send` does nothing; the iteration says
   * why). All who wait share one promise. Never rejects.
   */
  drained(): Promise<void>;

  /**
   * Graceful: everything sent so far is written, then the end is told to the peer (TLS close_notify, TCP FIN). Resolves
   * like {@link closed}. What the peer still sends until its own end is still iterated; who waits for a peer that may
   * be dead sets a bound by calling {@link abort}.
   */
  close(): Promise<void>;

  /**
   * Immediate: what is not written yet is lost, what nobody took yet is dropped, the iteration throws `reason` (default: a
   * TransportError `closed`), the socket is destroyed. Over TCP and TLS the peer may see a plain end: node:tls cannot tell
   * it from a close_notify, so a protocol that must know says goodbye in a frame.
   */
  abort(reason?: Error): void;

  /** Resolves when the connection has ended and its resources are released; never rejects. */
  readonly closed: Promise<void>;

  /** Whether this connection keeps the process alive (it does at first). */
  ref(): void;
  unref(): void;
}

/** Accepts connections: iterate to take them, one by one, each ready for use. The iteration ends after `close`. */
export interface Listener<Item, Sent = Item> extends AsyncIterable<Transport<Item, Sent>> {
  /** Where it listens: `{ host, port }`, or `{ path }` of a Unix socket. */
  readonly address: ListenAddress;
  /** Stops accepting, and drops connections that nobody took yet. Those that were taken live on. */
  close(): Promise<void>;
}

export type ListenAddress =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };
