// Credit: how much a sender may still send, and what a receiver owes back. Pure: no sockets, no timers. PROTOCOL.md §8.
import { Violation } from "./violation.js";

/** What a message costs beside its bytes, so that tiny ones are not free. PROTOCOL.md §8.2. */
export const messageOverhead = 32;

/** The most credit that there can be (PROTOCOL.md §8.5). */
export const maxCredit = 2 ** 31 - 1;

/** Credit for one direction of a stream or of the connection, as its sender keeps it. May be negative by one message. */
export class SendCredit {
  readonly initial: number;
  #left: number;

  constructor(initial: number) {
    this.initial = initial;
    this.#left = initial;
  }

  get left(): number {
    return this.#left;
  }

  debit(cost: number): void {
    this.#left -= cost;
  }

  /** @throws Violation `flow-control` where the sum passes 2³¹−1 */
  grant(credit: number): void {
    if (this.#left + credit > maxCredit)
      throw new Violation("flow-control", `credit of ${this.#left} + ${credit} is more than ${maxCredit}`);
    this.#left += credit;
  }
}

/**
 * Whether a sender may begin a message now. `cost` undefined: not encoded yet, and assumed to be small.
 *
 * A stream that has nothing outstanding may pass the connection's credit by `reserve`, so that a small call gets through
 * where other streams' readers have stopped and hold all of it.
 */
export function mayBegin(
  connection: SendCredit,
  stream: SendCredit,
  cost: number | undefined,
  reserve: number,
): boolean {
  if (stream.left <= 0) return false;
  if (connection.left > 0) return true;
  return stream.left >= stream.initial && (cost ?? 0) <= reserve;
}

/** The mirror of a SendCredit on the receiving side: what the sender may still send, and what was consumed and is owed. */
export class ReceiveCredit {
  readonly initial: number;
  #window: number;
  #left: number;
  #owed = 0;

  constructor(initial: number) {
    this.initial = initial;
    this.#window = initial;
    this.#left = initial;
  }

  /** What is left, owed, and not consumed yet, together. */
  get window(): number {
    return this.#window;
  }

  /** What the sender may still send, by our count; it can only know of less. */
  get left(): number {
    return this.#left;
  }

  /** Consumed and not yet returned. */
  get owed(): number {
    return this.#owed;
  }

  debit(cost: number): void {
    this.#left -= cost;
  }

  consume(cost: number): void {
    this.#owed += cost;
  }

  /** Whether what is owed has to be returned now (PROTOCOL.md §8.7, and earlier where the window is wider). */
  get due(): boolean {
    return this.#owed > 0 && this.#left < this.#window / 2;
  }

  /**
   * Returns what is owed: the credit for one WINDOW frame; 0 where there is none. A wider window returns more; a narrower one
   * less, and as much as is owed at most: what was granted cannot be taken back.
   *
   * @param window from now on; not less than `initial`
   */
  settle(window = this.#window): number {
    const credit = Math.max(0, this.#owed + window - this.#window);
    this.#window += credit - this.#owed;
    this.#left += credit;
    this.#owed = 0;
    return credit;
  }
}

/** The receiver's side of {@link mayBegin}. @throws Violation `flow-control` */
export function checkBegin(
  connection: ReceiveCredit,
  stream: ReceiveCredit,
  cost: number,
  reserve: number,
  id: number,
): void {
  if (stream.left <= 0)
    throw new Violation("flow-control", `stream ${id} began a message without credit of the stream`);
  if (connection.left > 0 || (stream.left >= stream.initial && cost <= reserve)) return;
  throw new Violation("flow-control", `stream ${id} began a message of ${cost} without credit of the connection`);
}
