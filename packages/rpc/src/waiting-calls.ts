// Calls of one connection that wait for a turn of the event loop. While the wait is short the first goes first. Behind that
// the newest does: of calls that all wait as long as their callers do, none would be answered in time. Whoever has waited
// for half of its time is refused, while there is time to ask another server.
import { codeNumber } from "./code.js";
import { HeldBodies, type Held } from "./held-bodies.js";
import type { Session } from "./session.js";
import type { Arrival, CancelCode, Stream, StreamSink } from "./stream.js";

/** How long the oldest may wait before the newest goes first, in ms. */
const patienceMs = 50;

/** A call that came, and has no handler yet. */
export class WaitingCall implements StreamSink, Held {
  readonly #session: Pick<Session, "end" | "outcome">;
  readonly stream: Stream;
  /** Undefined once nobody waits for it. */
  arrival: Arrival | undefined;
  // Those it waits with write these.
  cost = 0;
  bytes = 0;

  constructor(session: Pick<Session, "end" | "outcome">, stream: Stream, arrival: Arrival) {
    this.#session = session;
    this.stream = stream;
    this.arrival = arrival;
    stream.sink = this;
  }

  cancelled(code: CancelCode, message: string): void {
    this.arrival = undefined;
    this.#session.end(this.stream, codeNumber(code), this.#session.outcome({ message, executed: "no" }));
  }

  lost(): void {
    this.arrival = undefined;
  }

  // Its only message came with it, and it sends none before it is answered.
  opened(): void {}
  head(): void {}
  message(): void {}
  end(): void {}
  writable(): void {}
}

/** Those of one connection. */
export class WaitingCalls {
  /** In order of arrival, from `#from` on. */
  readonly #calls: WaitingCall[] = [];
  #from = 0;
  readonly #held = new HeldBodies();

  get size(): number {
    return this.#calls.length - this.#from;
  }

  push(call: WaitingCall): void {
    const { arrival } = call;
    if (arrival !== undefined) {
      const { body, cost, bytes } = this.#held.hold(arrival.body, arrival.cost);
      arrival.body = body;
      call.cost = cost;
      call.bytes = bytes;
    }
    this.#calls.push(call);
  }

  /**
   * Takes the next to be begun at `at`; undefined where there is none. Those that have waited too long, told to `refuse`, and
   * those that are gone are taken with it.
   */
  next(at: number, refuse: (call: WaitingCall, arrival: Arrival) => void): WaitingCall | undefined {
    while (this.size > 0) {
      const call = this.#isBehind(at) ? this.#calls.pop() : this.#calls[this.#from++];
      this.#rest();
      if (call !== undefined) this.#held.release(call);
      if (call?.arrival === undefined) continue;
      if (!isTooLate(call.arrival, at)) return call;
      refuse(call, call.arrival);
    }
    return undefined;
  }

  /** Whether the newest goes first: the oldest has waited for long, and may go on so. */
  #isBehind(at: number): boolean {
    const arrival = this.#calls[this.#from]?.arrival;
    return arrival !== undefined && at - arrival.arrivedAt > patienceMs && !isTooLate(arrival, at);
  }

  #rest(): void {
    // Once for as many as were taken: each is moved once, on average.
    if (this.#from * 2 < this.#calls.length) return;
    this.#calls.splice(0, this.#from);
    this.#from = 0;
  }

  clear(): void {
    this.#calls.length = 0;
    this.#from = 0;
    this.#held.clear();
  }
}

function isTooLate({ arrivedAt, deadline }: Arrival, at: number): boolean {
  return at - arrivedAt > (deadline - arrivedAt) / 2;
}
