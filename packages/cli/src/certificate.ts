// Makes X.509 certificates (RFC 5280) and their keys, as PEM text. Knows nothing of files, nor of when to renew.
import "reflect-metadata"; // before x509, which asks for it as it loads
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** What a leaf may be used for: its extended key usage. */
export type LeafRole = "server" | "client";

/** A certificate and its private key (PKCS #8), both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What a leaf shall say. */
export interface LeafProfile {
  /** The common name, and the first DNS name. */
  readonly name: string;
  readonly roles: readonly LeafRole[];
  /** `spiffe://<domain>/<name>`, the only URI, as SPIFFE X.509-SVID §2 asks. */
  readonly spiffeId: string;
}

const organization = "tautline development";
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;
/** Clocks of two machines differ by a little: what is made here is valid there at once. */
const backdateMs = 5 * 60_000;

/** The certificate of a new authority that signs leaves and nothing else, valid for `days`. */
export async function makeAuthority(days: number): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const serialNumber = makeSerialNumber();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A name of its own, so that an authority and its successor are told apart.
    name: [{ O: [organization] }, { CN: [`${organization} CA ${serialNumber.slice(0, 8)}`] }],
    serialNumber,
    ...validity(days),
    signingAlgorithm: ecdsa,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
}

/** A new key and the leaf certificate for it, signed by `authority`, valid for `days`. */
export async function issueLeaf(profile: LeafProfile, days: number, authority: Pair): Promise<Pair> {
  const issuer = new X509Certificate(authority.certificate);
  const pkcs8 = createPrivateKey(authority.key).export({ type: "pkcs8", format: "der" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, ecdsa, false, ["sign"]);
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const subject: JsonName = [{ CN: [profile.name] }];
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer.subjectName,
    serialNumber: makeSerialNumber(),
    ...validity(days),
    signingAlgorithm: ecdsa,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(profile.roles.map((role) => roleUsages[role])),
      new SubjectAlternativeNameExtension(alternativeNames(profile)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey) };
}

/** Whether `certificate` (PEM) says what `profile` asks for: the same names and uses, neither more nor less. */
export function fitsProfile(certificate: string, profile: LeafProfile): boolean {
  const parsed = new X509Certificate(certificate);
  const names = parsed.getExtension(SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const usages = parsed.getExtension(ExtendedKeyUsageExtension)?.usages ?? [];
  const spell = (all: readonly JsonGeneralName[]) => JSON.stringify(all.map(({ type, value }) => [type, value]));
  return (
    spell(names) === spell(alternativeNames(profile)) &&
    usages.join() === profile.roles.map((role) => roleUsages[role]).join()
  );
}

/** Whether `certificate` (PEM) was made by {@link makeAuthority}: it signs itself, in our name. */
export async function isOurAuthority(certificate: string): Promise<boolean> {
  const parsed = new X509Certificate(certificate);
  return parsed.subjectName.getField("O").includes(organization) && (await parsed.isSelfSigned());
}

/** Whether an authority that {@link makeAuthority} made, this one or an earlier one, is named as the issuer. */
export function isIssuedByUs(certificate: string): boolean {
  return new X509Certificate(certificate).issuerName.getField("O").includes(organization);
}

const roleUsages = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth };

function alternativeNames({ name, roles, spiffeId }: LeafProfile): JsonGeneralName[] {
  const names: JsonGeneralName[] = [{ type: "dns", value: name }];
  if (roles.includes("server")) {
    if (name !== "localhost") names.push({ type: "dns", value: "localhost" });
    names.push({ type: "ip", value: "127.0.0.1" }, { type: "ip", value: "::1" });
  }
  names.push({ type: "url", value: spiffeId });
  return names;
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(now + days * dayMs) };
}

/** 128 random bits in hex. The first is 0 and the second 1, so that DER spells every one in 16 bytes and as positive. */
function makeSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
