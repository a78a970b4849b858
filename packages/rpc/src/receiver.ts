// What arrives for streams: credit is checked, fragments become messages, and each event reaches its stream. The
// counterpart of Sender. PROTOCOL.md §6 to §9.
import { codeNumber } from "./code.js";
import { decodeMetadata, decodeOutcome, encodeOutcome, type Outcome } from "./envelope.js";
import { checkBegin, messageOverhead, ReceiveCredit } from "./flow-control.js";
import type { CancelFrame, EndFrame, Frame, HeadFrame, MessageFrame, OpenFrame } from "./frame.js";
import type { Limits } from "./limits.js";
import { Reassembly } from "./reassembly.js";
import { RpcError } from "./rpc-error.js";
import type { Span } from "./span.js";
import { Stream, silent, type Arrival } from "./stream.js";
import type { Streams } from "./streams.js";
import { Violation } from "./violation.js";
import { WindowPolicy } from "./window-policy.js";

/** What the receiver asks of its session. */
export interface ReceiverHost {
  control(frame: Frame): void;
  /** The call has its whole first message. */
  accept(stream: Stream, arrival: Arrival): void;
  /** Ends the stream from this side: CANCEL for one of ours, END for one of theirs. */
  fail(stream: Stream, error: RpcError): void;
  /**
   * The peer opened a call that comes to nothing by its own doing; `bytes` of arguments were read in vain. False where that was
   * one too many, and the connection has ended.
   */
  wasted(bytes: number): boolean;
  /** A call was refused for what the limits say. */
  refused(why: string): void;
  /** The stream is over. */
  over(stream: Stream): void;
  /** Its answer waits for its turn, and nobody wants it any more: ends the stream without it. */
  endNow(stream: Stream): void;
  /** Wants {@link Receiver.roundTrip} to be told. */
  measure(): void;
}

/** A call's only message, up to this cost, is what others should not wait behind: a small call. */
const smallCallCost = 16 * 1024;

export class Receiver {
  readonly #streams: Streams;
  readonly #limits: Limits;
  readonly #host: ReceiverHost;
  readonly #credit: ReceiveCredit;
  readonly #windows: WindowPolicy;
  /** The cost of messages that are not whole yet: their reader cannot have them. */
  #unfinished = 0;
  /** When what is taken now arrived, in ms since the epoch: the session looks at the clock once for each chunk. */
  receivedAt = 0;

  constructor(streams: Streams, limits: Limits, host: ReceiverHost) {
    this.#streams = streams;
    this.#limits = limits;
    this.#host = host;
    this.#credit = new ReceiveCredit(limits.connectionWindow);
    this.#windows = new WindowPolicy(limits.maxWindow, limits.maxWidened);
  }

  /** The application is done with `cost` worth of what this stream received. */
  consumed(stream: Stream, cost: number): void {
    // What was dropped with its stream went back then.
    const credit = Math.min(cost, stream.unconsumed);
    if (credit === 0) return;
    stream.unconsumed -= credit;
    this.#return(credit);
    if (!stream.listening) return;
    stream.receive.consume(credit);
    if (stream.receive.due || (this.#credit.left <= 0 && stream.unconsumed === 0)) this.#settle(stream);
  }

  /** How long the peer takes to answer, in ms. */
  roundTrip(ms: number): void {
    this.#windows.roundTrip(ms);
  }

  /** The stream is over. Called once for each. */
  closed(stream: Stream): void {
    this.#windows.closed(stream.receive);
  }

  /** The connection is over. Called once, and nothing after it. */
  ended(): void {
    this.#windows.ended();
  }

  /** Everything that a stream received and nobody will consume goes back to the connection. */
  drop(stream: Stream): void {
    this.#finish(stream);
    const { unconsumed } = stream;
    stream.unconsumed = 0;
    this.#giveBack(unconsumed);
  }

  /** Nobody read it, so that it widens nothing. */
  #giveBack(credit: number): void {
    this.#credit.consume(credit);
    if (this.#credit.due) this.#grant(0, this.#credit.settle());
  }

  #return(credit: number): void {
    this.#credit.consume(credit);
    if (!this.#credit.due) return;
    const { window, left, owed } = this.#credit;
    const waiting = window - left - owed - this.#unfinished;
    this.#grant(0, this.#windows.settleConnection(this.#credit, waiting, this.receivedAt));
  }

  #grant(id: number, credit: number): void {
    if (credit > 0) this.#host.control({ kind: "window", stream: id, credit });
  }

  #debit(stream: Stream, cost: number): void {
    checkBegin(this.#credit, stream.receive, cost, this.#limits.reserve, stream.id);
    const { left } = this.#credit;
    this.#credit.debit(cost);
    stream.receive.debit(cost);
    stream.unconsumed += cost;
    // What was consumed while there was plenty is owed now that there is not (PROTOCOL.md §8.7).
    this.#return(0);
    if (stream.receive.due) this.#settle(stream);
    if (left > 0 && this.#credit.left <= 0) this.#settleIdle();
  }

  #settle(stream: Stream): void {
    const waiting = stream.unconsumed - (stream.partial?.cost ?? 0);
    if (this.#windows.asks(this.receivedAt)) this.#host.measure();
    this.#grant(stream.id, this.#windows.settleStream(stream.receive, waiting, this.receivedAt));
  }

  #begin(stream: Stream, partial: Reassembly): void {
    stream.partial = partial;
    this.#unfinished += partial.cost;
  }

  /** The message is whole, or never will be. */
  #finish(stream: Stream): void {
    this.#unfinished -= stream.partial?.cost ?? 0;
    stream.partial = undefined;
  }

  /** The connection's credit is spent: streams with nothing outstanding need all of theirs, to pass by the reserve. */
  #settleIdle(): void {
    for (const table of [this.#streams.opened, this.#streams.accepted]) {
      for (const stream of table.values()) {
        if (stream.listening && stream.unconsumed === 0 && stream.receive.owed > 0) this.#settle(stream);
      }
    }
  }

  /** @param sendWindow the credit that a new stream has for the other direction */
  takeOpen(frame: OpenFrame, sendWindow: number): void {
    this.#streams.arrive(frame.stream);
    const stream = new Stream("acceptor", frame.oneWay, sendWindow, this.#limits.window, silent);
    stream.id = frame.stream;
    const cost = messageOverhead + frame.metadata.length + frame.total;
    this.#debit(stream, cost);
    const metadata =
      frame.metadata.length === 0 ? undefined : decodeMetadata(frame.metadata, this.#limits.maxMetadataBytes);
    const { maxCalls, maxMessageBytes } = this.#limits;
    if (this.#streams.accepted.size >= maxCalls) {
      return this.#refuse(stream, `more than ${maxCalls} calls at once (this side's limit maxCalls)`);
    }
    if (frame.total > maxMessageBytes) return this.#refuse(stream, this.#tooLong(frame.total));
    const { path, oneWay, positional, timeoutMs, end } = frame;
    const arrivedAt = this.receivedAt;
    const deadline = timeoutMs === 0 ? Infinity : arrivedAt + timeoutMs;
    stream.deadline = deadline;
    const arrival: Arrival = { path, metadata, arrivedAt, deadline, oneWay, positional, cost, body: frame, end };
    this.#streams.accepted.add(stream.id, stream);
    if (end && cost <= smallCallCost) this.#windows.called(arrivedAt);
    if (frame.last) return this.#accept(stream, arrival);
    stream.arriving = arrival;
    this.#begin(stream, new Reassembly(frame.total, cost, frame));
  }

  #accept(stream: Stream, arrival: Arrival): void {
    stream.arriving = undefined;
    if (arrival.end) stream.state = "got-end";
    // Nobody answers a one-way call: its stream is over, for both sides, with its message.
    if (arrival.oneWay) this.#host.over(stream);
    this.#host.accept(stream, arrival);
  }

  /** Answers a call that this side does not take at all; it never counts as open. */
  #refuse(stream: Stream, message: string): void {
    stream.state = "ended";
    this.drop(stream);
    this.#host.refused(message);
    if (stream.oneWay) return;
    // A short text: it fits into the smallest frame that a peer may demand.
    const outcome = encodeOutcome({ message, executed: "no" }, 1024);
    if (!this.#host.wasted(0)) return;
    this.#host.control({ kind: "end", stream: stream.id, code: codeNumber("resource-exhausted"), outcome });
  }

  #tooLong(total: number): string {
    return `a message of ${total} bytes, and this side takes ${this.#limits.maxMessageBytes} (its limit maxMessageBytes)`;
  }

  takeMessage(frame: MessageFrame): void {
    const stream = this.#streams.find(frame.stream);
    if (stream?.state === "got-end") throw broken(stream, "a message behind its END");
    if (stream === undefined || !stream.listening) return this.#ignore(stream, frame);
    const { partial } = stream;
    if (frame.first) {
      if (partial !== undefined) throw broken(stream, "a message inside another");
      const cost = messageOverhead + frame.total;
      this.#debit(stream, cost);
      if (frame.total > this.#limits.maxMessageBytes) {
        this.#overlong(stream, frame);
      } else if (frame.last) this.#deliver(stream, frame, cost, frame.end);
      else this.#begin(stream, new Reassembly(frame.total, cost, frame));
      return;
    }
    if (partial === undefined) throw broken(stream, "a fragment of no message");
    const length = partial.length + frame.to - frame.from;
    if (length > partial.total || frame.last !== (length === partial.total)) {
      throw broken(stream, `fragments of ${length} bytes of a message of ${partial.total}`);
    }
    partial.add(frame);
    if (!frame.last) return;
    this.#finish(stream);
    this.#deliver(stream, partial.whole(), partial.cost, frame.end);
    // Whoever consumes has decoded before, which copies. What waits for its reader keeps its memory.
    if (stream.unconsumed === 0) partial.rest();
  }

  /** It crossed our END or CANCEL: dropped, and its cost returned at once. The acceptor's last one is its END as well. */
  #ignore(stream: Stream | undefined, frame: MessageFrame): void {
    if (frame.end && stream?.role === "opener") this.#host.over(stream);
    if (!frame.first) return;
    const cost = messageOverhead + frame.total;
    this.#credit.debit(cost);
    this.#giveBack(cost);
  }

  /** A message over the limit loses its call, not the connection (PROTOCOL.md §7.4). */
  #overlong(stream: Stream, { total, end }: MessageFrame): void {
    const error = new RpcError("resource-exhausted", this.#tooLong(total));
    const { sink } = stream;
    if (end && stream.role === "opener") {
      // Its acceptor has ended it, and would not answer a CANCEL.
      this.drop(stream);
      this.#host.over(stream);
    } else this.#host.fail(stream, error);
    sink.lost(error);
  }

  #deliver(stream: Stream, body: Span, cost: number, end: boolean): void {
    const { arriving } = stream;
    if (arriving !== undefined) {
      if (arriving.oneWay && !end) throw broken(stream, "a one-way message without END");
      arriving.body = body;
      arriving.end = end;
      return this.#accept(stream, arriving);
    }
    if (end && stream.seen !== "messages" && cost <= smallCallCost) this.#windows.called(this.receivedAt);
    stream.seen = "messages";
    if (end && stream.role === "opener") this.#host.over(stream);
    else if (end) stream.state = "got-end";
    stream.sink.message(body, cost);
    if (end) stream.sink.end(0, success);
  }

  takeHead(frame: HeadFrame): void {
    if (!this.#streams.isOurs(frame.stream)) throw new Violation("protocol-error", "HEAD from an opener");
    const stream = this.#streams.find(frame.stream);
    // What nobody listens to is not read either: it costs its peer no credit, and there may be any number of it.
    if (stream === undefined || !stream.listening) return;
    const metadata = decodeMetadata(frame.metadata, this.#limits.maxMetadataBytes);
    if (stream.seen !== "nothing" || stream.partial !== undefined)
      throw broken(stream, "HEAD for the second time, or behind a message");
    stream.seen = "head";
    stream.sink.head(metadata);
  }

  takeEnd(frame: EndFrame): void {
    const stream = this.#streams.find(frame.stream);
    if (this.#streams.isOurs(frame.stream)) return this.#takeOutcome(stream, frame);
    if (frame.code !== 0 || frame.outcome.length > 0) {
      throw new Violation("protocol-error", "END from an opener with an outcome");
    }
    if (stream === undefined || stream.state === "cancelled" || stream.state === "ended") return;
    if (stream.state === "got-end") throw broken(stream, "a second END");
    if (stream.partial !== undefined) throw broken(stream, "END inside a message");
    stream.state = "got-end";
    stream.sink.end(0, success);
  }

  /** The acceptor's END: the call is over. */
  #takeOutcome(stream: Stream | undefined, frame: EndFrame): void {
    if (stream === undefined) return;
    const { listening, sink } = stream;
    // As of HEAD, what nobody listens to is not read.
    const outcome = listening ? decodeOutcome(frame.outcome) : success;
    const unfinished = stream.partial?.cost ?? 0;
    if (unfinished > 0 && frame.code === 0) throw broken(stream, "END inside a message");
    this.#finish(stream);
    this.#host.over(stream);
    stream.unconsumed -= unfinished;
    this.#giveBack(unfinished);
    if (listening) sink.end(frame.code, outcome);
  }

  takeCancel(frame: CancelFrame): void {
    if (this.#streams.isOurs(frame.stream)) throw new Violation("protocol-error", "CANCEL from an acceptor");
    const stream = this.#streams.find(frame.stream);
    if (stream === undefined || stream.state === "cancelled") return;
    // A call whose time is over anyway is given up for a good reason.
    const code = frame.code === deadlineExceeded ? "deadline-exceeded" : "cancelled";
    const isLate = code === "deadline-exceeded" && this.receivedAt > stream.deadline - lateMs;
    if (!isLate && !this.#host.wasted(0)) return;
    if (stream.state === "ended") return this.#host.endNow(stream);
    const message = `the caller cancelled the call${frame.reason === "" ? "" : `: ${frame.reason}`}`;
    const { arriving, oneWay } = stream;
    if (arriving !== undefined) {
      // No handler knows of it yet: over at once.
      stream.state = "cancelled";
      this.drop(stream);
      if (oneWay) this.#host.over(stream);
      else this.#host.fail(stream, new RpcError(code, message, { executed: "no" }));
      return;
    }
    stream.state = "cancelled";
    this.drop(stream);
    stream.sink.cancelled(code, message);
  }
}

function broken(stream: Stream, what: string): Violation {
  return new Violation("protocol-error", `${what}, on stream ${stream.id}`);
}

const success: Outcome = {};

const deadlineExceeded = codeNumber("deadline-exceeded");
/** How much sooner than here a call's time may be over at its opener, in ms. */
const lateMs = 100;
