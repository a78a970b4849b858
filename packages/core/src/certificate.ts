// A verified certificate as plain data. It reads what node:crypto prints and verifies nothing itself.
import type { X509Certificate } from "node:crypto";
import { TransportError } from "./errors.js";
import type { PeerCertificate } from "./peer.js";

/** Subject alternative names by type, in the certificate's order. */
export interface AlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
}

/** @throws TransportError `peer-untrusted` where the alternative names cannot be told apart */
export function readCertificate(x509: X509Certificate): PeerCertificate {
  const names = parseAlternativeNames(x509.subjectAltName);
  return {
    subject: x509.subject,
    issuer: x509.issuer,
    ...names,
    spiffeId: x509.ca ? undefined : spiffeIdOf(names.uris),
    fingerprint256: x509.fingerprint256,
    serialNumber: x509.serialNumber,
    validFrom: new Date(x509.validFrom),
    validTo: new Date(x509.validTo),
  };
}

/** Whether `at` (ms since the epoch) lies within the certificate's dates. */
export function inDate({ validFrom, validTo }: Pick<PeerCertificate, "validFrom" | "validTo">, at: number): boolean {
  return validFrom.getTime() <= at && at <= validTo.getTime();
}

/**
 * Reads the one-line form that Node prints: `DNS:a.example, URI:"spiffe://x, y"`. A name with a character that could fake
 * another entry is printed as a JSON string (since CVE-2021-44532); a plain one has no comma and no quote.
 *
 * @throws TransportError `peer-untrusted` for anything else, instead of guessing where a name ends
 */
export function parseAlternativeNames(text = ""): AlternativeNames {
  const dnsNames: string[] = [];
  const ipAddresses: string[] = [];
  const uris: string[] = [];
  const emails: string[] = [];
  const byType: Readonly<Record<string, string[]>> = {
    DNS: dnsNames,
    "IP Address": ipAddresses,
    URI: uris,
    email: emails,
  };

  const entry = /([A-Za-z][A-Za-z ]*):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?:, |$)/y;
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) throw unreadable();
    const [, type = "", quoted, plain = ""] = match;
    if (!Object.hasOwn(byType, type)) continue;
    byType[type]?.push(quoted === undefined ? plain : unquote(quoted));
  }
  return { dnsNames, ipAddresses, uris, emails };
}

function unquote(quoted: string): string {
  try {
    const name: unknown = JSON.parse(quoted);
    if (typeof name === "string") return name;
  } catch {
    // Not JSON after all: as unreadable as the rest.
  }
  throw unreadable();
}

function unreadable(): TransportError {
  return new TransportError(
    "peer-untrusted",
    "the peer's certificate has subject alternative names that cannot be told apart",
  );
}

/**
 * SPIFFE X.509-SVID: a leaf has exactly one URI SAN, `spiffe://<trust domain>/<path>`, at most 2,048 bytes, with no
 * empty, `.` or `..` segment in its path, and nothing else of a URI (no port, query or fragment).
 */
function spiffeIdOf(uris: readonly string[]): string | undefined {
  const [uri] = uris;
  if (uris.length !== 1 || uri === undefined || uri.length > 2048) return undefined;
  const match = /^spiffe:\/\/[a-z0-9._-]{1,255}((?:\/[A-Za-z0-9._-]+)+)$/.exec(uri);
  const segments = match?.[1]?.split("/") ?? [];
  return match === null || segments.includes(".") || segments.includes("..") ? undefined : uri;
}
