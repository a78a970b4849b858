// Who a peer is, for permission: names that its verified certificate proves, never its subject.
import type { Peer } from "@tautline/core";

/**
 * Whether one of the rules names the peer: a SPIFFE id, whole or ending in `/*` for all below; or `dns:` and a DNS SAN. A
 * peer without a verified certificate is nobody.
 */
export function isAllowed(peer: Peer, rules: readonly string[]): boolean {
  const certificate = peer.tls?.certificate;
  if (certificate === undefined) return false;
  return rules.some((rule) => {
    if (rule.startsWith("dns:"))
      return certificate.dnsNames.some((name) => name.toLowerCase() === rule.slice(4).toLowerCase());
    if (certificate.spiffeId === undefined) return false;
    return rule.endsWith("/*") ? certificate.spiffeId.startsWith(rule.slice(0, -1)) : certificate.spiffeId === rule;
  });
}
