// One connection: HELLO, streams and their credit, control frames, and the ways to finish. It knows frames, not methods
// or values. Every violation is answered in one place, #violated. PROTOCOL.md.
import type { Peer, Transport } from "@tautline/core";
import { TransportError } from "@tautline/core";
import { decodeHello, decodeMetadata, decodeOutcome, encodeHello, encodeOutcome, type Outcome } from "./envelope.js";
import { codeNumber } from "./code.js";
import { checkBegin, messageOverhead, ReceiveCredit } from "./flow-control.js";
import { decodeFrame } from "./frame-codec.js";
import {
  maxStreamId,
  protocolVersion,
  type CancelFrame,
  type EndFrame,
  type Frame,
  type GoAwayFrame,
  type HeadFrame,
  type HelloFrame,
  type MessageFrame,
  type OpenFrame,
} from "./frame.js";
import type { Limits, Settings } from "./limits.js";
import { Pinger } from "./pinger.js";
import { Reassembly } from "./reassembly.js";
import { RpcError } from "./rpc-error.js";
import type { Opening, OutgoingMessage } from "./send-queue.js";
import { Sender } from "./sender.js";
import { StreamTable } from "./stream-table.js";
import { Stream, type Arriving, type StreamSink } from "./stream.js";
import { Violation, type GoAwayReason } from "./violation.js";

/** A call that the peer opened, with its whole first message. */
export interface Arrival extends Arriving {
  /** No items follow. */
  readonly end: boolean;
  /** The arguments, encoded; `consumed(stream, cost)` when they are used. */
  readonly body: Uint8Array;
  readonly cost: number;
}

/** What a session asks of the layer that made it. */
export interface SessionOwner {
  /** Takes a call that the peer opened, and gives the stream its sink. Must not throw. */
  accept(session: Session, stream: Stream, arrival: Arrival): void;
  /** The peer wants no new streams here: make another connection for new calls. */
  peerDrains(session: Session): void;
}

export interface SessionOptions {
  readonly role: "client" | "server";
  readonly limits: Limits;
  readonly owner: SessionOwner;
  /** The peer's HELLO must arrive within this, in ms. */
  readonly helloTimeoutMs: number;
  /** Told to the peer for its logs. */
  readonly agent: string;
}

/**
 * ```
 *   opening ── the peer's HELLO ──▶ open ── DRAIN, either way ──▶ draining ──┐
 *      └───────────────────────────────┴─── close, violation, GOAWAY, loss ──┴──▶ closed
 * ```
 */
export type SessionState = "opening" | "open" | "draining" | "closed";

/** How long the peer may take to close after GOAWAY (PROTOCOL.md §13), in ms. */
const closeTimeoutMs = 2000;
/** Answers that may wait for a peer that does not read (V20), in bytes. */
const maxQueuedBytes = 1024 * 1024;
/** Timers cannot count further. */
const longestTimerMs = 2 ** 31 - 1;

/** One connection's streams. */
export class Session {
  readonly peer: Peer;
  readonly limits: Limits;
  /** Resolves when the peer's HELLO arrived; rejects with an RpcError if the connection ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is closed and its resources are released; never rejects. */
  readonly closed: Promise<void>;

  readonly #transport: Transport<Uint8Array, Frame>;
  readonly #owner: SessionOwner;
  readonly #pinger: Pinger;
  #state: SessionState = "opening";
  /** Why it ended, once it has. */
  #end: RpcError | undefined;
  #becomeReady: () => void = () => {};
  #failReady: (error: RpcError) => void = () => {};
  readonly #helloTimer: NodeJS.Timeout;

  // From the peer's HELLO on.
  #settings: Settings | undefined;
  #sender: Sender | undefined;
  #agent = "";

  readonly #receive: ReceiveCredit;
  readonly #opened = new StreamTable<Stream>();
  readonly #accepted = new StreamTable<Stream>();
  /** Ours whose OPEN is queued, and ours that wait for the peer's maxCalls, in order. */
  readonly #unopened = new Set<Stream>();
  readonly #waiting = new Map<Stream, OutgoingMessage>();
  #lastOpened: number;
  #lastAccepted: number;

  #drainSent = false;
  #drainAcked = false;
  #ackSent = false;
  #whenIdle: (() => void) | undefined;

  constructor(transport: Transport<Uint8Array, Frame>, options: SessionOptions) {
    const { role, limits, owner, helloTimeoutMs, agent } = options;
    this.peer = transport.peer;
    this.limits = limits;
    this.closed = transport.closed;
    this.#transport = transport;
    this.#owner = owner;
    this.#receive = new ReceiveCredit(limits.connectionWindow);
    this.#lastOpened = role === "client" ? -1 : 0;
    this.#lastAccepted = role === "client" ? 0 : -1;
    this.#pinger = new Pinger((frame) => this.#control(frame));
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#failReady = reject;
    });
    // Who cares awaits it; a session that nobody waits for must not end the process.
    this.ready.catch(() => {});
    this.#helloTimer = setTimeout(() => {
      this.#violated(new Violation("timeout", `the peer's HELLO did not arrive within ${helloTimeoutMs} ms`));
    }, helloTimeoutMs);
    this.#control({ kind: "hello", version: protocolVersion, settings: encodeHello({ settings: limits, agent }) });
    void this.#read();
  }

  get state(): SessionState {
    return this.#state;
  }

  /** What the peer accepts; defined once `ready` has resolved. */
  get settings(): Settings | undefined {
    return this.#settings;
  }

  /** What the peer calls itself, for logs; it may say anything. */
  get agent(): string {
    return this.#agent;
  }

  /** Why it ended; undefined while it has not. */
  get ended(): RpcError | undefined {
    return this.#end;
  }

  /** Streams that are open, either way, and calls of ours that wait to be. */
  get openStreams(): number {
    return this.#opened.size + this.#accepted.size + this.#unopened.size + this.#waiting.size;
  }

  ref(): void {
    this.#transport.ref();
  }

  unref(): void {
    this.#transport.unref();
  }

  // ——— calls that this side opens ———

  /**
   * Opens a stream with its first message. OPEN is written when there is credit and the peer's maxCalls allow; the sink
   * hears `opened` then. On a session that is not open the sink hears `lost`, with `executed: "no"`, before this returns.
   */
  open(opening: Opening, body: Uint8Array, end: boolean, sink: StreamSink): Stream {
    const stream = new Stream("opener", opening.oneWay, this.#settings?.window ?? 0, this.limits.window, sink);
    if (this.#state !== "open") {
      stream.state = "closed";
      sink.lost(this.#end ?? new RpcError("unavailable", "the connection takes no new calls", { executed: "no" }));
      return stream;
    }
    this.#waiting.set(stream, { kind: "message", body, end, opening, sent: 0 });
    this.#admitWaiting();
    return stream;
  }

  /** Queues the OPENs that the peer's maxCalls allow. */
  #admitWaiting(): void {
    if (this.#waiting.size === 0) return;
    const most = this.#settings?.maxCalls ?? 0;
    for (const [stream, message] of this.#waiting) {
      if (this.#opened.size + this.#unopened.size >= most) return;
      this.#waiting.delete(stream);
      this.#unopened.add(stream);
      this.#sender?.push(stream, message);
    }
  }

  /** Opener: gives the call up. What is not on the wire yet never will be. The sink hears nothing more. */
  cancel(stream: Stream, code: number, reason: string): void {
    stream.sink = silent;
    this.#sender?.discard(stream);
    if (stream.state === "idle") {
      stream.state = "closed";
      this.#waiting.delete(stream);
      this.#unopened.delete(stream);
      this.#admitWaiting();
      this.#checkIdle();
    } else if (stream.state === "open" || stream.state === "sent-end") {
      stream.state = "cancelled";
      this.#drop(stream);
      this.#control({ kind: "cancel", stream: stream.id, code, reason });
    }
  }

  // ——— sending on a stream, either side ———

  /** Whether a small message would go out now rather than wait: only then is the next item worth encoding. */
  canSend(stream: Stream): boolean {
    return stream.sending && this.#sender?.canSend(stream) === true;
  }

  /** Calls `sink.writable()`, once, as soon as {@link canSend} holds. */
  awaitWritable(stream: Stream): void {
    this.#sender?.await(stream);
  }

  /** Sends one message; it waits for credit and its turn. Does nothing where this side of the stream is over. */
  send(stream: Stream, body: Uint8Array, end: boolean): void {
    if (!stream.sending) return;
    if (end) this.#sentLast(stream);
    this.#sender?.push(stream, { kind: "message", body, end, opening: undefined, sent: 0 });
  }

  /** Acceptor: metadata of the response, encoded, before the first message. */
  head(stream: Stream, metadata: Uint8Array): void {
    if (stream.sending) this.#sender?.push(stream, { kind: "head", stream: stream.id, metadata });
  }

  /** Opener: no more items, behind those that wait. */
  endItems(stream: Stream): void {
    if (!stream.sending) return;
    this.#sentLast(stream);
    this.#sender?.push(stream, { kind: "end", stream: stream.id, code: 0, outcome: nothing });
  }

  /**
   * Acceptor: the outcome of the call, encoded. Success stands behind the messages that wait; a failure goes instead of
   * them. Does nothing where it was given already.
   */
  end(stream: Stream, code: number, outcome: Uint8Array): void {
    if (!stream.owesEnd) return;
    if (code !== 0 || stream.state === "cancelled") this.#sender?.discard(stream);
    this.#sentLast(stream);
    this.#sender?.push(stream, { kind: "end", stream: stream.id, code, outcome });
  }

  #sentLast(stream: Stream): void {
    if (stream.role === "opener") stream.state = "sent-end";
    else {
      stream.state = "ended";
      this.#drop(stream);
    }
  }

  /** The application is done with `cost` worth of what this stream received. */
  consumed(stream: Stream, cost: number): void {
    // What was dropped with its stream went back then.
    const credit = Math.min(cost, stream.unconsumed);
    if (credit === 0 || this.#state === "closed") return;
    stream.unconsumed -= credit;
    this.#return(credit);
    if (!stream.listening) return;
    stream.receive.consume(credit);
    if (stream.receive.due || (this.#receive.left <= 0 && stream.unconsumed === 0)) {
      this.#control({ kind: "window", stream: stream.id, credit: stream.receive.settle() });
    }
  }

  #return(credit: number): void {
    this.#receive.consume(credit);
    if (this.#receive.due) this.#control({ kind: "window", stream: 0, credit: this.#receive.settle() });
  }

  /** Everything that a stream received and nobody will consume goes back to the connection. */
  #drop(stream: Stream): void {
    stream.partial = undefined;
    this.consumed(stream, stream.unconsumed);
  }

  // What the sender tells at the moment of writing.
  readonly #hooks = {
    opening: (stream: Stream): void => {
      this.#unopened.delete(stream);
      this.#lastOpened += 2;
      stream.id = this.#lastOpened;
      stream.state = "open";
      this.#opened.add(stream.id, stream);
      // The last id: what comes next belongs on another connection.
      if (this.#lastOpened + 2 > maxStreamId) queueMicrotask(() => this.#peerDrains());
    },
    written: (stream: Stream): void => {
      if (stream.role === "opener") {
        stream.state = stream.state === "open" ? "sent-end" : stream.state;
        if (stream.oneWay) this.#close(stream);
      } else this.#retire(stream);
    },
  };

  // ——— what arrives ———

  async #read(): Promise<void> {
    try {
      // The loop is never left early: what comes behind a violation is dropped, so that our GOAWAY can be read.
      for await (const payloads of this.#transport) {
        for (const payload of payloads) if (this.#state !== "closed") this.#takePayload(payload);
      }
      this.#finish(new RpcError("unavailable", "the peer closed the connection"), undefined);
      void this.#transport.close();
    } catch (error) {
      this.#broke(error);
    }
  }

  #takePayload(payload: Uint8Array): void {
    try {
      this.#take(decodeFrame(payload));
    } catch (error) {
      if (error instanceof Violation) this.#violated(error);
      else this.#failed(error);
    }
  }

  #violated(violation: Violation): void {
    const error = new RpcError("unavailable", `the peer broke the protocol: ${violation.message}`, {
      cause: violation,
    });
    this.#goAway(violation.reason, violation.message, error);
  }

  /** A mistake of our own: the connection cannot be trusted any more, but the process can. */
  #failed(cause: unknown): void {
    this.#goAway("internal", "", new RpcError("internal", "tautline failed on this connection", { cause }));
  }

  /** The transport failed. Of what it could not decode, the peer can still be told. */
  #broke(error: unknown): void {
    const code = error instanceof TransportError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (code === "frame-too-large") this.#violated(new Violation("frame-too-large", message, { cause: error }));
    else if (code === "bad-preamble") this.#violated(new Violation("bad-hello", message, { cause: error }));
    else {
      const unauthenticated = code === "refused-by-peer" || code === "peer-untrusted";
      this.#finish(
        new RpcError(unauthenticated ? "unauthenticated" : "unavailable", message, { cause: error }),
        undefined,
      );
      this.#transport.abort();
    }
  }

  #take(frame: Frame): void {
    if (this.#settings === undefined && frame.kind !== "hello") {
      throw new Violation("bad-hello", `the first frame is ${frame.kind}, not HELLO`);
    }
    switch (frame.kind) {
      case "message":
        return this.#takeMessage(frame);
      case "open":
        return this.#takeOpen(frame);
      case "end":
        return this.#takeEnd(frame);
      case "window":
        return this.#takeWindow(frame.stream, frame.credit);
      case "head":
        return this.#takeHead(frame);
      case "cancel":
        return this.#takeCancel(frame);
      case "hello":
        return this.#takeHello(frame);
      case "ping":
        return this.#pinger.answer(frame.opaque);
      case "pong":
        return this.#pinger.settle(frame.opaque);
      case "drain":
        return this.#takeDrain();
      case "drain-ack":
        return this.#takeDrainAck(frame.last);
      case "go-away":
        return this.#takeGoAway(frame);
      case "extension":
        return;
    }
  }

  #takeHello(frame: HelloFrame): void {
    if (this.#settings !== undefined) throw new Violation("protocol-error", "a second HELLO");
    if (frame.version !== protocolVersion) {
      throw new Violation("bad-hello", `the peer speaks version ${frame.version}, this side ${protocolVersion}`);
    }
    const hello = decodeHello(frame.settings);
    clearTimeout(this.#helloTimer);
    this.#settings = hello.settings;
    this.#agent = hello.agent;
    this.#sender = new Sender(this.#transport, hello.settings, this.limits.fragmentBytes, this.#hooks);
    if (this.#state === "opening") this.#state = "open";
    this.#becomeReady();
  }

  #takeOpen(frame: OpenFrame): void {
    const next = this.#lastAccepted + 2;
    if (frame.stream !== next)
      throw new Violation("protocol-error", `OPEN of stream ${frame.stream}: the next one is ${next}`);
    if (this.#drainAcked) throw new Violation("protocol-error", "OPEN behind DRAIN_ACK");
    this.#lastAccepted = next;
    const stream = new Stream("acceptor", frame.oneWay, this.#settings?.window ?? 0, this.limits.window, silent);
    stream.id = next;
    const cost = messageOverhead + frame.metadata.length + frame.total;
    this.#debit(stream, cost);
    const metadata = decodeMetadata(frame.metadata, this.limits.maxMetadataBytes);
    if (this.#accepted.size >= this.limits.maxCalls) {
      return this.#refuse(stream, `more than ${this.limits.maxCalls} calls at once (this side's limit maxCalls)`);
    }
    if (frame.total > this.limits.maxMessageBytes) return this.#refuse(stream, this.#tooLong(frame.total));
    const { path, oneWay } = frame;
    const arriving: Arriving = {
      path,
      metadata,
      oneWay,
      timeoutMs: frame.timeoutMs === 0 ? Infinity : frame.timeoutMs,
    };
    this.#accepted.add(stream.id, stream);
    if (frame.last) return this.#accept(stream, arriving, frame.fragment, cost, frame.end);
    stream.arriving = arriving;
    stream.partial = new Reassembly(frame.total, cost, frame.fragment);
  }

  #accept(stream: Stream, arriving: Arriving, body: Uint8Array, cost: number, end: boolean): void {
    stream.arriving = undefined;
    if (end) stream.state = "got-end";
    // Nobody answers a one-way call: its stream is over, for both sides, with its message.
    if (arriving.oneWay) this.#retire(stream);
    this.#owner.accept(this, stream, { ...arriving, body, cost, end });
  }

  /** Answers a call that this side does not take at all; it never counts as open. */
  #refuse(stream: Stream, message: string): void {
    this.#drop(stream);
    if (stream.oneWay) return;
    const outcome = this.#outcome({ message, executed: "no" });
    this.#control({ kind: "end", stream: stream.id, code: codeNumber("resource-exhausted"), outcome });
  }

  #outcome(outcome: Outcome): Uint8Array {
    return encodeOutcome(outcome, (this.#settings?.maxFrameBytes ?? 16_384) - 64);
  }

  #tooLong(total: number): string {
    return `a message of ${total} bytes, and this side takes ${this.limits.maxMessageBytes} (its limit maxMessageBytes)`;
  }

  #debit(stream: Stream, cost: number): void {
    checkBegin(this.#receive, stream.receive, cost, this.limits.reserve, stream.id);
    this.#receive.debit(cost);
    stream.receive.debit(cost);
    stream.unconsumed += cost;
  }

  #isOurs(id: number): boolean {
    return (id & 1) === (this.#lastOpened & 1);
  }

  /** The stream of an id; undefined where it is over already. @throws Violation for one that never was */
  #streamOf(id: number): Stream | undefined {
    const ours = this.#isOurs(id);
    const stream = ours ? this.#opened.get(id) : this.#accepted.get(id);
    if (stream === undefined && id > (ours ? this.#lastOpened : this.#lastAccepted)) {
      throw new Violation("protocol-error", `a frame for stream ${id}, which was never opened`);
    }
    return stream;
  }

  #takeMessage(frame: MessageFrame): void {
    const stream = this.#streamOf(frame.stream);
    if (stream?.state === "got-end")
      throw new Violation("protocol-error", `MESSAGE of stream ${stream.id} behind its END`);
    if (stream === undefined || !stream.listening) return this.#ignoreMessage(frame);
    const { partial } = stream;
    if (frame.first) {
      if (partial !== undefined)
        throw new Violation("protocol-error", `stream ${stream.id} began a message inside another`);
      const cost = messageOverhead + frame.total;
      this.#debit(stream, cost);
      if (frame.total > this.limits.maxMessageBytes) this.#overlong(stream, frame.total);
      else if (frame.last) this.#deliver(stream, frame.fragment, cost, frame.end);
      else stream.partial = new Reassembly(frame.total, cost, frame.fragment);
      return;
    }
    if (partial === undefined) throw new Violation("protocol-error", `a fragment of no message on stream ${stream.id}`);
    const length = partial.length + frame.fragment.length;
    if (length > partial.total || frame.last !== (length === partial.total)) {
      throw new Violation(
        "protocol-error",
        `fragments of ${length} bytes of a message of ${partial.total} on stream ${stream.id}`,
      );
    }
    partial.add(frame.fragment);
    if (!frame.last) return;
    stream.partial = undefined;
    this.#deliver(stream, partial.whole(), partial.cost, frame.end);
  }

  /** It crossed our END or CANCEL: dropped, and its cost returned at once. */
  #ignoreMessage(frame: MessageFrame): void {
    if (!frame.first) return;
    const cost = messageOverhead + frame.total;
    this.#receive.debit(cost);
    this.#return(cost);
  }

  #deliver(stream: Stream, body: Uint8Array, cost: number, end: boolean): void {
    const { arriving } = stream;
    if (arriving !== undefined) {
      if (arriving.oneWay && !end)
        throw new Violation("protocol-error", `the message of one-way stream ${stream.id} has no END`);
      return this.#accept(stream, arriving, body, cost, end);
    }
    stream.seen = "messages";
    if (end && stream.role === "opener") this.#close(stream);
    else if (end) stream.state = "got-end";
    stream.sink.message(body, cost);
    if (end) stream.sink.end(0, success);
  }

  /** A message over the limit loses its call, not the connection (PROTOCOL.md §7.4). */
  #overlong(stream: Stream, total: number): void {
    const error = new RpcError("resource-exhausted", this.#tooLong(total));
    const { sink } = stream;
    if (stream.role === "opener") this.cancel(stream, codeNumber(error.code), error.message);
    else this.end(stream, codeNumber(error.code), this.#outcome({ message: error.message, executed: "maybe" }));
    sink.lost(error);
  }

  #takeHead(frame: HeadFrame): void {
    if (!this.#isOurs(frame.stream)) throw new Violation("protocol-error", "HEAD from an opener");
    const stream = this.#streamOf(frame.stream);
    const metadata = decodeMetadata(frame.metadata, this.limits.maxMetadataBytes);
    if (stream === undefined || !stream.listening) return;
    if (stream.seen !== "nothing")
      throw new Violation("protocol-error", `HEAD of stream ${stream.id} comes second, or behind a message`);
    stream.seen = "head";
    stream.sink.head(metadata);
  }

  #takeEnd(frame: EndFrame): void {
    const stream = this.#streamOf(frame.stream);
    const ours = this.#isOurs(frame.stream);
    if (!ours && (frame.code !== 0 || frame.outcome.length > 0))
      throw new Violation("protocol-error", "END of an opener with an outcome");
    const outcome = decodeOutcome(frame.outcome);
    if (stream === undefined) return;
    const { listening, sink } = stream;
    if (stream.partial !== undefined && (frame.code === 0 || !ours)) {
      throw new Violation("protocol-error", `END of stream ${stream.id} inside a message`);
    }
    if (ours) {
      const lost = stream.partial?.cost ?? 0;
      stream.partial = undefined;
      this.#close(stream);
      this.consumed(stream, lost);
    } else if (stream.state === "got-end") throw new Violation("protocol-error", `stream ${stream.id} ended twice`);
    else if (stream.state === "open") stream.state = "got-end";
    if (listening) sink.end(frame.code, outcome);
  }

  /** Opener: the call is over. */
  #close(stream: Stream): void {
    this.#sender?.discard(stream);
    this.#opened.delete(stream.id);
    stream.state = "closed";
    this.#admitWaiting();
    this.#checkIdle();
  }

  /** Acceptor: our END is written, or none is owed. */
  #retire(stream: Stream): void {
    this.#accepted.delete(stream.id);
    stream.state = "closed";
    this.#checkIdle();
  }

  #takeCancel(frame: CancelFrame): void {
    if (this.#isOurs(frame.stream)) throw new Violation("protocol-error", "CANCEL from an acceptor");
    const stream = this.#streamOf(frame.stream);
    if (stream === undefined || stream.state === "cancelled" || stream.state === "ended") return;
    stream.state = "cancelled";
    this.#sender?.discard(stream);
    this.#drop(stream);
    if (stream.arriving === undefined) stream.sink.cancelled(frame.code, frame.reason);
    else if (stream.oneWay) this.#retire(stream);
    else this.end(stream, frame.code, this.#outcome({ executed: "no" }));
  }

  #takeWindow(id: number, credit: number): void {
    const stream = id === 0 ? undefined : this.#streamOf(id);
    if (id === 0 || stream !== undefined) this.#sender?.grant(stream, credit);
  }

  // ——— ping, drain, the end ———

  /** Round trip to the peer, in ms. Calls share a ping that is under way. @throws RpcError if the connection ends first */
  ping(): Promise<number> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return this.#pinger.ping();
  }

  /**
   * Asks the peer to open no more, lets what is open finish, and closes; after `graceMs` what is left ends with
   * `unavailable`. Resolves when the connection is closed.
   */
  async drain(graceMs: number): Promise<void> {
    if (this.#state === "closed" || this.#drainSent) return this.closed;
    this.#drainSent = true;
    this.#state = "draining";
    this.#control({ kind: "drain", graceMs: Math.min(Math.ceil(graceMs), 0xffffffff) });
    const timer = setTimeout(() => this.#whenIdle?.(), Math.min(graceMs, longestTimerMs));
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#checkIdle();
    });
    clearTimeout(timer);
    this.#whenIdle = undefined;
    const error = new RpcError("unavailable", "the peer is shutting down, and its grace for open calls has passed");
    for (const stream of this.#accepted.values()) {
      stream.sink.lost(error);
      this.end(stream, codeNumber(error.code), this.#outcome({ message: error.message, executed: "maybe" }));
    }
    return this.close();
  }

  /** Ends the wait of {@link drain} when nothing is open, and nothing more can come. */
  #checkIdle(): void {
    if (this.#whenIdle !== undefined && this.#drainAcked && this.openStreams === 0) this.#whenIdle();
  }

  #takeDrain(): void {
    if (this.#ackSent) throw new Violation("protocol-error", "a second DRAIN");
    this.#peerDrains();
  }

  /** No more streams of ours here: tells the peer the last one, and the owner to go elsewhere. */
  #peerDrains(): void {
    if (this.#ackSent || this.#state === "closed") return;
    this.#ackSent = true;
    this.#state = "draining";
    this.#abandon(new RpcError("unavailable", "the peer is draining this connection", { executed: "no" }));
    this.#control({ kind: "drain-ack", last: Math.max(this.#lastOpened, 0) });
    this.#owner.peerDrains(this);
  }

  /** Calls whose OPEN is not written yet end here; nobody has seen them. */
  #abandon(error: RpcError): void {
    const abandoned = [...this.#unopened, ...this.#waiting.keys()];
    this.#unopened.clear();
    this.#waiting.clear();
    for (const stream of abandoned) {
      this.#sender?.discard(stream);
      stream.state = "closed";
      stream.sink.lost(error);
    }
  }

  #takeDrainAck(last: number): void {
    if (!this.#drainSent || this.#drainAcked || last !== Math.max(this.#lastAccepted, 0)) {
      throw new Violation("protocol-error", `DRAIN_ACK of ${last} that answers nothing, or names a wrong stream`);
    }
    this.#drainAcked = true;
    this.#checkIdle();
  }

  #takeGoAway(frame: GoAwayFrame): void {
    const why = frame.text === "" ? frame.reason : `${frame.reason}: ${frame.text}`;
    this.#finish(new RpcError("unavailable", `the peer ended the connection (${why})`), frame.last);
    this.#closeTransport();
  }

  /** Ends the connection now: open calls fail with `error`; the peer is told that it is on purpose. Resolves like `closed`. */
  close(error = new RpcError("cancelled", "this side closed the connection")): Promise<void> {
    this.#goAway("none", "", error);
    return this.closed;
  }

  #goAway(reason: GoAwayReason, text: string, error: RpcError): void {
    if (this.#state === "closed") return;
    this.#transport.send({ kind: "go-away", reason, last: Math.max(this.#lastAccepted, 0), text });
    this.#finish(error, undefined);
    this.#closeTransport();
  }

  /** Says the end, and waits for the peer's, but not for ever. */
  #closeTransport(): void {
    void this.#transport.close();
    const timer = setTimeout(() => this.#transport.abort(), closeTimeoutMs);
    void this.closed.then(() => clearTimeout(timer));
  }

  /** Settles everything that is open, once. `actedUpon`: the last of our streams that the peer acted upon, if it said. */
  #finish(error: RpcError, actedUpon: number | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#end = new RpcError(error.code, error.message, { executed: "no", cause: error.cause });
    clearTimeout(this.#helloTimer);
    this.#sender?.stop();
    this.#failReady(this.#end);
    this.#pinger.fail(this.#end);
    this.#abandon(this.#end);
    const open = [...this.#opened.values(), ...this.#accepted.values()];
    this.#opened.clear();
    this.#accepted.clear();
    for (const stream of open) {
      stream.state = "closed";
      const executed = stream.role === "opener" && actedUpon !== undefined && stream.id > actedUpon ? "no" : "maybe";
      stream.sink.lost(new RpcError(error.code, error.message, { executed, cause: error.cause }));
    }
    this.#whenIdle?.();
  }

  /** Control frames pass all data that waits. A peer that does not read cannot make them pile up. */
  #control(frame: Frame): void {
    this.#transport.send(frame);
    if (this.#transport.queuedBytes > maxQueuedBytes && this.#state !== "closed") {
      this.#finish(
        new RpcError("unavailable", `the peer does not read: ${this.#transport.queuedBytes} bytes wait for it`),
        undefined,
      );
      this.#transport.abort();
    }
  }
}

/** Nobody listens any more, or not yet. */
const silent: StreamSink = {
  opened() {},
  head() {},
  message() {},
  end() {},
  cancelled() {},
  lost() {},
  writable() {},
};

const success: Outcome = {};
const nothing = new Uint8Array(0);
