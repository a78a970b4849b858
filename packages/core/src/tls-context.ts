// What both ends of a TLS connection share: their options, their context, and what a connected socket tells of its peer.
import * as tls from "node:tls";
import { CertificateCache } from "./certificate-cache.js";
import { TransportError } from "./errors.js";
import {
  checkTransportOptions,
  FramedTransport,
  transportOptionKeys,
  type TransportOptions,
} from "./framed-transport.js";
import type { Framing } from "./framing.js";
import { badOption, checkInteger } from "./option-check.js";
import type { Peer, PeerCertificate, PeerTls } from "./peer.js";
import { keepAliveMs } from "./socket.js";
import type { SocketReads } from "./socket-reads.js";
import type { TlsMaterial } from "./tls-material.js";
import type { TlsCarrier } from "./tls-traffic.js";
import type { TlsWatcher } from "./tls-source.js";

/** What both ends of a TLS connection say. */
export interface TlsEndOptions<Item, Sent> extends TransportOptions {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing<Item, Sent>;
  /** Told of reloaded and expiring certificates of this end. Must not throw. Default: nobody is told. */
  readonly onTls?: TlsWatcher | undefined;
  /** The application protocol (RFC 7301), 1 to 255 bytes. A peer that does not name exactly it is not connected to. */
  readonly alpn: string;
}

/** The keys of {@link TlsEndOptions}, for those who check options. */
export const sharedKeys = ["host", "port", "framing", "alpn", "tls", "onTls", ...transportOptionKeys];

export function checkEnd(options: TlsEndOptions<unknown, never>, leastPort: number): void {
  checkTransportOptions(options);
  checkInteger("port", options.port, leastPort, 65_535);
  const { host, alpn }: { host: unknown; alpn: unknown } = options;
  if (typeof host !== "string" || host === "") throw badOption("host", "must be a name or an IP address");
  if (typeof alpn !== "string" || alpn === "" || Buffer.byteLength(alpn) > 255) {
    throw badOption("alpn", 'must be 1 to 255 bytes, such as "tautline/1"');
  }
}

export function openTransport<Item, Sent>(
  socket: tls.TLSSocket,
  { framing, highWaterBytes, readAheadBytes, frameTimeoutMs, stallTimeoutMs }: TlsEndOptions<Item, Sent>,
  connection: {
    readonly peer: Peer;
    readonly explain: (error: Error) => TransportError;
    readonly explainSilentEnd?: (error?: Error) => TransportError;
    readonly reads?: SocketReads;
  },
): FramedTransport<Item, Sent> {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return new FramedTransport(socket, {
    framing,
    highWaterBytes,
    readAheadBytes,
    frameTimeoutMs,
    stallTimeoutMs,
    releasesWritten: true,
    ...connection,
  });
}

/** TLS 1.2 may renegotiate, and with it change who the peer is; TLS 1.3 cannot. */
export function harden(socket: tls.TLSSocket): void {
  if (socket.getProtocol() !== "TLSv1.3") socket.disableRenegotiation();
}

export function contextOptions({ ca, crl, cert, key, minVersion, ciphers }: TlsMaterial): tls.SecureContextOptions {
  return { ca, crl, cert, key, minVersion, maxVersion: "TLSv1.3", ciphers, ecdhCurve: keyExchangeGroups() };
}

let groups: string | undefined;

/** The hybrid of ML-KEM where this runtime has it (OpenSSL 3.5), so that recorded traffic stays safe from quantum computers. */
function keyExchangeGroups(): string {
  if (groups !== undefined) return groups;
  const classic = "X25519:prime256v1:secp384r1";
  const hybrid = `X25519MLKEM768:${classic}`;
  try {
    tls.createSecureContext({ ecdhCurve: hybrid });
    groups = hybrid;
  } catch {
    groups = classic;
  }
  return groups;
}

const mostCertificates = 1024;
const certificates = new CertificateCache(mostCertificates);

export function leafOf(socket: tls.TLSSocket, fingerprint?: string): PeerCertificate | undefined {
  return certificates.leafOf(socket, fingerprint);
}

export function peerOf(
  socket: tls.TLSSocket,
  known: { readonly address: string } & Pick<PeerTls, "alpn" | "servername" | "certificate" | "handshakeMs">,
): Peer {
  const { address, ...rest } = known;
  const protocol = socket.getProtocol() ?? "unknown";
  const cipher = socket.getCipher().standardName;
  return { kind: "tls", address, tls: { protocol, cipher, resumed: socket.isSessionReused(), ...rest } };
}

/**
 * What is below a client's socket. Of a socket that node:tls was given it would be that, but such a one cannot read into a
 * buffer of ours, which costs a third more (socket-reads.ts). One that it made itself names it only inside; undefined where a later
 * Node has it elsewhere: nothing is watched then, and a test fails.
 */
export function carrierOf(socket: tls.TLSSocket): TlsCarrier | undefined {
  const { _handle: handle }: { _handle?: { _parent?: Partial<TlsCarrier> } | null } = socket as object;
  const carrier = handle?._parent;
  return typeof carrier?.bytesRead === "number" ? (carrier as TlsCarrier) : undefined;
}

/** Typed as an Error; in truth the code of OpenSSL's verdict, and null or undefined where there is none. */
export function verdictOf(socket: tls.TLSSocket): string | undefined {
  const verdict: unknown = socket.authorizationError;
  if (verdict instanceof Error) return verdict.message;
  return typeof verdict === "string" ? verdict : undefined;
}

export function alpnMismatch(peer: "client" | "server", address: string, alpn: string): TransportError {
  return new TransportError(
    "alpn-mismatch",
    `the ${peer} ${address} did not agree to the application protocol "${alpn}" (ALPN)`,
  );
}
