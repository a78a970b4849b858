// How many connections a server has, and whose they are: bounds for all and for each peer. It knows no sessions.
import type { Peer } from "@tautline/core";
import { hostOf, identityOf } from "./identity.js";
import type { OverloadLimits } from "./overload.js";

export class Crowd {
  readonly #limits: Pick<OverloadLimits, "maxConnections" | "maxConnectionsPerPeer">;
  readonly #byPeer = new Map<string, number>();
  #size = 0;

  constructor(limits: Pick<OverloadLimits, "maxConnections" | "maxConnectionsPerPeer">) {
    this.#limits = limits;
  }

  /** Counts one more. Why it may not stay; undefined where it may. {@link leave} follows either way. */
  enter(peer: Peer): string | undefined {
    const who = whoIs(peer);
    const own = (this.#byPeer.get(who) ?? 0) + 1;
    this.#byPeer.set(who, own);
    this.#size++;
    const { maxConnections, maxConnectionsPerPeer } = this.#limits;
    if (this.#size > maxConnections)
      return `the server has ${maxConnections} connections (option overload.maxConnections)`;
    if (own > maxConnectionsPerPeer)
      return `you have ${maxConnectionsPerPeer} connections here (option overload.maxConnectionsPerPeer)`;
    return undefined;
  }

  leave(peer: Peer): void {
    const who = whoIs(peer);
    const left = (this.#byPeer.get(who) ?? 1) - 1;
    if (left === 0) this.#byPeer.delete(who);
    else this.#byPeer.set(who, left);
    this.#size--;
  }
}

/** What a certificate proves; without one the address, whatever the port. */
function whoIs(peer: Peer): string {
  return identityOf(peer) ?? hostOf(peer.address);
}
