// A Transport over any node:stream Duplex: write order, coalescing, drain, truncation. Socket events stop in this file;
// what the stream is (TLS, TCP, memory) it does not know.
//
//            close()                    the peer's end, flushed
//   open ───────────────▶ ending ───────────────────────────────▶ closed
//    │  abort, error         │  abort, error                        ▲
//    └───────────────────────┴──────────── destroyed ───────────────┘
//
// Reading ends on its own: by the peer's end, or by bytes that cannot be decoded. Writing goes on after both, so that
// last words can be sent; what still arrives is dropped, since unread bytes would turn our end into a reset, and that
// would take the last words with it.
import type { Duplex } from "node:stream";
import { Batch } from "./batch.js";
import { TransportError } from "./errors.js";
import type { FrameDecoder, Framing } from "./framing.js";
import { Inbox } from "./inbox.js";
import { checkInteger } from "./option-check.js";
import type { Peer } from "./peer.js";
import type { SocketReads } from "./socket-reads.js";
import { explainFailure } from "./stream-failure.js";
import type { Transport } from "./transport.js";

/** Copied bytes in a batch that are written before the turn ends: a full TLS record. */
const flushCopiedBytes = 16 * 1024;

/** All bytes in a batch, referenced ones included, that are written before the turn ends. */
const flushBytes = 1024 * 1024;

/** Bytes that are dropped once both directions are over; they are on their way where the widest window was in use. */
const mostDroppedBytes = 8 * 1024 * 1024;

const settled = Promise.resolve();

/** How often a stall is looked for while its time runs. */
const looksPerStall = 4;

/** Bounds of one connection. */
export interface TransportOptions {
  /**
   * `send` returns false once this many bytes wait to be taken by the operating system. At least 1, default 131,072: it
   * keeps a kernel's send buffer filled, and a reply that comes behind it waits about a millisecond at 100 MiB/s.
   */
  readonly highWaterBytes?: number | undefined;
  /**
   * Reading stops while this many bytes of whole items wait for the iteration, and the peer feels it through TCP. At
   * least 1, default 65,536: one chunk of a socket, so that the next is received while the last is worked on. At most one
   * chunk more is held.
   */
  readonly readAheadBytes?: number | undefined;
  /**
   * How long the rest of a frame may take once its first bytes are in, in ms: at least 1, or Infinity; default 30,000. It is
   * found within twice that, and told as `timeout`; the time in which this end does not read does not count.
   */
  readonly frameTimeoutMs?: number | undefined;
  /**
   * How long the operating system may take none of the bytes that wait, in ms: at least 1, or Infinity; default 10,000. Then
   * the peer is gone or does not read, and the connection is destroyed, with `stalled`; found within 1.25 times that. TCP
   * alone needs a quarter of an hour. What is written is some 128 KiB at once, so that 13 KiB/s are enough.
   */
  readonly stallTimeoutMs?: number | undefined;
}

/** What a FramedTransport is made of. */
export interface FramedTransportOptions<Item, Sent> extends TransportOptions {
  readonly framing: Framing<Item, Sent>;
  readonly peer: Peer;
  /**
   * Whether the stream reads no written memory after the write's callback, as sockets do; one that hands chunks on may.
   * Default: false, and nothing is told by `Batch.whenWritten`.
   */
  readonly releasesWritten?: boolean | undefined;
  /** How the stream is read, where it was made so. Default: by its 'data' events. */
  readonly reads?: SocketReads | undefined;
  /** Says what an error of the stream means. Default: `reset`. */
  readonly explain?: ((error: Error) => TransportError) | undefined;
  /**
   * Says what it means that the peer ended before its first byte, or broke the connection (`error`), where that is more
   * than a clean end or what `explain` says. Not asked after our own close.
   */
  readonly explainSilentEnd?: ((error?: Error) => TransportError | undefined) | undefined;
}

/** The keys of {@link TransportOptions}, for those who check options. */
export const transportOptionKeys = ["highWaterBytes", "readAheadBytes", "frameTimeoutMs", "stallTimeoutMs"] as const;

/** @throws TransportError `bad-option` */
export function checkTransportOptions(options: TransportOptions): void {
  const { highWaterBytes, readAheadBytes, frameTimeoutMs, stallTimeoutMs } = options;
  if (highWaterBytes !== undefined) checkInteger("highWaterBytes", highWaterBytes, 1);
  if (readAheadBytes !== undefined) checkInteger("readAheadBytes", readAheadBytes, 1);
  if (frameTimeoutMs !== undefined && frameTimeoutMs !== Infinity) {
    checkInteger("frameTimeoutMs", frameTimeoutMs, 1, 2 ** 31 - 1);
  }
  if (stallTimeoutMs !== undefined && stallTimeoutMs !== Infinity) {
    checkInteger("stallTimeoutMs", stallTimeoutMs, 1, 2 ** 31 - 1);
  }
}

/** A stream with what sockets have besides. */
type SocketLike = Duplex & { ref?(): unknown; unref?(): unknown };

/**
 * One connection over `stream`, which it owns from now on: it must be open, with nothing read from it, and must not end
 * its writing by itself when reading ends (`allowHalfOpen`).
 *
 * Leaving the iteration early says that no more is wanted: what still arrives is dropped, and the connection is closed
 * gracefully, with what was sent. It is not aborted, so that an owner who leaves the loop because of a violation can
 * still say so to the peer.
 */
export class FramedTransport<Item, Sent = Item> implements Transport<Item, Sent> {
  readonly peer: Peer;
  readonly closed: Promise<void>;

  readonly #stream: SocketLike;
  readonly #framing: Framing<Item, Sent>;
  readonly #explain: (error: Error) => TransportError;
  readonly #explainSilentEnd: ((error?: Error) => TransportError | undefined) | undefined;
  readonly #releasesWritten: boolean;
  readonly #highWaterBytes: number;
  readonly #readAheadBytes: number;

  readonly #decoder: FrameDecoder<Item>;
  readonly #inbox: Inbox<Item>;
  #iterated = false;
  #receivedBytes = 0;
  #droppedBytes = 0;
  readonly #frameTimeoutMs: number;
  #frameTimer: NodeJS.Timeout | undefined;
  /** Whether a frame became whole since the timer was set. */
  #frameCompleted = false;

  readonly #batch = new Batch();
  #open = true;
  #isRefused = false;
  #flushScheduled = false;
  #flushedBytes = 0;
  #drain: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  readonly #stallTimeoutMs: number;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(stream: Duplex, options: FramedTransportOptions<Item, Sent>) {
    checkTransportOptions(options);
    this.peer = options.peer;
    this.#stream = stream;
    this.#framing = options.framing;
    this.#explain = options.explain ?? ((error) => explainFailure(error, this.peer.address));
    this.#explainSilentEnd = options.explainSilentEnd;
    this.#releasesWritten = options.releasesWritten ?? false;
    this.#highWaterBytes = options.highWaterBytes ?? 128 * 1024;
    this.#readAheadBytes = options.readAheadBytes ?? 64 * 1024;
    this.#frameTimeoutMs = options.frameTimeoutMs ?? 30_000;
    this.#stallTimeoutMs = options.stallTimeoutMs ?? 10_000;
    this.#decoder = options.framing.decoder();
    this.#inbox = new Inbox(() => this.#resume());

    stream.on("error", this.#onError);
    this.closed = new Promise((resolve) => {
      stream.once("close", () => {
        this.#onClose();
        resolve();
      });
    });
    stream.on("end", this.#onEnd);
    if (options.reads === undefined) stream.on("data", this.#onData);
    else options.reads.take = this.#onRead;
  }

  get writable(): boolean {
    return this.#open && this.queuedBytes < this.#highWaterBytes;
  }

  get queuedBytes(): number {
    return this.#batch.byteLength + this.#stream.writableLength;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get sentBytes(): number {
    return this.#flushedBytes - this.#stream.writableLength;
  }

  send(item: Sent): boolean {
    if (!this.#open) return false;
    const batch = this.#batch;
    const start = batch.byteLength;
    try {
      this.#framing.encode(item, batch);
    } catch (error) {
      batch.rewind(start);
      throw error;
    }
    if (batch.length >= flushCopiedBytes || batch.byteLength >= flushBytes) {
      this.#flush();
    } else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      process.nextTick(FramedTransport.#flushAtTick, this);
    }
    return this.queuedBytes < this.#highWaterBytes;
  }

  drained(): Promise<void> {
    if (!this.#open || this.writable) return settled;
    if (this.#drain === undefined) {
      let resolve = (): void => {};
      const promise = new Promise<void>((settle) => (resolve = settle));
      this.#drain = { promise, resolve };
    }
    return this.#drain.promise;
  }

  close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#flush();
      this.#stream.end();
      // The system has the last words by now, if it takes any: before it is asked for more of what the peer sends.
      if (this.#isRefused) process.nextTick(() => this.#stream.destroy());
    }
    return this.closed;
  }

  /**
   * Reads nothing more: behind what is held the iteration throws `error`. Last words can still be sent; {@link close} destroys
   * the connection right behind them.
   */
  refuse(error: TransportError): void {
    this.#isRefused = true;
    this.#inbox.end(error);
  }

  abort(reason?: Error): void {
    this.#inbox.clear();
    this.#destroy(reason ?? new TransportError("closed", `this end aborted the connection to ${this.peer.address}`));
  }

  ref(): void {
    this.#stream.ref?.();
  }

  unref(): void {
    this.#stream.unref?.();
  }

  /** @throws Error where it was entered before: the items of a connection have one consumer. */
  [Symbol.asyncIterator](): AsyncIterator<readonly Item[], undefined> {
    if (this.#iterated) throw new Error("this transport is iterated already: a connection's items have one consumer");
    this.#iterated = true;
    return {
      next: () => this.#inbox.next(),
      return: async () => {
        this.#inbox.clear();
        this.#inbox.end();
        this.#resume();
        void this.close();
        return { done: true, value: undefined };
      },
    };
  }

  static #flushAtTick(this: void, transport: FramedTransport<unknown, never>): void {
    transport.#flushScheduled = false;
    transport.#flush();
  }

  #flush(): void {
    const bytes = this.#batch.byteLength;
    if (bytes === 0 || this.#stream.destroyed) return;
    if (this.#stallTimer === undefined) this.#watchWrites(this.sentBytes, 0);
    this.#flushedBytes += bytes;
    const awaiting = this.#batch.takeAwaiting();
    const chunks = this.#batch.take();
    const last = chunks.length - 1;
    const onWritten =
      awaiting === undefined || !this.#releasesWritten ? this.#onWritten : this.#onReleased.bind(this, awaiting);
    if (last === 0) {
      this.#stream.write(chunks[0], onWritten);
      return;
    }
    // Corked, so that the chunks become one write; each further one would cost a TLS record and a system call.
    this.#stream.cork();
    chunks.forEach((chunk, index) => this.#stream.write(chunk, index === last ? onWritten : undefined));
    this.#stream.uncork();
  }

  /** By the write's callback and not by 'drain', which a stream with a higher mark than ours would never emit. */
  readonly #onWritten = (): void => {
    if (this.#drain !== undefined && this.queuedBytes < this.#highWaterBytes) this.#settleDrain();
  };

  /** Memory of a write that failed may be under way still: whoever waits for it is not told. */
  #onReleased(awaiting: readonly (() => void)[], error?: Error | null): void {
    if (error === undefined || error === null) for (const done of awaiting) done();
    this.#onWritten();
  }

  /**
   * Looks back like {@link FramedTransport.#watchFrame}, and goes on as long as something waits. By looks and not by the
   * clock: a process that stood still itself has seen one of them late, and no stall.
   */
  #watchWrites(sentBefore: number, looks: number): void {
    if (this.#stallTimeoutMs === Infinity) return;
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = undefined;
      const { queuedBytes, sentBytes } = this;
      if (queuedBytes === 0 || this.#stream.destroyed) return;
      if (sentBytes > sentBefore) return this.#watchWrites(sentBytes, 0);
      if (looks + 1 < looksPerStall) return this.#watchWrites(sentBytes, looks + 1);
      const text = `it took none of the ${queuedBytes} bytes that wait for it within stallTimeoutMs (${this.#stallTimeoutMs} ms)`;
      this.#destroy(new TransportError("stalled", `${this.peer.address}: ${text}`));
    }, this.#stallTimeoutMs / looksPerStall);
    this.#stallTimer.unref();
  }

  #settleDrain(): void {
    this.#drain?.resolve();
    this.#drain = undefined;
  }

  readonly #onData = (chunk: Uint8Array): void => this.#receive(chunk, false);

  /** Lends the chunk to a consumer who waits: it looks at it now, and is done with it before it waits again. */
  readonly #onRead = (chunk: Uint8Array): boolean => {
    const lent = this.#inbox.isAwaited;
    this.#receive(lent ? chunk : Buffer.from(chunk), lent);
    return lent && !this.#inbox.isAwaited;
  };

  #receive(chunk: Uint8Array, lent: boolean): void {
    this.#receivedBytes += chunk.length;
    const inbox = this.#inbox;
    if (inbox.ended) return this.#drop(chunk.length);
    const unfinished = this.#decoder.bufferedBytes + chunk.length;
    try {
      this.#decoder.push(chunk, inbox.items, lent);
      const { bufferedBytes } = this.#decoder;
      // Some of these bytes belong to no unfinished frame; parts of one are items, and end nothing.
      if (bufferedBytes < unfinished) this.#frameCompleted = true;
      if (bufferedBytes > 0 && this.#frameTimer === undefined) this.#watchFrame();
      inbox.arrived(chunk.length);
      if (inbox.heldBytes >= this.#readAheadBytes) this.#stream.pause();
    } catch (error) {
      inbox.end(error instanceof Error ? error : new Error("the decoder failed", { cause: error }));
    }
  }

  /** What nobody wants. Who goes on and on behind our end does not read our last words either. */
  #drop(bytes: number): void {
    if (this.#open) return;
    this.#droppedBytes += bytes;
    if (this.#droppedBytes > mostDroppedBytes) this.#stream.destroy();
  }

  /** One timer that looks back, and not one for each chunk: a busy stream is inside some frame after most of them. */
  #watchFrame(): void {
    if (this.#frameTimeoutMs === Infinity) return;
    this.#frameCompleted = false;
    this.#frameTimer = setTimeout(() => {
      this.#frameTimer = undefined;
      const { bufferedBytes } = this.#decoder;
      if (bufferedBytes === 0 || this.#inbox.ended) return;
      if (this.#frameCompleted || this.#stream.isPaused()) return this.#watchFrame();
      const text = `the rest of a frame, of which ${bufferedBytes} bytes are here, did not come within ${this.#frameTimeoutMs} ms`;
      this.#inbox.end(new TransportError("timeout", `${this.peer.address}: ${text}`));
    }, this.#frameTimeoutMs);
    this.#frameTimer.unref();
  }

  #resume(): void {
    if (this.#stream.isPaused()) this.#stream.resume();
  }

  readonly #onEnd = (): void => {
    if (this.#inbox.ended) return;
    const { bufferedBytes } = this.#decoder;
    if (bufferedBytes > 0) {
      this.#destroy(
        new TransportError(
          "truncated",
          `the connection to ${this.peer.address} ended inside a frame, with ${bufferedBytes} bytes of it received`,
        ),
      );
      return;
    }
    const refusal = this.#silentEnd();
    if (refusal === undefined) this.#inbox.end();
    else this.#destroy(refusal);
  };

  readonly #onError = (error: Error): void => {
    this.#inbox.end(this.#silentEnd(error) ?? this.#explain(error));
    this.#stream.destroy();
  };

  #silentEnd(error?: Error): TransportError | undefined {
    return this.#receivedBytes === 0 && this.#open ? this.#explainSilentEnd?.(error) : undefined;
  }

  #onClose(): void {
    this.#open = false;
    clearTimeout(this.#frameTimer);
    clearTimeout(this.#stallTimer);
    if (!this.#inbox.ended) {
      this.#inbox.end(new TransportError("reset", `the connection to ${this.peer.address} broke before it ended`));
    }
    this.#settleDrain();
    this.#stream.off("data", this.#onData).off("end", this.#onEnd).off("error", this.#onError);
  }

  #destroy(reason: Error): void {
    this.#open = false;
    this.#inbox.end(reason);
    this.#batch.rewind(0);
    this.#stream.destroy();
  }
}
