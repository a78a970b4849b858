// Who may send next: streams take turns by fragments, small messages before the fragments of large ones, each message only
// with credit. Pure: it decides, the session writes. PROTOCOL.md §7, §8.
import { Fifo } from "./fifo.js";
import { mayBegin, messageOverhead, type SendCredit } from "./flow-control.js";
import type { EndFrame, HeadFrame } from "./frame.js";
import { lengthOf, type Span } from "./span.js";

/** What OPEN carries besides its message. */
export interface Opening {
  readonly path: string;
  /** Encoded; its length is part of the message's cost. */
  readonly metadata: Uint8Array;
  /** What is left of its time when the frame is written, in ms; Infinity: it has no deadline. */
  remainingMs(): number;
  readonly oneWay: boolean;
  /** What the stream's messages are, both ways; else named. */
  readonly positional: boolean;
}

/** A message that waits for its turn or is under way. */
export interface OutgoingMessage {
  readonly kind: "message";
  readonly body: Span;
  /** It is the last of this side. */
  readonly end: boolean;
  /** Set on the first message of a stream that this side opens. */
  readonly opening: Opening | undefined;
  /** How much of `body` has been sent. */
  sent: number;
}

/** What can wait in a stream's outbox: frames without cost keep their place among the messages. */
export type Outgoing = OutgoingMessage | HeadFrame | EndFrame;

/** For all outboxes that never held anything, as those of most calls; nothing is put in. */
export const noneWaiting = new Fifo<Outgoing>();

/** One stream's messages on their way out. The queue's to write, but for its beginning. */
export interface Outbox {
  readonly credit: SendCredit;
  /** At first {@link noneWaiting}. */
  waiting: Fifo<Outgoing>;
  /** Where the queue has it: nowhere, at first; among those that take turns; held back by the connection's credit. */
  place: "none" | "ready" | "held";
  /** What its owner waits for, to send more: nothing, at first; its turn; the connection's credit; a change of its own. */
  waits: "no" | "turn" | "connection" | "change";
}

/** One frame's worth of sending. */
export interface Turn<O extends Outbox> {
  readonly outbox: O;
  readonly item: Outgoing;
  /** The part of a message's body to send now; the rest waits for its next turn. */
  readonly from: number;
  readonly to: number;
}

export interface SendQueueOptions {
  readonly connection: SendCredit;
  readonly reserve: number;
  readonly fragmentBytes: number;
}

/** A message up to this, in bytes, does not wait behind fragments of larger ones. */
const smallBytes = 16 * 1024;

/** The outboxes of one connection. @typeParam O what the owner makes of an outbox, a stream with its id */
export class SendQueue<O extends Outbox> {
  readonly #options: SendQueueOptions;
  /** Those that take turns, by what each has next: a small message or a frame without cost; a fragment of a large one. */
  readonly #small = new Fifo<O>();
  readonly #large = new Fifo<O>();
  /** What passed large messages since the last turn of one. */
  #passed = 0;
  /** In the order of holding; a Set, because one that may pass, or has nothing left to send, leaves from the middle. */
  #held: Set<O> | undefined;

  constructor(options: SendQueueOptions) {
    this.#options = options;
  }

  push(outbox: O, item: Outgoing): void {
    if (outbox.waiting === noneWaiting) outbox.waiting = new Fifo();
    outbox.waiting.push(item);
    this.#enlist(outbox);
  }

  /** After credit for this stream came. What the connection holds back may now pass by the reserve. */
  streamGranted(outbox: O): void {
    const item = outbox.waiting.peek();
    if (item === undefined) return;
    if (outbox.place === "held" && this.#mayGo(outbox, item)) this.#release(outbox);
    this.#enlist(outbox);
  }

  /** After credit for the connection came: whoever it held back takes turns again, in the order of holding. */
  connectionGranted(): void {
    for (const outbox of this.#held ?? []) {
      this.#release(outbox);
      this.#enlist(outbox);
    }
  }

  /** Forgets what waits in `outbox`, also the rest of a message under way. What comes next is held back by nothing. */
  discard(outbox: O): void {
    outbox.waiting.clear();
    this.#release(outbox);
  }

  /** Whether nobody takes turns; what waits for credit is another matter. */
  get isEmpty(): boolean {
    return this.#small.size === 0 && this.#large.size === 0;
  }

  /** Whether the connection has credit for everybody. */
  get connectionOpen(): boolean {
    return this.#options.connection.left > 0;
  }

  /** Whether an empty outbox could begin a small message now. */
  couldSend(outbox: O): boolean {
    return (
      outbox.waiting.size === 0 && mayBegin(this.#options.connection, outbox.credit, undefined, this.#options.reserve)
    );
  }

  /**
   * Debits a message that may be written now, whole, without waiting for a turn: most messages are small and find nothing
   * before them. False where it has to be pushed.
   */
  passes(outbox: O, message: OutgoingMessage): boolean {
    if (!this.isEmpty || outbox.place !== "none" || outbox.waiting.size > 0) return false;
    if (lengthOf(message.body) > this.#options.fragmentBytes || !this.#mayGo(outbox, message)) return false;
    this.#debit(outbox, message);
    return true;
  }

  /** The next frame to write; undefined when nobody has anything that may be sent. Debits the credit that it needs. */
  next(): Turn<O> | undefined {
    for (let outbox = this.#shift(); outbox !== undefined; outbox = this.#shift()) {
      outbox.place = "none";
      const item = outbox.waiting.peek();
      // Discarded meanwhile, or without credit: a WINDOW enlists it again.
      if (item === undefined || !this.#admit(outbox, item)) continue;
      if (item.kind !== "message") {
        this.#passed += messageOverhead;
        outbox.waiting.shift();
        this.#enlistRest(outbox);
        return { outbox, item, from: 0, to: 0 };
      }
      const from = item.sent;
      // OPEN has its path and metadata before the fragment, so that the frame stays within bounds (PROTOCOL.md §6.1).
      const length = lengthOf(item.body);
      // In equal parts: a last one of a few bytes would cost both ends as much as a long one.
      const to = from + Math.ceil((length - from) / Math.ceil((length - from) / this.#options.fragmentBytes));
      if (this.#isSmall(item)) this.#passed += messageOverhead + length;
      item.sent = to;
      if (to === length) outbox.waiting.shift();
      this.#enlistRest(outbox);
      return { outbox, item, from, to };
    }
    return undefined;
  }

  #enlist(outbox: O): void {
    if (outbox.place !== "none") return;
    outbox.place = "ready";
    (this.#isSmall(outbox.waiting.peek()) ? this.#small : this.#large).push(outbox);
  }

  #isSmall(item: Outgoing | undefined): boolean {
    if (item?.kind !== "message") return true;
    return item.sent === 0 && lengthOf(item.body) <= Math.min(smallBytes, this.#options.fragmentBytes);
  }

  /** Small messages first, but no more than a fragment's worth of them between two turns of large ones. */
  #shift(): O | undefined {
    const isLargesTurn = this.#small.size === 0 || this.#passed >= this.#options.fragmentBytes;
    const outbox = isLargesTurn ? this.#large.shift() : undefined;
    if (outbox === undefined) return this.#small.shift();
    this.#passed = 0;
    return outbox;
  }

  #enlistRest(outbox: O): void {
    if (outbox.waiting.size > 0) this.#enlist(outbox);
  }

  #release(outbox: O): void {
    if (outbox.place !== "held") return;
    this.#held?.delete(outbox);
    outbox.place = "none";
  }

  /** Whether the item may go now; a message that begins is debited whole. */
  #admit(outbox: O, item: Outgoing): boolean {
    if (!this.#mayGo(outbox, item)) {
      if (outbox.credit.left > 0) {
        outbox.place = "held";
        (this.#held ??= new Set()).add(outbox);
      }
      return false;
    }
    if (item.kind === "message" && item.sent === 0) this.#debit(outbox, item);
    return true;
  }

  #debit(outbox: O, message: OutgoingMessage): void {
    const cost = messageCost(message);
    this.#options.connection.debit(cost);
    outbox.credit.debit(cost);
  }

  #mayGo(outbox: O, item: Outgoing): boolean {
    if (item.kind !== "message" || item.sent > 0) return true;
    return mayBegin(this.#options.connection, outbox.credit, messageCost(item), this.#options.reserve);
  }
}

function messageCost(message: OutgoingMessage): number {
  return messageOverhead + lengthOf(message.body) + (message.opening?.metadata.length ?? 0);
}
