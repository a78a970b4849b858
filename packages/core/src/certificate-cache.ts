// Peers' certificates that were read before: to read one costs a tenth of a handshake, and the same few peers come again and again.
import type { X509Certificate } from "node:crypto";
import { readCertificate } from "./certificate.js";
import type { PeerCertificate } from "./peer.js";

/** The part of a TLS socket that shows the peer's certificate: for little, and whole. */
export interface Showing {
  /** Null, or without a fingerprint, where the peer showed none. */
  getPeerCertificate(): { readonly fingerprint256?: string } | null;
  getPeerX509Certificate(): X509Certificate | undefined;
}

/** At most `capacity` certificates; the one that was read first goes first. A certificate takes about 2 KiB. */
export class CertificateCache {
  readonly #certificates = new Map<string, PeerCertificate>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#certificates.size;
  }

  /**
   * The certificate that the peer showed: one object for all connections that show the same one, to the byte, as their
   * SHA-256 tells. Undefined where it showed none. Verifies nothing.
   *
   * @param fingerprint its SHA-256 as node:tls tells it, where the caller has been shown it already
   * @throws TransportError `peer-untrusted` where its alternative names cannot be told apart
   */
  leafOf(socket: Showing, fingerprint = socket.getPeerCertificate()?.fingerprint256): PeerCertificate | undefined {
    if (fingerprint === undefined) return undefined;
    const known = this.#certificates.get(fingerprint);
    if (known !== undefined) return known;
    const x509 = socket.getPeerX509Certificate();
    if (x509 === undefined) return undefined;
    const certificate = readCertificate(x509);
    this.#certificates.set(fingerprint, certificate);
    const [oldest] = this.#certificates.keys();
    if (this.#certificates.size > this.#capacity && oldest !== undefined) this.#certificates.delete(oldest);
    return certificate;
  }
}
