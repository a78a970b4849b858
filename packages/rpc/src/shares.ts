// Equal shares of what there is not enough of: whether a connection may have more of it, where others have some too. It knows not
// what it is.

/**
 * Where there is no room for more: whether a connection that has `own` may still have one, which keeps it within an equal share
 * of `most` among `connections`, those that have some. A flood on some leaves the next its part; all parts together are
 * `most` times 1 + ln of how many there are, at worst.
 */
export function isWithinShare(own: number, connections: number, most: number): boolean {
  return (own + 1) * (own === 0 ? connections + 1 : connections) <= most;
}

/** What one of them has. */
export interface Share {
  readonly owner: object;
  count: number;
}

/** Who has how many, of one thing. */
export class Shares {
  readonly #byOwner = new Map<object, Share>();

  /** Whether `owner` may have one more where there is no room for more than `most`. */
  mayExceed(owner: object, most: number): boolean {
    return isWithinShare(this.#byOwner.get(owner)?.count ?? 0, this.#byOwner.size, most);
  }

  /** Counts one more; {@link giveBack} of what this returns follows. */
  take(owner: object): Share {
    let share = this.#byOwner.get(owner);
    if (share === undefined) {
      share = { owner, count: 0 };
      this.#byOwner.set(owner, share);
    }
    share.count++;
    return share;
  }

  giveBack(share: Share): void {
    if (--share.count === 0) this.#byOwner.delete(share.owner);
  }
}
