// Items that arrived and wait for the application: their credit returns when they are taken, so a slow reader holds its
// peer back by the window and never by memory. PROTOCOL.md §8.6.
import { Fifo } from "./fifo.js";
import { HeldBodies, type HeldBody } from "./held-bodies.js";
import type { Span } from "./span.js";

/** What the queue asks of the call that it belongs to. */
export interface ItemQueueOwner<T> {
  /** Decodes an item. A throw ends the queue with that error, and the owner hears `left`. */
  decode(body: Span): T;
  /** The item is taken, or dropped. */
  release(cost: number): void;
  /** The reader asked for the first item. */
  started(): void;
  /** The reader left before the end; `error` where an item could not be decoded. */
  left(error: unknown): void;
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const done: IteratorResult<never, undefined> = { done: true, value: undefined };

/** A single-use stream of items. Leaving the loop ends it at once, also while a `next()` is pending. */
export class ItemQueue<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #owner: ItemQueueOwner<T>;
  readonly #items = new Fifo<HeldBody>();
  readonly #held = new HeldBodies();
  readonly #waiters = new Fifo<Waiter<T>>();
  #started = false;
  #over = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(owner: ItemQueueOwner<T>) {
    this.#owner = owner;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#started) {
      this.#started = true;
      // Who left before the first item wants none: nothing begins.
      if (!this.#over) this.#owner.started();
    }
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#held.release(item);
      return this.#take(item.body, item.cost);
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#over) return Promise.resolve(done);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#leave(undefined);
    return Promise.resolve(done);
  }

  throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    this.#leave(undefined);
    return Promise.reject(error);
  }

  /** The next item has arrived. */
  push(body: Span, cost: number): void {
    if (this.#over) return this.#owner.release(cost);
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#items.push(this.#held.hold(body, cost));
    else this.#take(body, cost).then(waiter.resolve, waiter.reject);
  }

  /** No more will arrive. What is here can still be taken; `failure` is thrown behind it. */
  finish(failure?: { readonly error: unknown }): void {
    if (this.#over) return;
    this.#over = true;
    const waiter = this.#waiters.shift();
    if (failure !== undefined && waiter !== undefined) waiter.reject(failure.error);
    else {
      this.#failure = failure;
      waiter?.resolve(done);
    }
    for (let other = this.#waiters.shift(); other !== undefined; other = this.#waiters.shift()) other.resolve(done);
  }

  #take(body: Span, cost: number): Promise<IteratorResult<T, undefined>> {
    let value: T;
    try {
      value = this.#owner.decode(body);
    } catch (error) {
      this.#owner.release(cost);
      this.#leave(error);
      return Promise.reject(error);
    }
    this.#owner.release(cost);
    return Promise.resolve({ done: false, value });
  }

  #leave(error: unknown): void {
    const wasOver = this.#over;
    this.finish();
    this.#failure = undefined;
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) this.#owner.release(item.cost);
    this.#held.clear();
    if (!wasOver) this.#owner.left(error);
  }
}
