// Certificates for development in one folder: what to make, what to keep, what not to touch. Prints nothing.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { isIP } from "node:net";
import { resolve } from "node:path";
import {
  type LeafProfile,
  type LeafRole,
  type Pair,
  fitsProfile,
  isIssuedByUs,
  isOurAuthority,
  issueLeaf,
  makeAuthority,
} from "./certificate.js";
import { CommandError } from "./command-error.js";
import { makePrivateFolder, pairPaths, readPair, writePair } from "./pair-files.js";

/** What to make, and where. */
export interface CertsOptions {
  /** The folder, made if missing. Default `.certs` in the working directory. */
  readonly out?: string;
  /** Names of servers; each is the DNS name beside `localhost`, 127.0.0.1 and ::1. Default `server`, if no name is given at all. */
  readonly servers?: readonly string[];
  /** Names of clients. Default `client`, if no name is given at all. A name in both lists gets one certificate for both uses. */
  readonly clients?: readonly string[];
  /** How long leaves live, in days, 1…3650. Default 30. The authority lives for a year, or for three times as long as its leaves. */
  readonly days?: number;
  /** The trust domain of the SPIFFE ids, `spiffe://<domain>/<name>`. Default `development`. */
  readonly spiffeDomain?: string;
  /** Renews every named leaf, and overwrites files that were not made here. Default false. */
  readonly force?: boolean;
}

/** One certificate with its key, and what was done. */
export interface CertificateFiles {
  readonly name: string;
  /** Empty for the authority. */
  readonly roles: readonly LeafRole[];
  /** Absolute. */
  readonly certificatePath: string;
  /** Absolute; mode 0600. */
  readonly keyPath: string;
  /** Undefined for the authority. */
  readonly spiffeId: string | undefined;
  readonly expires: Date;
  readonly outcome: "made" | "renewed" | "kept";
}

/** All that a folder holds after a run, as far as it was asked for. */
export interface DevelopmentCertificates {
  /** Absolute. */
  readonly folder: string;
  /** What both ends trust: `ca.pem`. */
  readonly authority: CertificateFiles;
  /** In the order of the names: servers first. */
  readonly leaves: readonly CertificateFiles[];
}

/**
 * Makes a local authority and leaf certificates (ECDSA P-256) for development and tests. Run again, it keeps the
 * authority as long as it outlives new leaves, and each leaf that still says what is asked and has more than a third of
 * its life left; leaves of an authority that was renewed are renewed when they are named. One run at a time in one folder.
 *
 * @throws CommandError for an option that is wrong, and for a file that was not made here, before anything is written
 */
export async function makeDevelopmentCertificates(options: CertsOptions = {}): Promise<DevelopmentCertificates> {
  const { out = ".certs", days = 30, spiffeDomain = "development", force = false } = options;
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw new CommandError(`days is ${days}; it must be a whole number from 1 to 3650.`);
  }
  if (!/^[a-z0-9._-]{1,255}$/.test(spiffeDomain)) {
    throw new CommandError(`The SPIFFE domain "${spiffeDomain}" must be lower-case letters, digits, ".", "-" and "_".`);
  }
  const profiles = readProfiles(options, spiffeDomain);
  const folder = resolve(out);

  // Everything is read and judged before the first write: a refusal leaves the folder as it was.
  const oldAuthority = await readPair(folder, "ca");
  const authorityIsOurs = await isOurs(oldAuthority, isOurAuthority);
  const owners = new Map([["ca", authorityIsOurs]]);
  const oldLeaves = new Map<LeafProfile, Partial<Pair>>();
  for (const profile of profiles) {
    const leaf = await readPair(folder, profile.name);
    oldLeaves.set(profile, leaf);
    owners.set(profile.name, await isOurs(leaf, isIssuedByUs));
  }
  if (!force) refuseForeign(folder, owners);

  const keepAuthority = authorityIsOurs && isWhole(oldAuthority) && remainingDays(oldAuthority.certificate) >= days;
  const authority = keepAuthority ? oldAuthority : await makeAuthority(Math.max(365, 3 * days));
  await makePrivateFolder(folder);
  if (!keepAuthority) await writePair(folder, "ca", authority);

  const leaves: CertificateFiles[] = [];
  for (const [profile, old] of oldLeaves) {
    const keep =
      !force &&
      isWhole(old) &&
      isSignedBy(old, authority) &&
      isFresh(old.certificate) &&
      fitsProfile(old.certificate, profile);
    const leaf = keep ? old : await issueLeaf(profile, days, authority);
    if (!keep) await writePair(folder, profile.name, leaf);
    leaves.push(describe(folder, leaf, profile, outcomeOf(keep, old)));
  }
  const ca = { name: "ca", roles: [], spiffeId: undefined };
  return { folder, authority: describe(folder, authority, ca, outcomeOf(keepAuthority, oldAuthority)), leaves };
}

/** The leaves that are asked for: each name once, with all its roles. */
function readProfiles({ servers = [], clients = [] }: CertsOptions, spiffeDomain: string): LeafProfile[] {
  const none = servers.length === 0 && clients.length === 0;
  const roles = new Map<string, LeafRole[]>();
  const add = (names: readonly string[], role: LeafRole) => {
    for (const name of new Set(names)) roles.set(name, [...(roles.get(name) ?? []), role]);
  };
  add(none ? ["server"] : servers, "server");
  add(none ? ["client"] : clients, "client");
  return [...roles].map(([name, all]) => ({
    name: checkName(name),
    roles: all,
    spiffeId: `spiffe://${spiffeDomain}/${name}`,
  }));
}

/** A name is a DNS name, a common name (X.520: 64 characters), the end of a SPIFFE id and the name of two files. */
function checkName(name: string): string {
  const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  if (name.length > 64 || !new RegExp(`^${label}(\\.${label})*$`).test(name)) {
    throw new CommandError(
      `The name "${name}" must be a DNS name in lower case, at most 64 characters, such as "orders" or "orders.internal".`,
    );
  }
  if (isIP(name) !== 0) {
    throw new CommandError(
      `The name "${name}" is an address; give a name (servers get 127.0.0.1 and ::1 by themselves).`,
    );
  }
  if (name === "ca" || name.endsWith("-key")) {
    throw new CommandError(
      `The name "${name}" would take the file of another certificate or key; choose another name.`,
    );
  }
  return name;
}

function refuseForeign(folder: string, owners: ReadonlyMap<string, boolean>): void {
  const foreign = [...owners].filter(([, ours]) => !ours).map(([name]) => pairPaths(folder, name));
  if (foreign.length === 0) return;
  const paths = foreign.map(({ certificatePath, keyPath }) => `  ${certificatePath} or ${keyPath}`).join("\n");
  throw new CommandError(
    `These were not made here, and stay as they are:\n${paths}\nChoose another folder with --out, or overwrite them with --force.`,
  );
}

/** A pair is ours if nothing is there, or its certificate proves it. A key alone proves nothing. */
async function isOurs(
  pair: Partial<Pair>,
  proves: (certificate: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  if (pair.certificate === undefined) return pair.key === undefined;
  return isCertificate(pair.certificate) && (await proves(pair.certificate));
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false; // whatever it is, we did not make it
  }
}

function isSignedBy(pair: Pair, authority: Pair): boolean {
  const [leaf, issuer] = [new X509Certificate(pair.certificate), new X509Certificate(authority.certificate)];
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

/** Both files are there, and belong together. */
function isWhole(pair: Partial<Pair>): pair is Pair {
  if (pair.certificate === undefined || pair.key === undefined) return false;
  try {
    return new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key));
  } catch {
    return false; // not a key: the pair is renewed
  }
}

function isFresh(certificate: string): boolean {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const [from, to, now] = [Date.parse(validFrom), Date.parse(validTo), Date.now()];
  return from <= now && to - now > (to - from) / 3;
}

function remainingDays(certificate: string): number {
  return (Date.parse(new X509Certificate(certificate).validTo) - Date.now()) / 86_400_000;
}

function outcomeOf(keep: boolean, old: Partial<Pair>): CertificateFiles["outcome"] {
  if (keep) return "kept";
  return old.certificate === undefined ? "made" : "renewed";
}

function describe(
  folder: string,
  pair: Pair,
  { name, roles, spiffeId }: Pick<CertificateFiles, "name" | "roles" | "spiffeId">,
  outcome: CertificateFiles["outcome"],
): CertificateFiles {
  const expires = new Date(new X509Certificate(pair.certificate).validTo);
  return { name, roles, ...pairPaths(folder, name), spiffeId, expires, outcome };
}
