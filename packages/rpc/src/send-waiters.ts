// Whose producers wait for room to send, and whose turn it is when there is some. Pure, as the queue beside it. Nobody is
// looked at again before something of his own has changed: ten thousand streams that wait for credit cost a call beside
// them nothing.
import { Fifo } from "./fifo.js";
import type { Outbox, SendQueue } from "./send-queue.js";

/** The outboxes of one connection whose owners want to send more. */
export class SendWaiters<O extends Outbox> {
  readonly #queue: SendQueue<O>;
  /** Each waits for its turn; one that left meanwhile is passed over. */
  readonly #inTurn = new Fifo<O>();
  /** In the order of holding; a Set, because one may leave from the middle. */
  #held: Set<O> | undefined;

  constructor(queue: SendQueue<O>) {
    this.#queue = queue;
  }

  add(outbox: O): void {
    if (outbox.waits === "no") this.#enlist(outbox);
  }

  remove(outbox: O): void {
    if (outbox.waits === "no") return;
    this.#held?.delete(outbox);
    outbox.waits = "no";
  }

  /** After a change of its own: credit of its stream came, or what it had queued is written. */
  changed(outbox: O): void {
    const { waits } = outbox;
    if (waits === "connection" && this.#queue.couldSend(outbox)) {
      this.#held?.delete(outbox);
      this.#enlist(outbox);
    } else if (waits === "change") this.#enlist(outbox);
  }

  /** The next one that could send, which waits no more; undefined where nobody could. */
  next(): O | undefined {
    if (this.#held !== undefined && this.#queue.connectionOpen) {
      for (const outbox of this.#held) {
        this.#held.delete(outbox);
        if (this.#take(outbox)) return outbox;
      }
    }
    for (let outbox = this.#inTurn.shift(); outbox !== undefined; outbox = this.#inTurn.shift()) {
      if (outbox.waits === "turn" && this.#take(outbox)) return outbox;
    }
    return undefined;
  }

  /** Whether nobody waits. What has left meanwhile counts until its turn would have come. */
  get isEmpty(): boolean {
    return this.#inTurn.size === 0 && (this.#held === undefined || this.#held.size === 0);
  }

  clear(): void {
    this.#inTurn.clear();
    this.#held?.clear();
  }

  /** Whether it can send, and so waits no more; else it is set aside, by what it lacks. */
  #take(outbox: O): boolean {
    if (this.#queue.couldSend(outbox)) {
      outbox.waits = "no";
      return true;
    }
    if (outbox.waiting.size > 0 || outbox.credit.left <= 0) outbox.waits = "change";
    else {
      outbox.waits = "connection";
      (this.#held ??= new Set()).add(outbox);
    }
    return false;
  }

  #enlist(outbox: O): void {
    outbox.waits = "turn";
    this.#inTurn.push(outbox);
  }
}
