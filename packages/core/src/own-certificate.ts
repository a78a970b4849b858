// A certificate of ours, or of an authority that we trust, as plain data; and the checks that a set of them passes before
// it is used. It reads PEM texts, and knows neither files nor sockets.
import { createHash, type X509Certificate } from "node:crypto";
import { badOption } from "./option-check.js";

/** One certificate of `tls.cert` or `tls.ca`: what an operator needs to find and to renew it. */
export interface OwnCertificate {
  readonly option: "tls.cert" | "tls.ca";
  /** The distinguished name, one attribute per line. */
  readonly subject: string;
  /** Hex. */
  readonly serialNumber: string;
  /** SHA-256 over the DER form, upper-case hex pairs with colons. */
  readonly fingerprint256: string;
  /** SHA-256 over its public key (SPKI), hex: the same where it was renewed with its key, and another where it was not. */
  readonly publicKey256: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export function ownCertificate(option: "tls.cert" | "tls.ca", x509: X509Certificate): OwnCertificate {
  const { subject, serialNumber, fingerprint256, validFrom, validTo } = x509;
  return {
    option,
    subject,
    serialNumber,
    fingerprint256,
    publicKey256: createHash("sha256")
      .update(x509.publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    validFrom: new Date(validFrom),
    validTo: new Date(validTo),
  };
}

/** Extended key usages (RFC 5280 §4.2.1.12), as node:crypto names them. */
const uses = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" } as const;

/**
 * Whether peers could accept `chain`, leaf first, at this end: in date, each signed by the next, for this use, and with the
 * names that a client looks for. `from` says where it came from.
 *
 * @throws TransportError `bad-option` naming the file, what is wrong and the remedy
 */
export function checkChain(chain: readonly X509Certificate[], from: string, end: "client" | "server"): void {
  const [leaf] = chain;
  if (leaf === undefined) return;
  checkDates(leaf, from);
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined) break;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw badOption(
        "tls.cert",
        `${from} has certificates that do not follow from one another: number ${index + 2} did not sign number ` +
          `${index + 1}; the leaf comes first, and each is signed by the next`,
      );
    }
    checkDates(issuer, from);
  }
  if (leaf.ca) throw badOption("tls.cert", `${from} begins with an authority's certificate: the leaf must come first`);
  // Typed as always there; a certificate for every use has none.
  const allowed: readonly string[] | undefined = leaf.keyUsage;
  if (allowed !== undefined && !allowed.includes(uses[end])) {
    throw badOption("tls.cert", `${from} is not meant for ${end}s (extended key usage): issue one with ${end}Auth`);
  }
  if (end === "server" && leaf.subjectAltName === undefined) {
    throw badOption(
      "tls.cert",
      `${from} has no subject alternative name, and clients look at no other (RFC 9525): issue one with the names that they connect to`,
    );
  }
}

function checkDates({ validFrom, validTo }: X509Certificate, from: string): void {
  const now = Date.now();
  if (now > Date.parse(validTo)) throw badOption("tls.cert", `${from} expired on ${validTo}: renew it`);
  if (now < Date.parse(validFrom)) {
    throw badOption("tls.cert", `${from} is valid only from ${validFrom} on: check this machine's clock`);
  }
}
