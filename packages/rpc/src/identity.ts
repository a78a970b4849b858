// Who a peer is, for permission: names that its verified certificate proves, never its subject.
import type { Peer, PeerCertificate } from "@tautline/core";

/** What @Allow says before the name of a role. */
export const rolePrefix = "role:";

/** Whether a text names an identity: a SPIFFE id or a DNS name. */
export function isIdentityRule(rule: unknown): rule is string {
  return typeof rule === "string" && /^(spiffe:\/\/|dns:)./.test(rule);
}

/**
 * Whether one of the rules names the peer: a SPIFFE id, whole or ending in `/*` for all below; `dns:` and a DNS SAN; or
 * `role:` and one of `roles`, which it has. A peer without a verified certificate is nobody.
 */
export function isAllowed(peer: Peer, rules: readonly string[], roles: readonly string[] = []): boolean {
  const certificate = peer.tls?.certificate;
  return certificate !== undefined && isNamed(certificate, rules, roles);
}

/** The same of the names alone. */
export function isNamed(
  { spiffeId, dnsNames }: Pick<PeerCertificate, "spiffeId" | "dnsNames">,
  rules: readonly string[],
  roles: readonly string[] = [],
): boolean {
  return rules.some((rule) => {
    if (rule.startsWith(rolePrefix)) return roles.includes(rule.slice(rolePrefix.length));
    if (rule.startsWith("dns:")) return dnsNames.some((name) => name.toLowerCase() === rule.slice(4).toLowerCase());
    if (spiffeId === undefined) return false;
    return rule.endsWith("/*") ? spiffeId.startsWith(rule.slice(0, -1)) : spiffeId === rule;
  });
}

/** Of an address as in `Peer.address`: one host's are the same, whatever the port. */
export function hostOf(address: string): string {
  return address.replace(/:\d+$/, "");
}

/** The name that a peer's certificate proves, for logs and for counting; undefined without one, or where it has none. */
export function identityOf({ tls }: Peer): string | undefined {
  return tls?.certificate?.spiffeId ?? tls?.certificate?.dnsNames[0];
}
