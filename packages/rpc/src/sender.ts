// Takes frames from the send queue to the transport while it has room, and wakes those that wait for room.
import { setImmediate } from "node:timers";
import { SendCredit } from "./flow-control.js";
import type { Frame } from "./frame.js";
import type { FrameTransport } from "./framing.js";
import type { Settings } from "./limits.js";
import { SendQueue, type Opening, type Outgoing, type OutgoingMessage } from "./send-queue.js";
import { SendWaiters } from "./send-waiters.js";
import { lengthOf } from "./span.js";
import type { Stream } from "./stream.js";
import type { WaitingAnswers } from "./waiting-answers.js";

/** What the sender asks of its session. */
export interface SenderHost {
  /** Writes a frame, and tells whether the transport has room for more; never throws. */
  write(frame: Frame): boolean;
  /** OPEN is about to be written: gives the stream its id and state. */
  opening(stream: Stream): void;
  /** The last frame of this side of the stream is written. */
  written(stream: Stream): void;
}

export class Sender {
  readonly #transport: FrameTransport;
  readonly #host: SenderHost;
  readonly #credit: SendCredit;
  readonly #queue: SendQueue<Stream>;
  readonly #waiters: SendWaiters<Stream>;
  readonly #answers: WaitingAnswers;
  /** Who pumps, or waits to, sees what is pushed meanwhile, and does not nest. */
  #state: "idle" | "pumping" | "draining" | "stopped" = "idle";

  constructor(
    transport: FrameTransport,
    settings: Settings,
    { fragmentBytes, answers, host }: { fragmentBytes: number; answers: WaitingAnswers; host: SenderHost },
  ) {
    this.#transport = transport;
    this.#host = host;
    this.#answers = answers;
    this.#credit = new SendCredit(settings.connectionWindow);
    // OPEN's own fields and its metadata share the frame of a first fragment.
    const room = settings.maxFrameBytes - settings.maxMetadataBytes - 512;
    this.#queue = new SendQueue({
      connection: this.#credit,
      reserve: settings.reserve,
      fragmentBytes: Math.min(fragmentBytes, room),
    });
    this.#waiters = new SendWaiters(this.#queue);
  }

  push(stream: Stream, item: Outgoing): void {
    if (item.kind === "message" && stream.role === "acceptor") this.#answers.add(stream, lengthOf(item.body));
    this.#queue.push(stream, item);
    this.#pump();
  }

  /** As {@link push}, for a message: one that nothing holds back is written without a turn. */
  send(stream: Stream, message: OutgoingMessage): void {
    if (this.#state !== "idle" || stream.waits !== "no" || !this.#queue.passes(stream, message)) {
      return this.push(stream, message);
    }
    this.#state = "pumping";
    const hasRoom = this.#write(stream, message, 0, lengthOf(message.body));
    this.#settle("pumping");
    if (!this.#queue.isEmpty || !this.#waiters.isEmpty) this.#pump();
    else if (!hasRoom) this.#drain();
  }

  /** Forgets what waits, also the rest of a message under way, and whoever waits to send more. */
  discard(stream: Stream): void {
    this.#answers.dropped(stream);
    this.#queue.discard(stream);
    this.#waiters.remove(stream);
  }

  /** Whether a small message would go out now rather than wait: only then is the next item worth encoding. */
  canSend(stream: Stream): boolean {
    return this.#transport.writable && this.#queue.couldSend(stream);
  }

  /** Calls `stream.sink.writable()`, once, as soon as {@link canSend} holds. */
  await(stream: Stream): void {
    this.#waiters.add(stream);
  }

  /** Credit came. @throws Violation where it overflows */
  grant(stream: Stream | undefined, credit: number): void {
    (stream?.credit ?? this.#credit).grant(credit);
    if (stream === undefined) this.#queue.connectionGranted();
    else {
      this.#queue.streamGranted(stream);
      this.#waiters.changed(stream);
    }
    this.#pump();
  }

  /** The connection is over: nothing is sent any more. */
  stop(): void {
    this.#state = "stopped";
    this.#waiters.clear();
    this.#answers.stop();
  }

  #pump(): void {
    if (this.#state !== "idle") return;
    this.#state = "pumping";
    // Who is woken pushes, and the next round writes it: would each push pump, ten thousand streams would be so many deep.
    do this.#writeQueued();
    while (this.#wakeNext());
    this.#settle("pumping");
    if (!this.#transport.writable) this.#drain();
  }

  #writeQueued(): void {
    while (this.#transport.writable) {
      const turn = this.#queue.next();
      if (turn === undefined) return;
      const { outbox } = turn;
      this.#answers.taken(outbox, turn.to - turn.from);
      this.#write(outbox, turn.item, turn.from, turn.to);
      if (outbox.waits !== "no") this.#waiters.changed(outbox);
    }
  }

  /** False where nobody waits, or nobody could send. */
  #wakeNext(): boolean {
    if (!this.#transport.writable) return false;
    const stream = this.#waiters.next();
    stream?.sink.writable();
    return stream !== undefined;
  }

  /** Goes on when the transport has room. */
  #drain(): void {
    if (this.#state !== "idle") return;
    this.#state = "draining";
    void this.#transport.drained().then(() => {
      this.#settle("draining");
      if (this.#transport.writable) this.#pump();
      // Others have filled it meanwhile, or it has ended and nobody has said so yet: asking at once would be for ever.
      else setImmediate(() => this.#pump());
    });
  }

  /** Back to idle, unless the connection ended meanwhile. */
  #settle(from: "pumping" | "draining"): void {
    if (this.#state === from) this.#state = "idle";
  }

  /** Tells whether the transport has room for more. */
  #write(stream: Stream, item: Outgoing, from: number, to: number): boolean {
    if (item.kind !== "message") {
      const hasRoom = this.#host.write(item);
      if (item.kind === "end") this.#host.written(stream);
      return hasRoom;
    }
    const { body, opening } = item;
    const { bytes } = body;
    const total = lengthOf(body);
    const first = from === 0;
    const last = to === total;
    const end = last && item.end;
    const fragment = { from: body.from + from, to: body.from + to };
    let hasRoom: boolean;
    if (first && opening !== undefined) {
      this.#host.opening(stream);
      hasRoom = this.#host.write({
        kind: "open",
        stream: stream.id,
        last,
        end,
        oneWay: opening.oneWay,
        positional: opening.positional,
        timeoutMs: timeLeft(opening),
        path: opening.path,
        metadata: opening.metadata,
        total,
        bytes,
        from: fragment.from,
        to: fragment.to,
      });
      stream.sink.opened(stream);
    } else {
      const { from, to } = fragment;
      hasRoom = this.#host.write({ kind: "message", stream: stream.id, first, last, end, total, bytes, from, to });
    }
    if (end) this.#host.written(stream);
    return hasRoom;
  }
}

/** PROTOCOL.md §6.1: rounded up, at least 1; 0 is no deadline. */
function timeLeft(opening: Opening): number {
  const remainingMs = opening.remainingMs();
  return remainingMs === Infinity ? 0 : Math.min(Math.max(Math.ceil(remainingMs), 1), 0xffffffff);
}
