// When an operator is told that a certificate of ours, or a revocation list, ends: twice ahead, and once when it is over. Pure.

/** What is to be renewed before it ends. */
export interface Dated {
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** 0: long to go; 1: renew it; 2: renew it now; 3: expired. */
export type ExpiryStage = 0 | 1 | 2 | 3;

const dayMs = 86_400_000;

/**
 * The stage at `at` (ms since the epoch). The first warning is due with a third of its life left, or 30 days where that is
 * less; the second with a tenth, or 3 days. Short-lived certificates are renewed at half of their life, so that whoever renews
 * in time hears nothing.
 */
export function expiryStage({ validFrom, validTo }: Dated, at: number): ExpiryStage {
  const lifeMs = validTo.getTime() - validFrom.getTime();
  const leftMs = validTo.getTime() - at;
  if (leftMs < 0) return 3;
  if (leftMs <= Math.min(lifeMs / 10, 3 * dayMs)) return 2;
  return leftMs <= Math.min(lifeMs / 3, 30 * dayMs) ? 1 : 0;
}
