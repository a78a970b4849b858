// What an operator is told of those who are refused: each cause once for each peer in a while, and no more lines than can be read,
// however often and from however many connections. What was left out is counted.
import { now } from "./clock.js";
import { hostOf } from "./identity.js";
import type { Logger } from "./logger.js";

/** A cause is told once in so long, in ms. */
const periodMs = 10_000;
/** No more lines than so many in that time. */
const mostLines = 100;

/** One server's. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: () => number;
  #since = -Infinity;
  #leftOut = 0;
  readonly #told = new Set<string>();

  /** @param clock in ms; does not go back */
  constructor(logger: Logger, clock = now) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * Warns of a refusal, or counts it: the field `leftOut` of a later line tells how many were not told before it.
   *
   * @param cause one of few, never what a peer may choose freely
   * @param peer its address as in `Peer.address`, of which the port does not matter
   * @param fields what the line has besides `peer`: nothing of a payload
   */
  warn(cause: string, peer: string, fields: object, message: string): void {
    const at = this.#clock();
    if (at - this.#since >= periodMs) {
      this.#since = at;
      this.#told.clear();
    }
    const key = `${cause} ${hostOf(peer)}`;
    if (this.#told.has(key) || this.#told.size >= mostLines) {
      this.#leftOut++;
      return;
    }
    this.#told.add(key);
    const leftOut = this.#leftOut === 0 ? {} : { leftOut: this.#leftOut };
    this.#leftOut = 0;
    this.#logger.warn({ peer, ...fields, ...leftOut }, message);
  }
}
