// What one system offers the instrument: a server, a client, and the calls of the workloads. An adapter does each as that
// project's documentation shows it, and nothing more; what it has no natural way for, it leaves out.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Small } from "../contract/workload.js";

/** PEM texts. Both ends show a certificate and verify the other's: TLS 1.3, ECDSA P-256. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** A server that listens on `localhost`. It ends with its process. */
export interface Running {
  readonly port: number;
}

/** One connection, made and verified. Operations that are missing are not measured. */
export interface Client {
  readonly echoSmall: (value: Small) => Promise<Pick<Small, "id">>;
  /** Echoes the sample order, in the form that this system's users hold it in. */
  readonly echoOrder?: () => Promise<object>;
  readonly echoBytes?: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
  /** Reads so many small objects as one stream. */
  readonly readItems?: (count: number, take: (item: Pick<Small, "id">) => void) => Promise<void>;
  /** Reads so many chunks as one stream. A promise that `take` gives back is awaited before the next chunk. */
  readonly readChunks?: (
    count: number,
    bytes: number,
    take: (chunk: Uint8Array) => Promise<void> | void,
  ) => Promise<void>;
  /**
   * One of the things that go wrong in a program's life, another one each time by `turn`: a call that is given up, one that
   * takes too long, a stream that is left. Resolves when it has gone wrong.
   */
  readonly mishap?: (turn: number) => Promise<void>;
  /** Resolves when the connection is closed, or will be without anybody's help. */
  readonly close: () => Promise<void>;
}

export interface ConnectOptions {
  /** Resumes the TLS session of the connection before. Default false: a full handshake. */
  readonly resume?: boolean;
}

export interface System {
  readonly serve: (certificates: Certificates) => Promise<Running>;
  readonly connect: (port: number, certificates: Certificates, options?: ConnectOptions) => Promise<Client>;
  /** Whether `connect` can resume a TLS session. */
  readonly resumes: boolean;
  /** Whether a slow reader of `readChunks` holds the server back: those that are not cannot run W6. */
  readonly paced: boolean;
  /** How many streams one connection takes beside calls. Default 0: those of W10 are not opened. */
  readonly mostStreams?: number;
  /** The longest value that its limits let through. Default: any. */
  readonly mostBytes?: number;
}

/** The files that `tautline certs` makes. */
export function readCertificates(folder: string): Certificates {
  const read = (name: string): string => readFileSync(join(folder, `${name}.pem`), "utf8");
  return {
    ca: read("ca"),
    server: { cert: read("server"), key: read("server-key") },
    client: { cert: read("client"), key: read("client-key") },
  };
}
