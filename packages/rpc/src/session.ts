// One connection from HELLO to its end: opening and ending streams, control frames, drain, GOAWAY. It knows frames, not
// methods or values. Every violation is answered in one place, #violated. PROTOCOL.md.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Peer } from "@tautline/core";
import { PayloadPart, TransportError } from "@tautline/core";
import { now } from "./clock.js";
import { codeNumber } from "./code.js";
import { CutMessage } from "./cut-message.js";
import { Drain, type DrainHost } from "./drain.js";
import { encodeOutcome, noServices, type Outcome } from "./envelope.js";
import { faultBurst, FaultBudget, faultsPerSecond } from "./fault-budget.js";
import { maxStreamId, protocolVersion, type Frame, type GoAwayFrame, type HelloFrame } from "./frame.js";
import { workOf } from "./frame-work.js";
import type { FrameTransport } from "./framing.js";
import type { Limits, Settings } from "./limits.js";
import { defaultKeepalive, Keepalive, type KeepaliveTimes, type Watched } from "./keepalive.js";
import { Openings, type OpeningsHost } from "./openings.js";
import { Patience } from "./patience.js";
import { PeerDrain } from "./peer-drain.js";
import { PeerHello } from "./peer-hello.js";
import { Pinger } from "./pinger.js";
import { Receiver, type ReceiverHost } from "./receiver.js";
import { RpcError } from "./rpc-error.js";
import type { Opening, OutgoingMessage } from "./send-queue.js";
import { Sender, type SenderHost } from "./sender.js";
import { failureOf, meaningOf, ownFailure, type SessionEnd } from "./session-end.js";
import type { Span } from "./span.js";
import { silent, Stream, type Arrival, type StreamSink } from "./stream.js";
import { Streams } from "./streams.js";
import { turns } from "./turns.js";
import { Violation, type GoAwayReason } from "./violation.js";
import { WaitingAnswers, type WaitingAnswersHost } from "./waiting-answers.js";

/** What a session asks of the layer that made it. */
export interface SessionOwner {
  /** Takes a call that the peer opened, and gives the stream its sink. Must not throw. */
  accept(session: Session, stream: Stream, arrival: Arrival): void;
  /** A call that the peer opened was refused for what this side's limits say. */
  refused?(session: Session, why: string): void;
  /** No new streams can be opened here: make another connection for new calls. */
  takesNoMore(session: Session): void;
  /** The peer has taken answers: {@link Session.hasRoomForAnswer} holds again. */
  roomForAnswer?(): void;
}

export interface SessionOptions {
  readonly role: "client" | "server";
  readonly limits: Limits;
  readonly owner: SessionOwner;
  /** The peer's HELLO must arrive within this, in ms. */
  readonly helloTimeoutMs: number;
  /** What the peer is told, by `encodeHello`: made once for all sessions of one side. */
  readonly hello: Uint8Array;
  /** When a silent peer is asked, and given up. Default: as a channel's and a server's. */
  readonly keepalive?: KeepaliveTimes;
}

/**
 * ```
 *   opening ── the peer's HELLO ──▶ open ── DRAIN, either way ──▶ draining ──┐
 *      └───────────────────────────────┴─── close, violation, GOAWAY, loss ──┴──▶ closed
 * ```
 */
export type SessionState = "opening" | "open" | "draining" | "closed";

/** How long the peer may take to close after GOAWAY, or where it drained and nothing is open (PROTOCOL.md §12, §13), in ms. */
const closeTimeoutMs = 2000;
/** The same for one that has not even said HELLO, in ms. */
const strangerCloseTimeoutMs = 500;
/** Answers that may wait for a peer that does not read (V20), in bytes. */
const maxQueuedBytes = 1024 * 1024;

/** So many frames are taken without a look at what came of them. */
const answeredEvery = 32;
/** Whoever awaits it goes on behind what is settled already. */
const settled = Promise.resolve();

/** One connection's streams. */
export class Session implements ReceiverHost, OpeningsHost, SenderHost, DrainHost, WaitingAnswersHost, Watched {
  readonly peer: Peer;
  readonly limits: Limits;
  /** Resolves when the peer's HELLO arrived; rejects with an RpcError if the connection ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is closed and its resources are released; never rejects. */
  readonly closed: Promise<void>;

  /**
   * The owner's to write: whether calls that came have to begin before others are read. Only while they can without anything
   * that is still to be read, or two such peers would wait for each other.
   */
  isHeldBack = false;

  readonly #transport: FrameTransport;
  readonly #owner: SessionOwner;
  readonly #streams: Streams;
  readonly #receiver: Receiver;
  readonly #cut = new CutMessage();
  readonly #pinger: Pinger;
  readonly #keepalive: Keepalive;
  readonly #faults = new FaultBudget();
  readonly #answers: WaitingAnswers;
  #state: SessionState = "opening";
  /** Why it ended, once it has. */
  #end: SessionEnd | undefined;
  readonly #hello: PeerHello;
  // From the peer's HELLO on.
  #settings: Settings | undefined;
  #sender: Sender | undefined;

  readonly #openings = new Openings(this);

  // Once they are asked for.
  #drain: Drain | undefined;
  #peerDrain: PeerDrain | undefined;

  constructor(transport: FrameTransport, options: SessionOptions) {
    const { role, limits, owner, helloTimeoutMs, hello } = options;
    this.peer = transport.peer;
    this.limits = limits;
    this.closed = transport.closed;
    this.#transport = transport;
    this.#owner = owner;
    this.#streams = new Streams(role);
    this.#receiver = new Receiver(this.#streams, limits, this);
    this.#answers = new WaitingAnswers(limits, this);
    this.#pinger = new Pinger((frame) => this.control(frame));
    this.#keepalive = new Keepalive(this, options.keepalive ?? defaultKeepalive);
    this.#hello = new PeerHello(helloTimeoutMs, (violation) => this.#violated(violation));
    this.ready = this.#hello.ready;
    this.control({ kind: "hello", version: protocolVersion, settings: hello });
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
    return this.#hello.said?.agent ?? "";
  }

  /** Fingerprints of the services that the peer says it serves, 16 hex digits by name; empty before `ready`. */
  get services(): ReadonlyMap<string, string> {
    return this.#hello.said?.services ?? noServices;
  }

  /** Why it ended; undefined while it has not. */
  get ended(): SessionEnd | undefined {
    return this.#end;
  }

  /** Streams that are open, either way, and calls of ours that wait to be. */
  get openStreams(): number {
    return this.#streams.size + this.#openings.size;
  }

  /** Grows with each stream that is opened, either way. */
  get streamsSoFar(): number {
    return this.#streams.lastOpened + this.#streams.lastAccepted;
  }

  /** When something came for the last time, on the clock of `now`. */
  get receivedAt(): number {
    return this.#receiver.receivedAt;
  }

  get receivedBytes(): number {
    return this.#transport.receivedBytes;
  }

  ref(): void {
    this.#transport.ref();
  }

  unref(): void {
    this.#transport.unref();
  }

  // ——— streams that this side opens ———

  /**
   * Opens a stream with its first message. OPEN is written when there is credit and the peer's maxCalls allow; the sink
   * hears `opened` then. On a session that is not open the sink hears `lost`, with `executed: "no"`, before this returns.
   */
  open(opening: Opening, body: Span, end: boolean, sink: StreamSink): Stream {
    const stream = new Stream("opener", opening.oneWay, this.#settings?.window ?? 0, this.limits.window, sink);
    if (this.#state !== "open") {
      stream.state = "closed";
      sink.lost(failureOf(this.#end ?? { code: "unavailable", message: "the connection takes no new calls" }, "no"));
      return stream;
    }
    this.#openings.add(stream, { kind: "message", body, end, opening, sent: 0 });
    return stream;
  }

  /** Opener: gives the call up. What is not on the wire yet never will be. The sink hears nothing more. */
  cancel(stream: Stream, code: number, reason: string): void {
    stream.sink = silent;
    this.#sender?.discard(stream);
    if (stream.state === "idle") {
      stream.state = "closed";
      this.#openings.remove(stream);
      this.#openings.admit();
      this.#lookForEnd();
    } else if (stream.state === "open" || stream.state === "sent-end") {
      stream.state = "cancelled";
      this.#receiver.drop(stream);
      this.control({ kind: "cancel", stream: stream.id, code, reason });
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

  /** Acceptor: whether one more call may begin, whose answer would wait for the peer behind others. */
  get hasRoomForAnswer(): boolean {
    return this.#answers.hasRoom;
  }

  /** Acceptor: whether the answer of a call that has run may wait; where it may not, the call fails. */
  get mayAnswerWait(): boolean {
    return this.#answers.mayWait;
  }

  /** Sends one message; it waits for credit and its turn. Does nothing where this side of the stream is over. */
  send(stream: Stream, body: Span, end: boolean): void {
    if (!stream.sending) return;
    if (end) this.#sendsLast(stream);
    this.#sender?.send(stream, { kind: "message", body, end, opening: undefined, sent: 0 });
  }

  /** Acceptor: metadata of the response, encoded, before the first message. */
  head(stream: Stream, metadata: Uint8Array): void {
    if (stream.sending) this.#sender?.push(stream, { kind: "head", stream: stream.id, metadata });
  }

  /** Opener: no more items, behind those that wait. */
  endItems(stream: Stream): void {
    if (!stream.sending) return;
    this.#sendsLast(stream);
    this.#sender?.push(stream, { kind: "end", stream: stream.id, code: 0, outcome: nothing });
  }

  /**
   * Acceptor: the outcome of the call, encoded. Success stands behind the messages that wait; a failure goes instead of
   * them. Does nothing where it was given already.
   */
  end(stream: Stream, code: number, outcome: Uint8Array): void {
    if (!stream.owesEnd) return;
    if (code !== 0 || stream.state === "cancelled") this.#sender?.discard(stream);
    this.#sendsLast(stream);
    this.#sender?.push(stream, { kind: "end", stream: stream.id, code, outcome });
  }

  /** Nothing can be sent behind what is queued now. */
  #sendsLast(stream: Stream): void {
    if (stream.role === "opener") stream.state = "sent-end";
    else {
      stream.state = "ended";
      this.#receiver.drop(stream);
    }
  }

  /** The application is done with `cost` worth of what this stream received. */
  consumed(stream: Stream, cost: number): void {
    if (this.#state !== "closed") this.#receiver.consumed(stream, cost);
  }

  /** An outcome for {@link end}, in the peer's bounds. @throws RpcError `internal` where it cannot be sent */
  outcome(outcome: Outcome): Uint8Array {
    return encodeOutcome(outcome, (this.#settings?.maxFrameBytes ?? 16_384) - 64);
  }

  // ——— what arrives ———

  async #read(): Promise<void> {
    try {
      for await (const frames of this.#transport) {
        this.#receiver.receivedAt = now();
        // By index: the machine does not see through an iterator in a function that waits.
        for (let index = 0; index < frames.length; index++) {
          const frame = frames[index] as Frame | PayloadPart;
          if (turns.isOver(workOf(frame), index)) await turns.next();
          // What handlers answer at once waits by then, and is looked at before others begin.
          else if (index % answeredEvery === answeredEvery - 1 && this.#streams.accepted.size > 0) await settled;
          while (this.isHeldBack) await nextTurn();
          // What comes behind our GOAWAY is dropped by the transport, which goes on reading so that it can be read.
          if (this.#state === "closed") return;
          this.#takeFrame(frame);
        }
      }
      // Most often it was said before.
      if (this.#end === undefined) {
        this.#finish({ code: "unavailable", message: "the peer closed the connection" }, undefined);
      }
      void this.#transport.close();
    } catch (error) {
      this.#broke(error);
    }
  }

  #takeFrame(frame: Frame | PayloadPart): void {
    try {
      this.#take(frame instanceof PayloadPart ? this.#cut.take(frame) : frame);
    } catch (error) {
      if (error instanceof Violation) this.#violated(error);
      else this.failed(error);
    }
  }

  /** A mistake of our own: the connection cannot be trusted any more, but the process can. */
  failed(cause: unknown): void {
    this.#goAway("internal", "", ownFailure(cause));
  }

  #violated(violation: Violation): void {
    const message = `the peer broke the protocol: ${violation.message}`;
    this.#goAway(violation.reason, violation.message, { code: "unavailable", message, cause: violation });
  }

  /** The transport failed. */
  #broke(error: unknown): void {
    if (error instanceof Violation) return this.#violated(error);
    if (!(error instanceof TransportError)) return this.failed(error);
    const meaning = meaningOf(error);
    if (meaning instanceof Violation) this.#violated(meaning);
    else this.#breakOff(meaning);
  }

  #take(frame: Frame): void {
    if (frame.kind === "hello") return this.#takeHello(frame);
    if (this.#settings === undefined) throw new Violation("bad-hello", `the first frame is ${frame.kind}, not HELLO`);
    switch (frame.kind) {
      case "message":
        return this.#receiver.takeMessage(frame);
      case "open":
        if (this.#drain?.isAnswered === true) throw new Violation("protocol-error", "OPEN behind DRAIN_ACK");
        return this.#receiver.takeOpen(frame, this.#settings.window);
      case "end":
        return this.#receiver.takeEnd(frame);
      case "window":
        return this.#takeWindow(frame.stream, frame.credit);
      case "head":
        return this.#receiver.takeHead(frame);
      case "cancel":
        return this.#receiver.takeCancel(frame);
      case "ping":
        return this.#pinger.answer(frame.opaque);
      case "pong":
        return this.#pinger.settle(frame.opaque);
      case "drain":
        if (this.#peerDrain !== undefined) throw new Violation("protocol-error", "a second DRAIN");
        return this.#peerDrains();
      case "drain-ack":
        return this.#takeDrainAck(frame.last);
      case "go-away":
        return this.#takeGoAway(frame);
      case "extension":
        return;
    }
  }

  #takeHello(frame: HelloFrame): void {
    const { settings } = this.#hello.take(frame);
    this.#settings = settings;
    const { fragmentBytes } = this.limits;
    this.#sender = new Sender(this.#transport, settings, { fragmentBytes, answers: this.#answers, host: this });
    if (this.#state === "opening") this.#state = "open";
    this.#keepalive.start();
  }

  #takeWindow(id: number, credit: number): void {
    const stream = id === 0 ? undefined : this.#streams.find(id);
    if (id === 0 || stream !== undefined) this.#sender?.grant(stream, credit);
  }

  // ——— ping, drain, the end ———

  /** Round trip to the peer, in ms. Calls share a ping that is under way. @throws RpcError if the connection ends first */
  ping(): Promise<number> {
    if (this.#end !== undefined) return Promise.reject(failureOf(this.#end, "no"));
    const answered = this.#pinger.ping();
    this.#keepalive.asked();
    return answered;
  }

  /**
   * Asks the peer to open no more, lets what is open finish, and closes; after `graceMs` what is left ends with
   * `unavailable`. Resolves when the connection is closed.
   */
  async drain(graceMs: number): Promise<void> {
    if (this.#state === "closed" || this.#drain !== undefined) return this.closed;
    this.#drain = new Drain(this, graceMs);
    this.#state = "draining";
    this.control({ kind: "drain", graceMs: Math.ceil(Math.min(graceMs, 0xffffffff)) });
    await this.#drain.over;
    const error = new RpcError("unavailable", "the connection was drained, and the grace for open calls has passed");
    for (const stream of this.#streams.accepted.values()) {
      stream.sink.lost(error);
      this.fail(stream, error);
    }
    return this.close(error);
  }

  /** No more streams of ours here: tells the peer the last one, and the owner to go elsewhere. */
  #peerDrains(): void {
    if (this.#state === "closed") return;
    this.#peerDrain = new PeerDrain(this, closeTimeoutMs, () => {
      void this.close({ code: "unavailable", message: "the peer drained this connection, and did not end it" });
    });
    this.#state = "draining";
    this.#abandon(new RpcError("unavailable", "the peer is draining this connection", { executed: "no" }));
    this.control({ kind: "drain-ack", last: this.#streams.lastOpened });
    this.#owner.takesNoMore(this);
    this.#lookForEnd();
  }

  /** A stream is over: with the last one ends a connection that is drained. */
  #lookForEnd(): void {
    this.#drain?.look();
    if (this.#state !== "closed") this.#peerDrain?.look();
  }

  /** The ids are used up: what is open finishes here, and new calls go elsewhere. */
  #exhausted(): void {
    if (this.#state === "closed" || this.#drain !== undefined) return;
    void this.drain(Infinity);
    this.#abandon(new RpcError("unavailable", "the stream ids of this connection are used up", { executed: "no" }));
    this.#owner.takesNoMore(this);
  }

  /** Calls whose OPEN is not written yet end here; nobody has seen them. */
  #abandon(error: RpcError): void {
    for (const stream of this.#openings.takeAll()) {
      this.#sender?.discard(stream);
      stream.state = "closed";
      stream.sink.lost(error);
    }
  }

  #takeDrainAck(last: number): void {
    if (this.#drain === undefined || this.#drain.isAnswered || last !== this.#streams.lastAccepted) {
      throw new Violation("protocol-error", `DRAIN_ACK of ${last} that answers nothing, or names a wrong stream`);
    }
    this.#drain.answered();
  }

  #takeGoAway(frame: GoAwayFrame): void {
    const why = frame.text === "" ? frame.reason : `${frame.reason}: ${frame.text}`;
    // Whoever is denied will be again: that is not worth another attempt.
    const code = frame.reason === "denied" ? "permission-denied" : "unavailable";
    this.#finish({ code, message: `the peer ended the connection (${why})` }, frame.last);
    this.#closeTransport();
  }

  /** Ends the connection now, and tells the peer that it is not let in, or not any more. `why` crosses to it. */
  deny(why: string): Promise<void> {
    this.#goAway("denied", why, { code: "permission-denied", message: why });
    return this.closed;
  }

  /** Ends the connection now, for lack of room: the peer may come again. `why` crosses to it. */
  refuse(why: string): Promise<void> {
    this.#goAway("excessive-load", why, { code: "unavailable", message: why });
    return this.closed;
  }

  /** Ends the connection now, since the peer's HELLO was part of what took too long (V19). `why` crosses to it. */
  tooLate(why: string): void {
    this.#violated(new Violation("timeout", why));
  }

  /** Ends the connection now: open calls fail by `end`; the peer is told that it is on purpose. Resolves like `closed`. */
  close(end: SessionEnd = { code: "cancelled", message: "this side closed the connection" }): Promise<void> {
    this.#goAway("none", "", end);
    return this.closed;
  }

  #goAway(reason: GoAwayReason, text: string, end: SessionEnd): void {
    if (this.#state === "closed") return;
    this.write({ kind: "go-away", reason, last: this.#streams.lastAccepted, text });
    this.#finish(end, undefined);
    this.#closeTransport();
  }

  /** Says the end, and waits for the peer's, but not for ever. */
  #closeTransport(): void {
    void this.#transport.close();
    const timeoutMs = this.#settings === undefined ? strangerCloseTimeoutMs : closeTimeoutMs;
    const awaitedEnd = new Patience(timeoutMs, () => this.#transport.abort());
    void this.closed.then(() => awaitedEnd.stop());
  }

  /** Nobody is there, or listens: there is nothing to say. */
  #breakOff(end: SessionEnd): void {
    this.#finish(end, undefined);
    this.#transport.abort();
  }

  /** Settles everything that is open, once. `actedUpon`: the last of our streams that the peer acted upon, if it said. */
  #finish(end: SessionEnd, actedUpon: number | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#end = end;
    this.#keepalive.stop();
    this.#peerDrain?.stop();
    this.#sender?.stop();
    this.#receiver.ended();
    if (this.#settings === undefined) this.#hello.giveUp(failureOf(end, "no"));
    this.#pinger.fail(end);
    if (this.#openings.size > 0) this.#abandon(failureOf(end, "no"));
    this.#streams.lose(end, actedUpon);
    this.#drain?.stop();
  }

  // ——— what its parts ask of it ———

  /** What cannot be encoded is a mistake of our own: it costs this connection, and neither the caller nor the process. */
  write(frame: Frame): boolean {
    try {
      return this.#transport.send(frame);
    } catch (error) {
      this.#breakOff(ownFailure(error));
      return false;
    }
  }

  /** Control frames pass all data that waits. A peer that does not read cannot make them pile up. */
  control(frame: Frame): void {
    this.write(frame);
    const { queuedBytes } = this.#transport;
    if (queuedBytes <= maxQueuedBytes || this.#state === "closed") return;
    const violation = new Violation("excessive-load", `the peer does not read: ${queuedBytes} bytes wait for it`);
    // It may read at last, and learn why.
    const { message } = violation;
    this.#goAway("excessive-load", message, { code: "unavailable", message, cause: violation });
  }

  room(): number {
    return (this.#settings?.maxCalls ?? 0) - this.#streams.opened.size;
  }

  queue(stream: Stream, message: OutgoingMessage): void {
    this.#sender?.send(stream, message);
  }

  opening(stream: Stream): void {
    this.#openings.written(stream);
    this.#streams.open(stream);
    // The last id: what comes next belongs on another connection.
    if (stream.id + 2 > maxStreamId) this.#exhausted();
  }

  written(stream: Stream): void {
    if (stream.role === "acceptor" || stream.oneWay) this.over(stream);
    else if (stream.state === "open") stream.state = "sent-end";
  }

  accept(stream: Stream, arrival: Arrival): void {
    this.#owner.accept(this, stream, arrival);
  }

  refused(why: string): void {
    this.#owner.refused?.(this, why);
  }

  isWritable(): boolean {
    return this.#transport.writable;
  }

  roomForAnswer(): void {
    this.#owner.roomForAnswer?.();
  }

  untaken(bytes: number): void {
    this.#violated(new Violation("excessive-load", `the peer takes none of its answers: ${bytes} bytes wait for it`));
  }

  /** The peer opened a call that comes to nothing by its own doing: false where the connection has ended for it. */
  wasted(bytes: number): boolean {
    if (this.#faults.spend(bytes, this.#receiver.receivedAt)) return true;
    const text = `calls that are cancelled or refused: more than ${faultBurst} at once, or ${faultsPerSecond} a second`;
    this.#violated(new Violation("excessive-load", text));
    return false;
  }

  fail(stream: Stream, error: RpcError): void {
    const { code, message, executed } = error;
    if (stream.role === "opener") this.cancel(stream, codeNumber(code), message);
    else this.end(stream, codeNumber(code), this.outcome({ message, executed }));
  }

  endNow(stream: Stream): void {
    this.#sender?.discard(stream);
    this.#sender?.push(stream, { kind: "end", stream: stream.id, code: codeNumber("cancelled"), outcome: nothing });
  }

  /** A stream is over: its place is free. */
  over(stream: Stream): void {
    if (stream.state !== "closed") this.#receiver.closed(stream);
    this.#sender?.discard(stream);
    this.#streams.remove(stream);
    this.#openings.admit();
    this.#lookForEnd();
  }

  measure(): void {
    this.ping().then(
      (ms) => this.#receiver.roundTrip(ms),
      () => {},
    );
  }

  // Keepalive goes on while the connection drains: its calls need it as much as before.

  ask(): void {
    this.ping().catch(() => {});
  }

  /** Nobody is there to say goodbye to: a graceful end would wait for it. */
  lost(timeoutMs: number): void {
    const violation = new Violation(
      "timeout",
      `nothing was heard within ${timeoutMs} ms of a PING (keepaliveTimeoutMs)`,
    );
    const message = `the peer is gone: ${violation.message}`;
    this.#breakOff({ code: "unavailable", message, cause: violation });
  }
}

const nothing = new Uint8Array(0);
