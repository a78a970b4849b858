// Calls of ours that are not on the wire yet: those whose OPEN is queued, and behind them those that wait for the peer's
// maxCalls. PROTOCOL.md §6.1.
import type { OutgoingMessage } from "./send-queue.js";
import type { Stream } from "./stream.js";

/** What it asks of its session. */
export interface OpeningsHost {
  /** How many streams of ours may be on the wire or queued for it, beside those that are on it. */
  room(): number;
  /** Queues OPEN with its message; it may be written before this returns. */
  queue(stream: Stream, message: OutgoingMessage): void;
}

/** Those of one connection, in their order. */
export class Openings {
  readonly #host: OpeningsHost;
  // Most are written at once, and a server opens none: made when they are needed.
  #queued: Set<Stream> | undefined;
  #waiting: Map<Stream, OutgoingMessage> | undefined;
  /** Goes through {@link #waiting} once: each time from the start, it would step over all that has left since. */
  #turns: MapIterator<[Stream, OutgoingMessage]> | undefined;

  constructor(host: OpeningsHost) {
    this.#host = host;
  }

  get size(): number {
    return (this.#queued?.size ?? 0) + (this.#waiting?.size ?? 0);
  }

  add(stream: Stream, message: OutgoingMessage): void {
    if ((this.#waiting === undefined || this.#waiting.size === 0) && this.#hasRoom()) this.#queue(stream, message);
    else (this.#waiting ??= new Map()).set(stream, message);
  }

  /** Queues those that wait, as far as there is room. */
  admit(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.size === 0) return;
    while (this.#hasRoom()) {
      this.#turns ??= waiting.entries();
      const turn = this.#turns.next();
      if (turn.done === true) {
        this.#turns = undefined;
        return;
      }
      const [stream, message] = turn.value;
      waiting.delete(stream);
      this.#queue(stream, message);
    }
  }

  /** Its OPEN is written: it was queued. */
  written(stream: Stream): void {
    this.#queued?.delete(stream);
  }

  /** Its OPEN never will be written. */
  remove(stream: Stream): void {
    this.#waiting?.delete(stream);
    this.#queued?.delete(stream);
  }

  /** Forgets all, and returns them. */
  takeAll(): Stream[] {
    const all = [...(this.#queued ?? []), ...(this.#waiting?.keys() ?? [])];
    this.#queued?.clear();
    this.#waiting?.clear();
    return all;
  }

  #hasRoom(): boolean {
    return (this.#queued?.size ?? 0) < this.#host.room();
  }

  #queue(stream: Stream, message: OutgoingMessage): void {
    this.#host.queue(stream, message);
    // Most OPENs are written at once.
    if (stream.state === "idle") (this.#queued ??= new Set()).add(stream);
  }
}
