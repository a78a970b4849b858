// Certificates for one test file, in a folder of its own that goes away with it. Knows no TLS.
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
  const { authority, leaves } = await makeDevelopmentCertificates({ out, servers: ["server"], clients: ["client"] });
  const [server, client] = leaves.map(({ certificatePath, keyPath }) => ({
    ca: authority.certificatePath,
    cert: certificatePath,
    key: keyPath,
  }));
  if (server === undefined || client === undefined) throw new Error("two certificates were asked for");
  return { server, client, remove: () => rm(out, { recursive: true }) };
}
