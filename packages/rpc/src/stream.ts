// One call on one connection: its states, its credit, and whom its events go to. Both ends use it; who opened decides
// which frames are its own. PROTOCOL.md §6.3.
import type { Code } from "./code.js";
import type { Outcome } from "./envelope.js";
import { ReceiveCredit, SendCredit } from "./flow-control.js";
import type { Metadata } from "./metadata.js";
import type { Reassembly } from "./reassembly.js";
import type { RpcError } from "./rpc-error.js";
import { noneWaiting, type Outbox } from "./send-queue.js";
import type { Span } from "./span.js";

/**
 * Own END counts when it is queued: nothing can be sent behind it. An acceptor's stream is closed when it is written.
 * ```
 *  opener:    idle ── OPEN ──▶ open ── own END ──▶ sent-end ──┐
 *                               │  └── CANCEL ──▶ cancelled ──┼── the acceptor's END ──▶ closed
 *                               └─────────────────────────────┘
 *  acceptor:  open ── the opener's END ──▶ got-end ──┐
 *               │ └─────── CANCEL ──▶ cancelled ─────┼── own END ──▶ ended ── written ──▶ closed
 *               └────────────────────────────────────┘
 * ```
 */
export type StreamState = "idle" | "open" | "sent-end" | "got-end" | "cancelled" | "ended" | "closed";

/** Why an opener gives a call up (PROTOCOL.md §6.5). */
export type CancelCode = Extract<Code, "cancelled" | "deadline-exceeded">;

/** Where a stream's events go. Called by the session, never twice for the same event; must not throw. */
export interface StreamSink {
  /** Opener: OPEN was written, maybe before `session.open` has returned the stream; from now on the handler may run. */
  opened(stream: Stream): void;
  /** Opener: metadata of the response. */
  head(metadata: Metadata): void;
  /** One whole message. Whoever consumes or drops it says so by `session.consumed(stream, cost)`. */
  message(body: Span, cost: number): void;
  /** The peer sends no more. Opener: the call is over, with this outcome. Acceptor: code 0. */
  end(code: number, outcome: Outcome): void;
  /** Acceptor: the opener gave up, for what `message` says. The handler must stop, and `session.end` follows when it has. */
  cancelled(code: CancelCode, message: string): void;
  /** The connection ended, or the call never got onto it; nothing follows. `error.executed` tells which. */
  lost(error: RpcError): void;
  /** The outbox has run empty and there is credit: more can be sent. */
  writable(): void;
}

/** A call that the peer opened: what OPEN said of it, and then its first message. */
export interface Arrival {
  readonly path: string;
  /** Undefined where there is none. */
  readonly metadata: Metadata | undefined;
  /** When it arrived, and when it must be over, in ms since the epoch; Infinity: no deadline. */
  readonly arrivedAt: number;
  readonly deadline: number;
  readonly oneWay: boolean;
  /** What the stream's messages are, both ways; else named. */
  readonly positional: boolean;
  /** What the message is worth; `consumed(stream, cost)` when it is used. */
  readonly cost: number;
  /** The arguments, encoded: whole when the call is accepted. */
  body: Span;
  /** No items follow. */
  end: boolean;
}

/** One stream of a session. Made by the session alone. No class is above it: each call makes one, and that costs. */
export class Stream implements Outbox {
  readonly credit: SendCredit;
  waiting = noneWaiting;
  place: Outbox["place"] = "none";
  waits: Outbox["waits"] = "no";
  readonly role: "opener" | "acceptor";
  readonly receive: ReceiveCredit;
  sink: StreamSink;
  /** 0 until OPEN is written, so that ids rise in the order of the wire. */
  id = 0;
  state: StreamState;
  /** Acceptor: when the call must be over, in ms since the epoch; Infinity: never. */
  deadline = Infinity;
  /** Cost of what was received and not consumed yet, the unfinished message included. */
  unconsumed = 0;
  /** Acceptor: what waits of its answer, in bytes. */
  waitingBytes = 0;
  partial: Reassembly | undefined;
  /** Acceptor: the call whose first message is not whole yet; its handler knows nothing of it so far. */
  arriving: Arrival | undefined;
  readonly oneWay: boolean;
  /** What the opener has seen: HEAD comes once, and before any message. */
  seen: "nothing" | "head" | "messages" = "nothing";

  constructor(
    role: "opener" | "acceptor",
    oneWay: boolean,
    sendWindow: number,
    receiveWindow: number,
    sink: StreamSink,
  ) {
    this.credit = new SendCredit(sendWindow);
    this.role = role;
    this.oneWay = oneWay;
    this.receive = new ReceiveCredit(receiveWindow);
    this.sink = sink;
    this.state = role === "opener" ? "idle" : "open";
  }

  /** Whether messages that arrive still matter to somebody. */
  get listening(): boolean {
    return this.role === "opener" ? this.state === "open" || this.state === "sent-end" : this.state === "open";
  }

  /** Whether this side may still send messages. */
  get sending(): boolean {
    return this.state === "open" || (this.role === "acceptor" && this.state === "got-end");
  }

  /** Whether the acceptor's END is still to come from this side. */
  get owesEnd(): boolean {
    return this.role === "acceptor" && !this.oneWay && this.state !== "ended" && this.state !== "closed";
  }
}

/** Nobody listens any more, or not yet. */
export const silent: StreamSink = {
  opened() {},
  head() {},
  message() {},
  end() {},
  cancelled() {},
  lost() {},
  writable() {},
};
