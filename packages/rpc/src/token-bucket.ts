// So much at once, and so much more in each second. Pure: it is told the time.

export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at = 0;

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /**
   * Takes `cost`, even where less is left.
   *
   * @param at now, in ms, on any clock that does not go back
   * @returns false where there is not so much left
   */
  spend(cost: number, at: number): boolean {
    this.#refill(at);
    this.#left -= cost;
    return this.#left >= 0;
  }

  /** Takes one where there is one. */
  take(at: number): boolean {
    this.#refill(at);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #refill(at: number): void {
    const more = (Math.max(0, at - this.#at) * this.#perSecond) / 1000;
    this.#at = Math.max(at, this.#at);
    this.#left = Math.min(this.#burst, this.#left + more);
  }
}
