// How large windows are: each receiver's own matter (PROTOCOL.md §8.8). Pure: it is told what comes, and when.
//
// While nothing waits for anything else, a window doubles as often as half of it was consumed: what is right for the way to
// the peer and back shows only when it is there, and each return of credit costs both ends a write. Beside small calls it
// is as much as is under way on the way to the peer and back, and what comes in another two milliseconds: enough that bulk
// never stands still, and so little that a call does not wait behind it for long. For a reader that does not keep up it is
// what it was at first.
import type { ReceiveCredit } from "./flow-control.js";

/** What a small call may wait behind bulk, in ms. */
const queueMs = 2;
/** For how long windows stay small after a small call, in ms. */
const calmMs = 100;
/** Between two questions for the round trip, in ms. */
const askEveryMs = 100;

/** By how much windows are wider than they were at first, in bytes: what their readers may be made to hold besides. */
export class WidenedBytes {
  total = 0;
}

/** Of all connections of this process. */
const ofProcess = new WidenedBytes();

/** One connection's. Times are in ms, of any clock that does not go back. */
export class WindowPolicy {
  readonly #most: number;
  readonly #mostTogether: number;
  readonly #together: WidenedBytes;
  /** This connection's part of them. */
  #taken = 0;
  /** By how much the streams' windows are more than they were at first, together: never more than one may be. */
  #widened = 0;
  #calledAt = -Infinity;
  #askedAt = -Infinity;
  #roundTripMs: number | undefined;
  #bytesPerMs = 0;
  /** Since when, and how much was consumed since. */
  #countedFrom: number | undefined;
  #counted = 0;

  /**
   * @param most what a window is widened to, and all of a connection's streams together, in bytes
   * @param mostTogether by how much all windows that `together` counts may be wider than at first
   */
  constructor(most: number, mostTogether = Infinity, together = ofProcess) {
    this.#most = most;
    this.#mostTogether = mostTogether;
    this.#together = together;
  }

  /** A small call came, or the answer to one. */
  called(at: number): void {
    this.#calledAt = at;
  }

  /** Whether it wants to know the round trip now; {@link roundTrip} tells it. */
  asks(at: number): boolean {
    if (at - this.#askedAt < askEveryMs) return false;
    this.#askedAt = at;
    return true;
  }

  /** What counts is the shortest: all others have waited in a queue. */
  roundTrip(ms: number): void {
    this.#roundTripMs = Math.min(ms, this.#roundTripMs ?? Infinity);
  }

  /**
   * Returns a stream's credit: what goes into WINDOW; 0 where that is nothing.
   *
   * @param waiting the cost of whole messages that the application has not taken yet
   */
  settleStream(credit: ReceiveCredit, waiting: number, at: number): number {
    const room = this.#most - this.#widened;
    const before = credit.window;
    const granted = this.#settle(credit, this.#next(credit, waiting, at), room);
    this.#widened += credit.window - before;
    return granted;
  }

  /** The same for the connection. */
  settleConnection(credit: ReceiveCredit, waiting: number, at: number): number {
    this.#count(credit.owed, at);
    return this.#settle(credit, this.#next(credit, waiting, at), Infinity);
  }

  /** @param room by how much the window may become wider, as far as its connection goes */
  #settle(credit: ReceiveCredit, wanted: number, room: number): number {
    const before = credit.window;
    const most = before + Math.max(0, Math.min(room, this.#mostTogether - this.#together.total));
    const granted = credit.settle(Math.max(credit.initial, Math.min(wanted, most)));
    this.#take(credit.window - before);
    return granted;
  }

  #take(bytes: number): void {
    this.#taken += bytes;
    this.#together.total += bytes;
  }

  /** The stream is over: others may be widened by as much. */
  closed(credit: ReceiveCredit): void {
    const widened = credit.window - credit.initial;
    this.#widened -= widened;
    this.#take(-widened);
  }

  /** The connection is over, with all that is open on it; it is asked for nothing more. */
  ended(): void {
    this.#take(-this.#taken);
  }

  #next(credit: ReceiveCredit, waiting: number, at: number): number {
    const { initial, window, owed } = credit;
    if (waiting > window / 2) return initial;
    const beside = at - this.#calledAt < calmMs;
    // What is returned for another reason than that much was consumed says nothing.
    if (!beside && owed < window / 4) return window;
    const wanted = beside ? this.#bytesPerMs * ((this.#roundTripMs ?? 0) + queueMs) : window * 2;
    return Math.max(initial, Math.min(Math.round(wanted), this.#most));
  }

  #count(bytes: number, at: number): void {
    this.#counted += bytes;
    const elapsed = at - (this.#countedFrom ?? at);
    if (elapsed > 0) {
      const rate = this.#counted / elapsed;
      this.#bytesPerMs = this.#bytesPerMs === 0 ? rate : this.#bytesPerMs + (rate - this.#bytesPerMs) / 4;
    } else if (this.#countedFrom !== undefined) return;
    this.#countedFrom = at;
    this.#counted = 0;
  }
}
