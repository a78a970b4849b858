// TLS options as they are given, and the certificates and keys that they name: loaded and checked before any connection.
// It knows node:crypto and files, not node:tls.
import { createHash, createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { badOption, checkKeys } from "./option-check.js";
import { checkChain, ownCertificate, type OwnCertificate } from "./own-certificate.js";
import { revocationList, type RevocationList } from "./revocation-list.js";

/** PEM text, its bytes, or the path of a file with it. What contains `-----BEGIN` is PEM, every other text a path. */
export type PemSource = string | Uint8Array;

/** A cipher suite of TLS 1.3 (RFC 8446 §B.4). */
export type CipherSuite = (typeof cipherSuites)[number];

/** AES-128 first: on processors with AES instructions it is the cheapest, and nothing is known against it. */
const cipherSuites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"] as const;

/** For TLS 1.2, where it is allowed: forward secrecy and authenticated encryption only. */
const olderSuites = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/**
 * Whom to trust and who we are. Peers are always verified; no option turns that off. Files are read at the first use of an
 * options object, and again when they change: connections that are made after that see the new ones.
 */
export interface TlsOptions {
  /**
   * The authorities whose certificates are trusted, and no others. Default: the public ones, on clients that show no
   * certificate; everybody else must name them.
   */
  readonly ca?: PemSource | readonly PemSource[] | undefined;
  /**
   * Revocation lists, one for each authority of a peer's chain. Each must be in date, or everybody of its authority would be
   * refused. Default: none, and nothing is revoked.
   */
  readonly crl?: PemSource | readonly PemSource[] | undefined;
  /** Our certificate, followed by its intermediates. */
  readonly cert?: PemSource | undefined;
  /** The private key of `cert`. */
  readonly key?: PemSource | undefined;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string | undefined;
  /** Default `TLSv1.3`; with `TLSv1.2` the suites of that version are limited to ECDHE with AEAD. */
  readonly minVersion?: "TLSv1.3" | "TLSv1.2" | undefined;
  /** The TLS 1.3 suites to offer, in order of preference. Default: AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305. */
  readonly ciphers?: readonly CipherSuite[] | undefined;
  /** Whether sessions may be resumed, which saves a connection half of its cost. Default true. */
  readonly resumption?: boolean | undefined;
}

/** What a server says besides: `cert` and `key` are required. */
export interface ServerTlsOptions extends TlsOptions {
  readonly cert: PemSource;
  readonly key: PemSource;
  /** `required` (the default): mutual TLS, each client is verified against `ca`. `none`: clients stay anonymous. */
  readonly clientCertificate?: "required" | "none" | undefined;
}

/** Options after loading: what `createSecureContext` takes, as it takes it. */
export interface TlsMaterial {
  readonly ca: string[] | undefined;
  readonly crl: string[] | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly minVersion: "TLSv1.3" | "TLSv1.2";
  readonly ciphers: string;
  readonly resumption: boolean;
  readonly clientCertificate: "required" | "none";
  /** SHA-256 over all of it, hex: equal only for equal trust and identity. */
  readonly digest: string;
  /** Those of `ca` and `cert`; the leaf of `cert` is the first of its option. */
  readonly certificates: readonly OwnCertificate[];
  /** Those of `crl`. */
  readonly revocationLists: readonly RevocationList[];
}

/** Tells PEM text from a path. */
const pemMark = "-----BEGIN";

const tlsOptionKeys = ["ca", "crl", "cert", "key", "passphrase", "minVersion", "ciphers", "resumption"];
const noWayAround = "verification cannot be turned off or replaced; to trust a private authority, pass it as tls.ca";
const hints = {
  rejectUnauthorized: noWayAround,
  checkServerIdentity: noWayAround,
  requestCert: 'say tls.clientCertificate: "required" or "none"',
  pfx: "pass cert and key as PEM",
  servername: "it stands beside tls, not in it",
};

/** @throws TransportError `bad-option` naming the option, the file, and the remedy */
export async function loadMaterial(
  options: TlsOptions | ServerTlsOptions,
  end: "client" | "server",
): Promise<TlsMaterial> {
  checkKeys("tls", options, end === "server" ? [...tlsOptionKeys, "clientCertificate"] : tlsOptionKeys, hints);
  checkSources(options);
  const clientCertificate = ("clientCertificate" in options ? options.clientCertificate : undefined) ?? "required";
  const { minVersion = "TLSv1.3", ciphers = cipherSuites, resumption = true } = options;
  checkChoice("tls.clientCertificate", clientCertificate, ["required", "none"]);
  checkChoice("tls.minVersion", minVersion, ["TLSv1.3", "TLSv1.2"]);
  if (typeof resumption !== "boolean") throw badOption("tls.resumption", "must be true or false");
  if (ciphers.length === 0) throw badOption("tls.ciphers", `must name at least one of ${cipherSuites.join(", ")}`);
  for (const suite of ciphers) checkChoice("tls.ciphers", suite, cipherSuites);

  const authorities = options.ca === undefined ? undefined : await loadAuthorities(options.ca);
  const ca = authorities?.map(String);
  if (end === "server" && clientCertificate === "required" && ca === undefined) {
    throw badOption(
      "tls.ca",
      "is required to verify clients: without it every public authority would be trusted to name them; " +
        'pass the authority that issues client certificates, or tls.clientCertificate: "none"',
    );
  }
  const revocations = options.crl === undefined ? undefined : await loadRevocations(options.crl);
  const crl = revocations?.map(({ pem }) => pem);
  const { chain, cert, key } = await loadIdentity(options, end);
  if (end === "client" && cert !== undefined && ca === undefined) {
    throw badOption(
      "tls.ca",
      "is required beside tls.cert: without it a server of any public authority could take part in mutual TLS; " +
        "pass the authority that issues server certificates",
    );
  }

  const suites = minVersion === "TLSv1.2" ? [...ciphers, ...olderSuites] : ciphers;
  const material = { ca, crl, cert, key, minVersion, ciphers: suites.join(":"), resumption, clientCertificate };
  const digest = createHash("sha256").update(JSON.stringify(material)).digest("hex");
  const certificates = [
    ...chain.map((x509) => ownCertificate("tls.cert", x509)),
    ...(authorities ?? []).map((x509) => ownCertificate("tls.ca", x509)),
  ];
  return { ...material, digest, certificates, revocationLists: revocations?.map(({ list }) => list) ?? [] };
}

/** The files that `options` name, each once. */
export function filesOf({ ca, crl, cert, key }: TlsOptions): readonly string[] {
  const sources = [ca, crl, cert, key].flatMap((source) => (source === undefined ? [] : listOf(source)));
  const paths = sources.filter((source) => typeof source === "string").filter((text) => !text.includes(pemMark));
  return [...new Set(paths)];
}

function checkSources(options: TlsOptions): void {
  for (const name of ["ca", "crl", "cert", "key"] as const) {
    const given: unknown = options[name];
    const many = name === "ca" || name === "crl";
    const all: readonly unknown[] = many && Array.isArray(given) ? given : [given];
    const isSource = all.every((each) => typeof each === "string" || each instanceof Uint8Array);
    if (given !== undefined && !isSource)
      throw badOption(`tls.${name}`, `must be PEM text, its bytes or a path${many ? ", or an array of these" : ""}`);
  }
}

function listOf(sources: PemSource | readonly PemSource[]): readonly PemSource[] {
  return Array.isArray(sources) ? (sources as readonly PemSource[]) : [sources as PemSource];
}

async function loadAuthorities(sources: PemSource | readonly PemSource[]): Promise<X509Certificate[]> {
  const loaded = await Promise.all(listOf(sources).map((source) => loadCertificates("tls.ca", source)));
  const all = loaded.flatMap(({ certificates }) => certificates);
  if (all.length === 0) throw badOption("tls.ca", "is empty: pass at least one certificate, or leave it out");
  return all;
}

/** A list, and the text that it was read from. */
interface LoadedList {
  readonly pem: string;
  readonly list: RevocationList;
}

async function loadRevocations(sources: PemSource | readonly PemSource[]): Promise<LoadedList[]> {
  const lists = await Promise.all(
    listOf(sources).map(async (source) => {
      const { blocks, from } = await readBlocks("tls.crl", source, "X509 CRL");
      return blocks.map((pem, index) => ({ pem, list: revocationList(pem, from, index + 1) }));
    }),
  );
  return lists.flat();
}

interface Identity {
  readonly chain: readonly X509Certificate[];
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Our own certificate and key: that they belong together and can be accepted is seen here, not by the first peer. */
async function loadIdentity({ cert, key, passphrase }: TlsOptions, end: "client" | "server"): Promise<Identity> {
  if (cert === undefined && key === undefined && end === "client")
    return { chain: [], cert: undefined, key: undefined };
  if (cert === undefined) throw badOption("tls.cert", "is missing: pass the certificate chain in PEM, or its path");
  if (key === undefined) throw badOption("tls.key", "is missing: pass the private key of tls.cert in PEM, or its path");

  const { certificates: chain, first: leaf, from: source } = await loadCertificates("tls.cert", cert);
  checkChain(chain, source, end);
  const { from, privateKey } = await loadKey(key, passphrase);
  if (!leaf.checkPrivateKey(privateKey)) {
    throw badOption(
      "tls.key",
      `${from} is not the key of tls.cert ${source}: the leaf certificate must come first in tls.cert`,
    );
  }
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return { chain, cert: chain.map(String).join("\n"), key: pem.toString() };
}

interface Certificates {
  readonly certificates: readonly X509Certificate[];
  readonly first: X509Certificate;
  readonly from: string;
}

async function loadCertificates(option: string, source: PemSource): Promise<Certificates> {
  const { blocks, from } = await readBlocks(option, source, "CERTIFICATE");
  try {
    const [first, ...others] = blocks;
    const leaf = new X509Certificate(first);
    return { certificates: [leaf, ...others.map((pem) => new X509Certificate(pem))], first: leaf, from };
  } catch (error) {
    throw badOption(option, `${from} has a certificate that cannot be read: is it cut off?`, error);
  }
}

/** What stands in `source` under one label of PEM, at least one; whole, since half a bundle would be other trust than was meant. */
async function readBlocks(
  option: string,
  source: PemSource,
  label: string,
): Promise<{ blocks: readonly [string, ...string[]]; from: string }> {
  const { text, from } = await readPem(option, source);
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const begun = text.split(begin).length - 1;
  const [first, ...others] = text.match(new RegExp(`${begin}[^-]*${end}`, "g")) ?? [];
  if (begun > (first === undefined ? 0 : 1 + others.length))
    throw badOption(option, `${from} has a ${label} without its end: is it cut off?`);
  if (first === undefined) throw badOption(option, `${from} has no ${label} but ${labelsOf(text)}: pass one in PEM`);
  return { blocks: [first, ...others], from };
}

async function loadKey(
  source: PemSource,
  passphrase: string | undefined,
): Promise<{ from: string; privateKey: KeyObject }> {
  const { text, from } = await readPem("tls.key", source);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw badOption("tls.key", `${from} has no PRIVATE KEY but ${labelsOf(text)}: pass the private key of tls.cert`);
  }
  try {
    return { from, privateKey: createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) }) };
  } catch (error) {
    const encrypted = text.includes("ENCRYPTED");
    const remedy = encrypted ? "is encrypted: pass the right tls.passphrase" : "cannot be read: is it cut off?";
    throw badOption("tls.key", `${from} ${remedy}`, error);
  }
}

async function readPem(option: string, source: PemSource): Promise<{ text: string; from: string }> {
  const given = typeof source === "string" ? source : Buffer.from(source).toString("latin1");
  if (given.includes(pemMark)) return { text: given, from: "(given as PEM)" };
  if (typeof source !== "string") {
    throw badOption(
      option,
      "is bytes without -----BEGIN: DER is not taken; convert it to PEM, with openssl x509 or openssl pkey",
    );
  }
  const text = await readFile(source, "latin1").catch((error: NodeJS.ErrnoException) => {
    throw badOption(
      option,
      `${JSON.stringify(source.slice(0, 200))} is no PEM and cannot be read as a file: ${error.code}`,
      error,
    );
  });
  if (!text.includes(pemMark)) throw badOption(option, `${source} is not PEM: it has no -----BEGIN; convert it`);
  return { text, from: source };
}

/** What is in a PEM of the wrong kind; only the labels, since one may be a key. */
function labelsOf(text: string): string {
  return Array.from(text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g), ([, label]) => label).join(", ");
}

function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (!choices.some((choice) => choice === value)) {
    throw badOption(option, `must be one of ${choices.join(", ")}, not ${JSON.stringify(String(value).slice(0, 40))}`);
  }
}
