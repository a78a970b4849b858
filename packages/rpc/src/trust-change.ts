// What a change of the authorities that we trust means for a connection that was made before. It knows names of issuers
// and keys of authorities, and not which chain a peer has shown.
import type { OwnCertificate, Peer, TlsEvent, TlsReloaded } from "@tautline/core";

/** A reload after which fewer are trusted. */
export type NarrowedTrust = TlsReloaded & { readonly trust: "narrowed" };

export function isNarrowed(event: TlsEvent): event is NarrowedTrust {
  return event.kind === "reloaded" && event.trust === "narrowed";
}

/**
 * `kept`: the peer's authority is still trusted, or it has shown no certificate. `removed`: it is trusted no more. `unclear`: it
 * is an intermediate, of which it is not known here which authority it leads to, and one of those is gone; or an authority of
 * its name is gone, and one of that name with another key is trusted.
 */
export function standingOf(peer: Peer, { authorities, removed }: NarrowedTrust): "kept" | "removed" | "unclear" {
  const issuer = peer.tls?.certificate?.issuer;
  if (issuer === undefined || removed.length === 0) return "kept";
  const trusted = keysOf(authorities, issuer);
  const gone = keysOf(removed, issuer);
  if (trusted.size === 0) return gone.size > 0 ? "removed" : "unclear";
  // A name is not who signs: an authority whose key was stolen is often made anew under its name.
  return [...gone].every((key) => trusted.has(key)) ? "kept" : "unclear";
}

function keysOf(authorities: readonly OwnCertificate[], name: string): ReadonlySet<string> {
  return new Set(authorities.filter(({ subject }) => subject === name).map(({ publicKey256 }) => publicKey256));
}
