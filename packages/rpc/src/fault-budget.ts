// What a peer may cost by calls that come to nothing: opened and given up at once, or such as cannot be served. Each is cheap,
// and thousands of them in a row are an attack (HTTP/2: CVE-2023-44487, CVE-2025-8671). A bucket of tokens, refilled as
// time goes. PROTOCOL.md §14, V21.
import { TokenBucket } from "./token-bucket.js";

/** At once; and so many more in each second. */
export const faultBurst = 1_000;
export const faultsPerSecond = 1_000;

/** Longer arguments cost more to read in vain: a token for so many bytes. */
const bytesPerFault = 4_096;

export class FaultBudget {
  readonly #tokens = new TokenBucket(faultBurst, faultsPerSecond);

  /**
   * Takes what one call that came to nothing costs.
   *
   * @param bytes of its arguments, where they were read
   * @param at now, in ms, on any clock that does not go back
   * @returns false where there is not so much left
   */
  spend(bytes: number, at: number): boolean {
    // A single one is borne, however long: it is a call's failure, and no flood.
    return this.#tokens.spend(Math.min(1 + bytes / bytesPerFault, faultBurst), at);
  }
}
