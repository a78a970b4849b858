// Takes frames from the send queue to the transport while it has room, and wakes those that wait for room.
import type { Transport } from "@tautline/core";
import { now } from "./clock.js";
import { SendCredit } from "./flow-control.js";
import type { Frame } from "./frame.js";
import type { Settings } from "./limits.js";
import { SendQueue, type Opening, type Outgoing } from "./send-queue.js";
import { SendWaiters } from "./send-waiters.js";
import { bufferOf } from "./span.js";
import type { Stream } from "./stream.js";

/** What the session does at the moment of writing. */
export interface SenderHooks {
  /** Writes a frame; never throws. */
  send(frame: Frame): void;
  /** OPEN is about to be written: gives the stream its id and state. */
  opening(stream: Stream): void;
  /** The last frame of this side of the stream is written. */
  written(stream: Stream): void;
}

export class Sender {
  readonly #transport: Transport<Uint8Array, Frame>;
  readonly #hooks: SenderHooks;
  readonly #credit: SendCredit;
  readonly #queue: SendQueue<Stream>;
  readonly #waiters: SendWaiters<Stream>;
  /** Who pumps, or waits to, sees what is pushed meanwhile, and does not nest. */
  #state: "idle" | "pumping" | "draining" | "stopped" = "idle";

  constructor(transport: Transport<Uint8Array, Frame>, settings: Settings, fragmentBytes: number, hooks: SenderHooks) {
    this.#transport = transport;
    this.#hooks = hooks;
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
    this.#queue.push(stream, item);
    this.#pump();
  }

  /** Forgets what waits, also the rest of a message under way, and whoever waits to send more. */
  discard(stream: Stream): void {
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
      this.#pump();
    });
  }

  /** Back to idle, unless the connection ended meanwhile. */
  #settle(from: "pumping" | "draining"): void {
    if (this.#state === from) this.#state = "idle";
  }

  #write(stream: Stream, item: Outgoing, from: number, to: number): void {
    if (item.kind !== "message") {
      this.#hooks.send(item);
      if (item.kind === "end") this.#hooks.written(stream);
      return;
    }
    const { body, opening } = item;
    const first = from === 0;
    const last = to === body.length;
    const end = last && item.end;
    if (first && opening !== undefined) {
      this.#hooks.opening(stream);
      this.#hooks.send({
        kind: "open",
        stream: stream.id,
        last,
        end,
        oneWay: opening.oneWay,
        positional: opening.positional,
        timeoutMs: timeLeft(opening),
        path: opening.path,
        metadata: opening.metadata,
        total: body.length,
        bytes: bufferOf(body),
        from,
        to,
      });
      stream.sink.opened(stream);
    } else {
      const bytes = bufferOf(body);
      this.#hooks.send({ kind: "message", stream: stream.id, first, last, end, total: body.length, bytes, from, to });
    }
    if (end) this.#hooks.written(stream);
  }
}

/** PROTOCOL.md §6.1: rounded up, at least 1; 0 is no deadline. */
function timeLeft(opening: Opening): number {
  if (opening.deadline === Infinity) return 0;
  return Math.min(Math.max(Math.ceil(opening.deadline - now()), 1), 0xffffffff);
}
