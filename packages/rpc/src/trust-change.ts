// What a change of the authorities that we trust means for a connection that was made before. It knows names of issuers,
// and not which chain a peer has shown.
import type { Peer, TlsEvent, TlsReloaded } from "@tautline/core";

/** A reload after which fewer are trusted. */
export type NarrowedTrust = TlsReloaded & { readonly trust: "narrowed" };

export function isNarrowed(event: TlsEvent): event is NarrowedTrust {
  return event.kind === "reloaded" && event.trust === "narrowed";
}

/**
 * `kept`: the peer's authority is still trusted, or it has shown no certificate. `removed`: it is trusted no more. `unclear`: it
 * is an intermediate, of which it is not known here which authority it leads to, and one of those is gone.
 */
export function standingOf(peer: Peer, { authorities, removed }: NarrowedTrust): "kept" | "removed" | "unclear" {
  const issuer = peer.tls?.certificate?.issuer;
  if (issuer === undefined || removed.length === 0 || authorities.some(({ subject }) => subject === issuer))
    return "kept";
  return removed.some(({ subject }) => subject === issuer) ? "removed" : "unclear";
}
