// A method as a server serves it: its binding, and how many of its calls run, on all connections and on each.
import { now } from "./clock.js";
import { Concurrency } from "./concurrency.js";
import type { CallContext } from "./context.js";
import { shed, type CallRefusal } from "./overload.js";
import type { Method, MethodBinding, MethodSettings } from "./service.js";
import { Shares, type Share } from "./shares.js";

/** What it wants to know of a call. Times are in ms since the epoch. */
export interface ServedCall {
  readonly startedAt: number;
  readonly deadline: number;
  /** Whether its deadline has passed while its handler ran. */
  readonly isAbandoned: boolean;
  readonly binding: ServedMethod;
  /** Whose it is. */
  readonly session: object;
  /** The method's to write, as the next: whether few others ran. */
  beganAmongFew: boolean;
  /** Of its connection, where it was counted. */
  share: Share | undefined;
}

export class ServedMethod implements MethodBinding {
  readonly method: Method;
  readonly invoke: (args: readonly unknown[], context: CallContext) => unknown;
  readonly settings: MethodSettings;
  readonly #most: number;
  #running = 0;
  /** Of those whose time says something: a stream takes as long as its reader likes. */
  readonly #concurrency: Concurrency | undefined;
  /** What its connections have, counted only where it matters: while there is a limit that was learnt. */
  readonly #shares = new Shares();
  readonly #calls: () => Iterable<ServedCall>;

  /** @param calls all that run in the server, this method's among them */
  constructor({ method, invoke, settings }: MethodBinding, minConcurrency: number, calls: () => Iterable<ServedCall>) {
    this.method = method;
    this.invoke = invoke;
    this.settings = settings;
    this.#calls = calls;
    this.#most = settings.concurrency ?? Infinity;
    this.#concurrency = method.shape === "unary" ? new Concurrency(minConcurrency) : undefined;
  }

  /**
   * Why a call of this connection cannot begin now; undefined where it may. `@Limit` is exact, since nobody knows what it
   * protects; a limit that was learnt is passed by those who have less than their share.
   */
  refusal(session: object): CallRefusal | undefined {
    const { path } = this.method;
    if (this.#running >= this.#most)
      return shed(`${this.#most} calls of ${path} run already (its @Limit)`, "resource-exhausted");
    if (this.#concurrency?.isReached !== true) return undefined;
    const most = Math.floor(this.#concurrency.limit);
    if (this.#shares.mayExceed(session, most)) return undefined;
    return shed(`${path} is overloaded: ${most} calls of it run, and answers come late`);
  }

  /** A call begins; {@link leave} follows when its handler has stopped. */
  enter(call: ServedCall): void {
    this.#running++;
    if (this.#concurrency === undefined) return;
    call.beganAmongFew = this.#concurrency.begun();
    if (this.#concurrency.limit !== Infinity) call.share = this.#shares.take(call.session);
  }

  leave({ startedAt, deadline, isAbandoned, beganAmongFew, share }: ServedCall): void {
    this.#running--;
    if (share !== undefined) this.#shares.giveBack(share);
    const concurrency = this.#concurrency;
    if (concurrency === undefined) return;
    if (isAbandoned) return concurrency.stopped();
    if (!concurrency.ended(beganAmongFew)) return;
    const at = now();
    const { limit } = concurrency;
    concurrency.answered(beganAmongFew, at - startedAt, deadline - startedAt, at);
    if (limit === Infinity && concurrency.limit !== limit) this.#countShares();
  }

  /** A call's deadline has passed, and its handler runs on. */
  abandon({ startedAt }: ServedCall): void {
    const concurrency = this.#concurrency;
    if (concurrency === undefined) return;
    const at = now();
    const { limit } = concurrency;
    concurrency.abandoned(at - startedAt, at);
    if (limit === Infinity && concurrency.limit !== limit) this.#countShares();
  }

  /** Those that began while there was no limit, too. */
  #countShares(): void {
    for (const call of this.#calls()) {
      if (call.binding === this && call.share === undefined) call.share = this.#shares.take(call.session);
    }
  }
}
