// A TLS client: connects to a verified server that speaks our protocol, or not at all.
import { isIP, type OnReadOpts } from "node:net";
import * as tls from "node:tls";
import { formatAddress, remoteAddress } from "./address.js";
import { inDate } from "./certificate.js";
import { connectOptionKeys, dial, type ConnectOptions } from "./dial.js";
import { TransportError } from "./errors.js";
import { checkKeys } from "./option-check.js";
import type { PeerCertificate } from "./peer.js";
import { SessionCache } from "./session-cache.js";
import { SocketReads } from "./socket-reads.js";
import {
  alpnMismatch,
  carrierOf,
  checkEnd,
  contextOptions,
  harden,
  leafOf,
  openTransport,
  peerOf,
  sharedKeys,
  verdictOf,
  type TlsEndOptions,
} from "./tls-context.js";
import { explainHandshakeFailure, explainOpenFailure, untrustedPeer } from "./tls-failure.js";
import type { TlsMaterial, TlsOptions } from "./tls-material.js";
import { changeOf, TlsSource, type TlsReloaded, type TlsSet } from "./tls-source.js";
import { TlsTraffic } from "./tls-traffic.js";
import type { Transport } from "./transport.js";

export interface ConnectTlsOptions<Item, Sent> extends TlsEndOptions<Item, Sent>, ConnectOptions {
  /** Default: trust the public authorities, and show no certificate. */
  readonly tls?: TlsOptions | undefined;
  /** The name to ask for (SNI) and to find in the server's certificate. Default `host`; an IP address is not asked for. */
  readonly servername?: string | undefined;
}

/** Sessions of this process; a session with a certificate chain takes about 2 KiB. */
const mostSessions = 256;
const sessions = new SessionCache(mostSessions);

const traffic = new TlsTraffic();

/** What a TLS record holds at most, and node:tls hands out at once. */
const mostOfRecordBytes = 16 * 1024;

/** A context costs as much as a third of a handshake, so that each options object has one. */
const sources = new WeakMap<TlsOptions, TlsSource<tls.SecureContext>>();
const publicTrust: TlsOptions = {};

/**
 * Connects, verifies the server, and agrees on the protocol. The server must prove the name by a subject alternative name
 * (RFC 9525: a common name does not count), with a certificate of an authority that `tls.ca` trusts.
 *
 * In TLS 1.3 a server judges our certificate after we are connected: a refusal comes out of the iteration, as
 * `refused-by-peer`. The same is told where the server ends the connection before its first byte, since Node's servers do
 * that instead of saying why: a protocol over this lets the server speak first.
 *
 * @throws TransportError `connect-failed`, `timeout`, `aborted`, `handshake-failed`, `peer-untrusted`, `refused-by-peer`,
 *   `alpn-mismatch`, `bad-option`
 */
export async function connectTls<Item, Sent>(options: ConnectTlsOptions<Item, Sent>): Promise<Transport<Item, Sent>> {
  checkKeys("", options, [...sharedKeys, ...connectOptionKeys, "servername"], {
    rejectUnauthorized: "verification is always on",
  });
  checkEnd(options, 1);
  const source = sourceOf(options.tls ?? publicTrust);
  const unwatch = options.onTls && source.watch(options.onTls);
  try {
    const transport = await connectWith(options, source, await source.current());
    if (unwatch !== undefined) void transport.closed.then(unwatch);
    return transport;
  } catch (error) {
    await unwatch?.();
    throw error;
  }
}

async function connectWith<Item, Sent>(
  options: ConnectTlsOptions<Item, Sent>,
  source: TlsSource<tls.SecureContext>,
  set: TlsSet<tls.SecureContext>,
): Promise<Transport<Item, Sent>> {
  const { host, port, alpn } = options;
  const { material, used: secureContext } = set;

  const target = formatAddress(host, port);
  const name = (options.servername ?? host).replace(/\.$/, "");
  const servername = isIP(name) === 0 ? name : undefined;
  const sessionKey = [host, port, name, alpn, material.digest].join("|");
  const remembered = material.resumption ? sessions.get(sessionKey) : undefined;

  // Both are needed, and either may come first: a ticket of TLS 1.2 before we are connected, one of TLS 1.3 after.
  let verified: PeerCertificate | undefined;
  let session: Buffer | undefined;
  const remember = (): void => {
    if (verified === undefined || session === undefined || !material.resumption) return;
    sessions.set(sessionKey, { session, certificate: verified });
  };
  const forget = (error: TransportError): TransportError => {
    // Whatever went wrong, the next attempt verifies from the start.
    sessions.delete(sessionKey);
    return error;
  };

  /** The fingerprint of the server's certificate, from the check of its name. */
  let shown: string | undefined;
  const reads = new SocketReads(mostOfRecordBytes);
  const beganAt = performance.now();
  const open = (socket: tls.TLSSocket): Transport<Item, Sent> => {
    if (socket.alpnProtocol !== alpn) throw forget(alpnMismatch("server", target, alpn));
    if (source.hasNarrowedSince(set)) throw narrowedMeanwhile(target);
    const certificate = socket.isSessionReused() ? remembered?.certificate : leafOf(socket, shown);
    if (certificate === undefined || !socket.authorized || !inDate(certificate, Date.now())) {
      throw forget(untrustedPeer("server", target, "its certificate is missing or out of date"));
    }
    harden(socket);
    verified = certificate;
    remember();
    const address = remoteAddress(socket) ?? target;
    const transport = openTransport(socket, options, {
      reads,
      peer: peerOf(socket, { address, alpn, servername, certificate, handshakeMs: performance.now() - beganAt }),
      explain: (error) => {
        const failure = explainOpenFailure(error, target);
        return failure.code === "refused-by-peer" ? forget(failure) : failure;
      },
      explainSilentEnd: (error) => forget(explainSilentEnd(error, target, material)),
    });
    const carrier = carrierOf(socket);
    if (carrier !== undefined) traffic.watch(carrier, transport, address);
    return transport;
  };

  return dial({
    target,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    readyEvent: "secureConnect",
    start: () => {
      const connectOptions: tls.ConnectionOptions & { allowHalfOpen: true; onread: OnReadOpts } = {
        host,
        port,
        secureContext,
        ...(servername === undefined ? {} : { servername }),
        ...(remembered === undefined ? {} : { session: remembered.session }),
        ALPNProtocols: [alpn],
        allowHalfOpen: true,
        onread: reads.onread,
        checkServerIdentity: (_host, certificate) => {
          shown = certificate.fingerprint256;
          return checkIdentity(name, certificate);
        },
      };
      const socket = tls.connect(connectOptions);
      socket.on("session", (ticket: Buffer) => {
        session = ticket;
        remember();
      });
      return socket;
    },
    explain: (error, socket, connected) =>
      connected
        ? forget(explainHandshakeFailure({ error, verdict: verdictOf(socket), address: target, peer: "server" }))
        : new TransportError("connect-failed", `cannot connect to ${target}: ${error.message}`, { cause: error }),
    open,
  });
}

function sourceOf(options: TlsOptions): TlsSource<tls.SecureContext> {
  const known = sources.get(options);
  if (known !== undefined) return known;
  const made = new TlsSource(options, "client", (material) => tls.createSecureContext(contextOptions(material)));
  sources.set(options, made);
  return made;
}

/**
 * Reads the files of an options object of clients again now, whether they changed or not, and checks the set. Connections
 * that are made from now on use it; those that are open go on.
 *
 * @param before what was used instead, where it is another object
 * @returns what is different from `before`, if anything; of `options` itself, `onTls` is told
 * @throws TransportError `bad-option` where the set cannot be used; then the one before stays in use
 */
export async function reloadTls(options: TlsOptions, before: TlsOptions = options): Promise<TlsReloaded | undefined> {
  const source = sourceOf(options);
  if (options === before) return source.reload().then(() => undefined);
  const { material } = await sourceOf(before).current();
  await source.reload();
  return changeOf(material, (await source.current()).material);
}

/** The peer was verified by a set that trusts more than we do now. */
function narrowedMeanwhile(target: string): TransportError {
  return new TransportError(
    "handshake-failed",
    `the authorities in tls.ca, or tls.crl, changed while the handshake with ${target} was under way: connect again`,
  );
}

/** Node's check of the name, without its fallback to the common name (RFC 9525 §2). */
function checkIdentity(name: string, certificate: tls.PeerCertificate): Error | undefined {
  const subject = { ...certificate.subject, CN: "" };
  return tls.checkServerIdentity(name, { ...certificate, subject });
}

/** Before its first byte a server that refuses us sends an alert, or, as Node's do, only ends or resets the connection. */
function explainSilentEnd(error: Error | undefined, target: string, { cert }: TlsMaterial): TransportError {
  const said = error && explainOpenFailure(error, target);
  if (said?.code === "refused-by-peer") return said;
  const ours =
    cert === undefined ? "we showed none: set tls.cert and tls.key" : "it may not trust the authority of ours";
  return new TransportError(
    "refused-by-peer",
    `the server ${target} ended the connection right after the handshake, as one does that refuses a client's certificate: ${ours}`,
    { cause: error },
  );
}
