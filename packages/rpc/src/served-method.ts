// A method as a server serves it: its binding, and how many of its calls run on all connections.
import { now } from "./clock.js";
import { Concurrency } from "./concurrency.js";
import type { CallContext } from "./context.js";
import { shed, type CallRefusal } from "./overload.js";
import type { Method, MethodBinding, MethodSettings } from "./service.js";

/** What it wants to know of a call. Times are in ms since the epoch. */
export interface ServedCall {
  readonly startedAt: number;
  readonly deadline: number;
  /** Whether its deadline has passed while its handler ran. */
  readonly isAbandoned: boolean;
  /** What {@link ServedMethod.enter} said. */
  readonly beganAmongFew: boolean;
}

export class ServedMethod implements MethodBinding {
  readonly method: Method;
  readonly invoke: (args: readonly unknown[], context: CallContext) => unknown;
  readonly settings: MethodSettings;
  readonly #most: number;
  #running = 0;
  /** Of those whose time says something: a stream takes as long as its reader likes. */
  readonly #concurrency: Concurrency | undefined;

  constructor({ method, invoke, settings }: MethodBinding, minConcurrency: number) {
    this.method = method;
    this.invoke = invoke;
    this.settings = settings;
    this.#most = settings.concurrency ?? Infinity;
    this.#concurrency = method.shape === "unary" ? new Concurrency(minConcurrency) : undefined;
  }

  /** Why none of its calls can begin now; undefined where one may. */
  get refusal(): CallRefusal | undefined {
    const { path } = this.method;
    if (this.#running >= this.#most)
      return shed(`${this.#most} calls of ${path} run already (its @Limit)`, "resource-exhausted");
    if (this.#concurrency?.isReached !== true) return undefined;
    return shed(`${path} is overloaded: ${Math.floor(this.#concurrency.limit)} calls of it run, and answers come late`);
  }

  /** A call begins; {@link leave} follows when its handler has stopped. Whether few others run. */
  enter(): boolean {
    this.#running++;
    return this.#concurrency?.begun() ?? false;
  }

  leave({ startedAt, deadline, isAbandoned, beganAmongFew }: ServedCall): void {
    this.#running--;
    if (this.#concurrency === undefined) return;
    if (isAbandoned) return this.#concurrency.stopped();
    if (!this.#concurrency.ended(beganAmongFew)) return;
    const at = now();
    this.#concurrency.answered(beganAmongFew, at - startedAt, deadline - startedAt, at);
  }

  /** A call's deadline has passed, and its handler runs on. */
  abandon({ startedAt }: ServedCall): void {
    const at = now();
    this.#concurrency?.abandoned(at - startedAt, at);
  }
}
