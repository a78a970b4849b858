// Certificates for one test file, in a folder of its own that goes away with it. Knows no TLS.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDevelopmentCertificates } from "tautline";

/** Paths of PEM files, as `tls` takes them. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What they hold, as node:tls takes it. */
export function pemOf({ ca, cert, key }: TlsFiles): {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
} {
  return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
}

/** Makes an authority in the folder `out`, and the leaves that were asked for, servers first; each with the authority that made it. */
export async function certificatesIn(out: string, servers: string[], clients: string[]): Promise<readonly TlsFiles[]> {
  const { authority, leaves } = await makeDevelopmentCertificates({ out, servers, clients });
  const ca = authority.certificatePath;
  return leaves.map(({ certificatePath, keyPath }) => ({ ca, cert: certificatePath, key: keyPath }));
}

/** One authority, and a leaf for each end. */
export interface Certificates {
  /** `localhost`, 127.0.0.1 and ::1. */
  readonly server: TlsFiles;
  /** `spiffe://development/client`. */
  readonly client: TlsFiles;
  /** Deletes the files. */
  remove(): Promise<void>;
}

/** Makes them, once for each test file; who made them removes them. */
export async function makeCertificates(): Promise<Certificates> {
  const out = await mkdtemp(join(tmpdir(), "tautline-test-"));
  const [server, client] = await certificatesIn(out, ["server"], ["client"]);
  if (server === undefined || client === undefined) throw new Error("two certificates were asked for");
  return { server, client, remove: () => rm(out, { recursive: true }) };
}
