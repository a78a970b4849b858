import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { CertificateCache, type Showing } from "../dist/certificate-cache.js";
import { readCertificate } from "../dist/certificate.js";
import { clientLeaf, serverLeaf } from "./support/tls.js";

/** A connection whose peer shows `pem`; counts how often it is shown whole. */
class Shown implements Showing {
  whole = 0;
  readonly #x509: X509Certificate;

  constructor(pem: string) {
    this.#x509 = new X509Certificate(pem);
  }

  getPeerCertificate(): { readonly fingerprint256: string } {
    return { fingerprint256: this.#x509.fingerprint256 };
  }

  getPeerX509Certificate(): X509Certificate {
    this.whole++;
    return this.#x509;
  }
}

test("a certificate that many connections show is read once", () => {
  const cache = new CertificateCache(4);
  const connections = Array.from({ length: 3 }, () => new Shown(clientLeaf.cert));
  const read = connections.map((connection) => cache.leafOf(connection));
  expect(read[0]).toEqual(readCertificate(new X509Certificate(clientLeaf.cert)));
  expect(read.every((certificate) => certificate === read[0])).toBe(true);
  expect(connections.map(({ whole }) => whole)).toEqual([1, 0, 0]);
});

test("another certificate is another one", () => {
  const cache = new CertificateCache(4);
  const [client, server] = [clientLeaf, serverLeaf].map(({ cert }) => cache.leafOf(new Shown(cert)));
  expect(client?.spiffeId).toBe("spiffe://test/client");
  expect(server?.spiffeId).toBeUndefined();
  expect(server?.dnsNames).toEqual(["localhost"]);
});

test("no more certificates are kept than was said, and one that is not kept is read again", () => {
  const cache = new CertificateCache(1);
  for (const { cert } of [clientLeaf, serverLeaf]) cache.leafOf(new Shown(cert));
  expect(cache.size).toBe(1);
  const again = new Shown(clientLeaf.cert);
  expect(cache.leafOf(again)?.spiffeId).toBe("spiffe://test/client");
  expect(again.whole).toBe(1);
});

test("a certificate whose fingerprint is known already is not shown again, not even for little", () => {
  const cache = new CertificateCache(4);
  const first = new Shown(clientLeaf.cert);
  const read = cache.leafOf(first);
  const getPeerCertificate = (): never => expect.unreachable("the certificate is shown");
  const { fingerprint256 } = first.getPeerCertificate();
  const again: Showing = { getPeerCertificate, getPeerX509Certificate: getPeerCertificate };
  expect(cache.leafOf(again, fingerprint256)).toBe(read);
});

test("a peer that shows no certificate has none", () => {
  const getPeerX509Certificate = (): undefined => undefined;
  for (const shown of [{}, null]) {
    const socket: Showing = { getPeerCertificate: () => shown, getPeerX509Certificate };
    expect(new CertificateCache(4).leafOf(socket)).toBeUndefined();
  }
});
