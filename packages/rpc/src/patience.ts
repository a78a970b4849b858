// How long a peer may take, fair to it where this process was held up: timers that are due come before what its sockets have.
import { setImmediate } from "node:timers";

/** One wait. It runs from its construction on. */
export class Patience {
  readonly #timer: NodeJS.Timeout;
  #reading: NodeJS.Immediate | undefined;

  /** @param over called after `ms`, once what had arrived by then was read */
  constructor(ms: number, over: () => void) {
    this.#timer = setTimeout(() => {
      this.#reading = setImmediate(over);
    }, ms);
  }

  /** The peer has done it: nothing is called any more. */
  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#reading);
  }
}
