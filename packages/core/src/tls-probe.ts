// Looks at a server as a stranger would: one TLS connection that trusts anybody, sends nothing, and tells what it saw. For
// tools that judge servers; nothing else may connect like this.
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { setImmediate } from "node:timers";
import * as tls from "node:tls";
import { verdictOf } from "./tls-context.js";
import { explainVerdict } from "./tls-failure.js";
import { loadMaterial, type TlsOptions } from "./tls-material.js";

/** How to connect for one look. */
export interface ProbeOptions {
  readonly host: string;
  readonly port: number;
  /** The name to ask for and to look for in the certificate. Default `host`. */
  readonly servername?: string | undefined;
  /** Application protocols to offer. Default: none. */
  readonly alpn?: readonly string[] | undefined;
  /** PEM: whom to trust for the verdict. Default: the public authorities. */
  readonly ca?: string | readonly string[] | undefined;
  /** PEM: what to show. Default: nothing. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The only version to offer. Default: 1.2 and 1.3. */
  readonly version?: ProbeVersion | undefined;
  /** The only key exchange group to offer. Default: those of this runtime. */
  readonly group?: string | undefined;
  /** A session to resume. */
  readonly session?: Buffer | undefined;
  /** For all of it, in ms. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

export type ProbeVersion = "TLSv1.3" | "TLSv1.2" | "TLSv1.1" | "TLSv1";

/** What one look showed. */
export interface Probe {
  /** Whether TCP came about; false as well where this runtime cannot offer what was asked for. */
  readonly reached: boolean;
  /**
   * Whether both ends agreed on a version and on keys. In TLS 1.2 and before, a server that asks for a certificate refuses one
   * without after that, and before the handshake is done.
   */
  readonly agreed: boolean;
  /** Undefined where the handshake was not finished. */
  readonly handshake: ProbeHandshake | undefined;
  /** What the server sent first, once the handshake was done; empty where it sent nothing. */
  readonly firstBytes: Buffer;
  /** How it ended: the server's first bytes came, it ended the connection, or neither within the time. */
  readonly end: "spoke" | "closed" | "silent";
  /** Node's code of the error that ended it, where there was one. */
  readonly error: string | undefined;
  /** The last session that the server gave out. */
  readonly session: Buffer | undefined;
}

export interface ProbeHandshake {
  readonly protocol: string;
  /** The standard name, such as `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  readonly alpn: string | undefined;
  /** The key exchange group; undefined where this runtime does not tell. */
  readonly group: string | undefined;
  readonly resumed: boolean;
  /** As the server sent it, leaf first; empty after a resumption. */
  readonly chain: readonly X509Certificate[];
  /** Why the chain is not to be trusted; undefined where it is. */
  readonly distrust: string | undefined;
  /** Whether the name is among the leaf's alternative names (RFC 9525); undefined after a resumption. */
  readonly isNamed: boolean | undefined;
}

/**
 * What a client shows and whom it trusts, from files that are checked as those of a client are.
 *
 * @throws TransportError `bad-option` naming the file, what is wrong and the remedy
 */
export async function loadProbe(
  tls: Pick<TlsOptions, "ca" | "cert" | "key">,
): Promise<Pick<ProbeOptions, "ca" | "cert" | "key">> {
  const { ca, cert, key } = await loadMaterial(tls, "client");
  return { ca, cert, key };
}

/** Looks once. Never rejects: what goes wrong is what was to be found out. */
export function probeTls(options: ProbeOptions): Promise<Probe> {
  const { host, port, servername = host, alpn = [], version, group, session, timeoutMs = 5000 } = options;
  return new Promise((resolve) => {
    let socket: tls.TLSSocket;
    let reached = false;
    let agreed = false;
    let handshake: ProbeHandshake | undefined;
    let given: Buffer | undefined;
    let error: string | undefined;
    const finish = (end: Probe["end"], firstBytes: Buffer = Buffer.alloc(0)): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve({ reached, agreed, handshake, firstBytes, end, error, session: given });
    };
    const timer = setTimeout(() => finish("silent"), timeoutMs);
    try {
      socket = tls.connect({
        host,
        port,
        rejectUnauthorized: false,
        // Looked at afterwards: here it would be one verdict with the chain's.
        checkServerIdentity: () => undefined,
        ALPNProtocols: [...alpn],
        ...(isIP(servername) === 0 ? { servername } : {}),
        ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
        ...(options.cert === undefined ? {} : { cert: options.cert, key: options.key ?? "" }),
        ...(session === undefined ? {} : { session }),
        ...(group === undefined ? {} : { ecdhCurve: group }),
        ...(version === undefined ? { minVersion: "TLSv1.2" } : only(version)),
      });
    } catch (cause) {
      // A group that this runtime does not have.
      error = codeOf(cause);
      clearTimeout(timer);
      return resolve({ reached, agreed, handshake, firstBytes: Buffer.alloc(0), end: "closed", error, session: given });
    }
    socket.on("connect", () => (reached = true));
    // Told when keys are made, in every version: the only sign of a handshake that goes no further.
    socket.on("keylog", () => (agreed = true));
    socket.on("secureConnect", () => (handshake = look(socket, servername)));
    socket.on("session", (ticket: Buffer) => (given = ticket));
    // A ticket that came with the bytes is told behind them.
    socket.once("data", (chunk: Buffer) => setImmediate(() => finish("spoke", chunk)));
    socket.on("error", (cause) => (error ??= codeOf(cause)));
    socket.on("close", () => finish("closed"));
  });
}

/** The oldest versions work at the lowest of OpenSSL's security levels only. */
function only(version: ProbeVersion): tls.SecureContextOptions {
  const isOld = version === "TLSv1" || version === "TLSv1.1";
  return { minVersion: version, maxVersion: version, ...(isOld ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}) };
}

function look(socket: tls.TLSSocket, name: string): ProbeHandshake {
  const chain: X509Certificate[] = [];
  // Asked for once: a second time some versions of Node have nothing to show.
  for (
    let certificate = socket.getPeerX509Certificate();
    certificate !== undefined && chain.length < 10;
    certificate = certificate.issuerCertificate
  ) {
    chain.push(certificate);
  }
  const { alpnProtocol } = socket;
  const verdict = verdictOf(socket);
  const exchange = socket.getEphemeralKeyInfo();
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    alpn: typeof alpnProtocol === "string" ? alpnProtocol : undefined,
    group: exchange !== null && "name" in exchange ? exchange.name : undefined,
    resumed: socket.isSessionReused(),
    chain,
    distrust: verdict === undefined ? undefined : explainVerdict(verdict),
    isNamed: chain[0] && bearsName(chain[0], name),
  };
}

function bearsName(leaf: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return leaf.checkIP(name) !== undefined;
  return leaf.checkHost(name, { subject: "never", partialWildcards: false }) !== undefined;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.message : String(error);
}
