// A sender and a receiver of one connection without bytes between them: the sender is the real SendQueue, the receiver
// keeps PROTOCOL.md §8 to the letter with the real ReceiveCredit. What each holds and refuses can be looked at.
import { Fifo } from "../../dist/fifo.js";
import { checkBegin, messageOverhead, ReceiveCredit, SendCredit } from "../../dist/flow-control.js";
import { SendQueue, type OutgoingMessage, type Turn } from "../../dist/send-queue.js";
import { lengthOf, spanOf } from "../../dist/span.js";
import { PlainOutbox } from "./outbox.js";

export interface FlowSettings {
  readonly window: number;
  readonly connectionWindow: number;
  readonly reserve: number;
  readonly fragmentBytes: number;
}

/** A message of `length` bytes for an outbox. */
export function messageOf(length: number, end = false): OutgoingMessage {
  return { kind: "message", body: spanOf(new Uint8Array(length)), end, opening: undefined, sent: 0 };
}

/** One stream, both of its ends. */
export class ModelStream extends PlainOutbox {
  readonly id: number;
  readonly receive: ReceiveCredit;
  /** Costs of the whole messages that wait for the application. */
  readonly inbox = new Fifo<number>();
  /** Bytes of the message that is under way, and its length. */
  arrived = 0;
  expected = 0;
  delivered = 0;
  /** The application does not read. */
  stalled = false;

  constructor(id: number, window: number) {
    super(new SendCredit(window));
    this.id = id;
    this.receive = new ReceiveCredit(window);
  }

  /** Cost of what was received and not consumed. */
  unconsumed = 0;
}

export class FlowModel {
  readonly streams: ModelStream[] = [];
  readonly queue: SendQueue<ModelStream>;
  readonly #settings: FlowSettings;
  readonly #connection: SendCredit;
  readonly #receive: ReceiveCredit;
  /** WINDOW frames on their way to the sender. */
  readonly #windows = new Fifo<() => void>();
  /** The most that the receiver ever held, in cost. */
  mostHeld = 0;

  constructor(settings: FlowSettings, streams: number) {
    this.#settings = settings;
    this.#connection = new SendCredit(settings.connectionWindow);
    this.#receive = new ReceiveCredit(settings.connectionWindow);
    this.queue = new SendQueue({ ...settings, connection: this.#connection });
    for (let id = 1; id <= streams; id++) this.streams.push(new ModelStream(id, settings.window));
  }

  /**
   * Lets the sender write `frames` at most, each received at once, and receive its WINDOW frames, between which it writes on
   * as over a connection. Returns how much was done.
   */
  transfer(frames: number): number {
    let written = this.#write(frames);
    let windows = 0;
    for (let window = this.#windows.shift(); window !== undefined; window = this.#windows.shift()) {
      window();
      windows++;
      written += this.#write(frames - written);
    }
    return written + windows;
  }

  #write(frames: number): number {
    let written = 0;
    for (; written < frames; written++) {
      const turn = this.queue.next();
      if (turn === undefined) break;
      this.#receiveFragment(turn);
    }
    return written;
  }

  /** @throws Violation where the sender had no right to begin, Error where fragments do not fit together */
  #receiveFragment({ outbox: stream, item, from, to }: Turn<ModelStream>): void {
    if (item.kind !== "message") return;
    if (from === 0) {
      if (stream.expected > 0) throw new Error(`stream ${stream.id} began a message inside another`);
      const cost = messageOverhead + lengthOf(item.body);
      checkBegin(this.#receive, stream.receive, cost, this.#settings.reserve, stream.id);
      this.#receive.debit(cost);
      stream.receive.debit(cost);
      stream.unconsumed += cost;
      stream.expected = lengthOf(item.body);
      this.mostHeld = Math.max(this.mostHeld, this.#held());
      this.#returnCredit();
    }
    if (from !== stream.arrived || lengthOf(item.body) !== stream.expected)
      throw new Error("fragments of two messages");
    if (to - from > this.#settings.fragmentBytes || to <= from) throw new Error("a fragment of a wrong size");
    stream.arrived = to;
    if (to < lengthOf(item.body)) return;
    stream.inbox.push(messageOverhead + lengthOf(item.body));
    stream.arrived = 0;
    stream.expected = 0;
  }

  #held(): number {
    return this.streams.reduce((sum, stream) => sum + stream.unconsumed, 0);
  }

  /** The application takes the next message of a stream, if there is one and it reads at all. */
  consume(stream: ModelStream): boolean {
    const cost = stream.stalled ? undefined : stream.inbox.shift();
    if (cost === undefined) return false;
    stream.delivered++;
    stream.unconsumed -= cost;
    stream.receive.consume(cost);
    this.#receive.consume(cost);
    this.#returnCredit();
    return true;
  }

  /** §8.7, after every event that may make it apply. */
  #returnCredit(): void {
    if (this.#receive.due) {
      const credit = this.#receive.settle();
      this.#windows.push(() => {
        this.#connection.grant(credit);
        this.queue.connectionGranted();
      });
    }
    for (const stream of this.streams) {
      const idle = stream.unconsumed === 0 && stream.receive.owed > 0 && this.#receive.left <= 0;
      if (!stream.receive.due && !idle) continue;
      const credit = stream.receive.settle();
      this.#windows.push(() => {
        stream.credit.grant(credit);
        this.queue.streamGranted(stream);
      });
    }
  }
}
