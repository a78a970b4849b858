// Certificates for tests: authorities and leaves of any date, name and use, made in milliseconds.
// The certificate library wants its polyfill first.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;

export interface LeafOptions {
  readonly commonName?: string;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly uris?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly use?: "server" | "client";
}

/** A certificate and its key, in PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** In PEM. */
  readonly cert: string;
  issue(options?: LeafOptions): Promise<Leaf>;
  /** A revocation list of these leaves, in PEM; by default it holds for another day. */
  revoke(leaves?: readonly Leaf[], dates?: { readonly validTo: Date | undefined }): Promise<string>;
}

export async function makeAuthority(name = "test authority", uris: readonly string[] = []): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 30 * day),
    notAfter: new Date(Date.now() + 30 * day),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), ...namesOf({ uris })],
  });
  return {
    cert: certificate.toString("pem"),
    issue: (options = {}) => issue(options, { subject: certificate.subject, key: keys.privateKey }),
    revoke: async (leaves = [], { validTo } = { validTo: new Date(Date.now() + day) }) => {
      const list = await x509.X509CrlGenerator.create({
        issuer: certificate.subject,
        thisUpdate: new Date(Date.now() - day),
        ...(validTo === undefined ? {} : { nextUpdate: validTo }),
        signingAlgorithm: algorithm,
        signingKey: keys.privateKey,
        entries: leaves.map(({ cert }) => ({ serialNumber: new x509.X509Certificate(cert).serialNumber })),
      });
      return x509.PemConverter.encode(list.rawData, "X509 CRL");
    },
  };
}

async function issue(options: LeafOptions, issuer: { subject: string; key: webcrypto.CryptoKey }): Promise<Leaf> {
  const keys = await makeKeys();
  const { server, client } = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };
  const uses = options.use === undefined ? [server, client] : [{ server, client }[options.use]];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${options.commonName ?? "leaf"}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    signingAlgorithm: algorithm,
    notBefore: options.notBefore ?? new Date(Date.now() - day),
    notAfter: options.notAfter ?? new Date(Date.now() + day),
    extensions: [new x509.ExtendedKeyUsageExtension(uses), ...namesOf(options)],
  });
  return { cert: certificate.toString("pem"), key: await toPem(keys.privateKey) };
}

function namesOf({ dns = [], ip = [], uris = [] }: Pick<LeafOptions, "dns" | "ip" | "uris">): x509.Extension[] {
  const names = [
    ...dns.map((value) => ({ type: "dns" as const, value })),
    ...ip.map((value) => ({ type: "ip" as const, value })),
    ...uris.map((value) => ({ type: "url" as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
