// TLS: connect and listen, with a verified peer and an agreed protocol or not at all. The only file that imports node:tls.
import { constants, createHash, randomBytes } from "node:crypto";
import { isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import { AcceptQueue } from "./accept-queue.js";
import { formatAddress, remoteAddress } from "./address.js";
import { inDate, readCertificate } from "./certificate.js";
import { connectOptionKeys, dial, ignoreError, type ConnectOptions } from "./dial.js";
import { TransportError } from "./errors.js";
import {
  checkTransportOptions,
  FramedTransport,
  transportOptionKeys,
  type TransportOptions,
} from "./framed-transport.js";
import type { Framing } from "./framing.js";
import { Handshakes } from "./handshakes.js";
import { bind, SocketListener, type Refusal } from "./listener.js";
import { badOption, checkInteger, checkKeys } from "./option-check.js";
import type { Peer, PeerCertificate } from "./peer.js";
import { SessionCache } from "./session-cache.js";
import { keepAliveMs } from "./socket.js";
import { explainHandshakeFailure, explainOpenFailure, untrustedPeer } from "./tls-failure.js";
import { loadMaterial, type ServerTlsOptions, type TlsMaterial, type TlsOptions } from "./tls-material.js";
import type { Listener, Transport } from "./transport.js";

/** What both ends of a TLS connection say. */
interface TlsEndOptions<Item, Sent> extends TransportOptions {
  readonly host: string;
  readonly port: number;
  readonly framing: Framing<Item, Sent>;
  /** The application protocol (RFC 7301), 1 to 255 bytes. A peer that does not name exactly it is not connected to. */
  readonly alpn: string;
}

export interface ConnectTlsOptions<Item, Sent> extends TlsEndOptions<Item, Sent>, ConnectOptions {
  /** Default: trust the public authorities, and show no certificate. */
  readonly tls?: TlsOptions | undefined;
  /** The name to ask for (SNI) and to find in the server's certificate. Default `host`; an IP address is not asked for. */
  readonly servername?: string | undefined;
}

export interface ListenTlsOptions<Item, Sent> extends TlsEndOptions<Item, Sent> {
  readonly tls: ServerTlsOptions;
  /** How long a client may take from TCP's connection to the end of its handshake, in ms, at least 1. Default 5,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Told once of each connection that did not make it. Must not throw. Default: nobody is told. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
}

const sharedKeys = ["host", "port", "framing", "alpn", "tls", ...transportOptionKeys];

/** Sessions of this process; a session with a certificate chain takes about 2 KiB. */
const sessions = new SessionCache(256);

/** A context costs as much as a third of a handshake, so that each options object has one. */
const contexts = new WeakMap<TlsOptions, Promise<ClientContext>>();
const publicTrust: TlsOptions = {};

interface ClientContext {
  readonly material: TlsMaterial;
  readonly secureContext: tls.SecureContext;
}

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
  const { host, port, alpn } = options;
  const { material, secureContext } = await clientContext(options.tls ?? publicTrust);

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

  const open = (socket: tls.TLSSocket): Transport<Item, Sent> => {
    if (socket.alpnProtocol !== alpn) throw forget(alpnMismatch("server", target, alpn));
    const certificate = socket.isSessionReused() ? remembered?.certificate : leafOf(socket);
    if (certificate === undefined || !socket.authorized || !inDate(certificate, Date.now())) {
      throw forget(untrustedPeer("server", target, "its certificate is missing or out of date"));
    }
    harden(socket);
    verified = certificate;
    remember();
    const address = remoteAddress(socket) ?? target;
    return openTransport(socket, options, {
      peer: peerOf(socket, { address, alpn, servername, certificate }),
      explain: (error) => {
        const failure = explainOpenFailure(error, target);
        return failure.code === "refused-by-peer" ? forget(failure) : failure;
      },
      explainSilentEnd: (error) => forget(explainSilentEnd(error, target, material)),
    });
  };

  return dial({
    target,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    readyEvent: "secureConnect",
    start: () => {
      const connectOptions: tls.ConnectionOptions & { allowHalfOpen: true } = {
        host,
        port,
        secureContext,
        ...(servername === undefined ? {} : { servername }),
        ...(remembered === undefined ? {} : { session: remembered.session }),
        ALPNProtocols: [alpn],
        allowHalfOpen: true,
        checkServerIdentity: (_host, certificate) => checkIdentity(name, certificate),
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

/**
 * Listens with TLS; port 0 is any free one, and `listener.address` says which. Clients must show a certificate of `tls.ca`
 * unless `tls.clientCertificate` is `none`. Only connections that are verified, in date and of our protocol are handed out;
 * every other is destroyed at once, and told to `onRefused`.
 *
 * Tickets are sealed with keys of this listener alone, so that a session never outlives it or crosses to another trust.
 *
 * @throws TransportError `bad-option`, also where the address is in use
 */
export async function listenTls<Item, Sent>(options: ListenTlsOptions<Item, Sent>): Promise<Listener<Item, Sent>> {
  checkKeys("", options, [...sharedKeys, "handshakeTimeoutMs", "onRefused"]);
  checkEnd(options, 0);
  const { alpn, handshakeTimeoutMs = 5000, onRefused = () => {} } = options;
  checkInteger("handshakeTimeoutMs", handshakeTimeoutMs, 1, 2 ** 31 - 1);
  const material = await loadMaterial(options.tls, "server");
  const mutual = material.clientCertificate === "required";

  const server = tls.createServer({
    ...contextOptions(material),
    requestCert: mutual,
    rejectUnauthorized: true,
    ALPNProtocols: [alpn],
    // Without tickets node:tls keeps no session either: nobody here listens for 'resumeSession'.
    ...(material.resumption ? { ticketKeys: randomBytes(48) } : { secureOptions: constants.SSL_OP_NO_TICKET }),
    sessionIdContext: createHash("sha256").update(`${material.digest}|${alpn}`).digest("hex").slice(0, 32),
    allowHalfOpen: true,
  });
  const accepted = new AcceptQueue<Transport<Item, Sent>>();

  const handshakes = new Handshakes(handshakeTimeoutMs, onRefused);
  server.on("connection", (raw: Socket) => handshakes.begin(raw));

  const refuse = (socket: tls.TLSSocket, address: string, error: TransportError): void => {
    socket.on("error", ignoreError);
    socket.destroy();
    handshakes.refuse(address, error);
  };
  server.on("tlsClientError", (error, socket) => {
    const address = handshakes.addressOf(socket);
    refuse(socket, address, explainHandshakeFailure({ error, verdict: verdictOf(socket), address, peer: "client" }));
  });
  server.on("secureConnection", (socket) => {
    const address = handshakes.addressOf(socket);
    try {
      const transport = openTransport(socket, options, {
        peer: admit(socket, { address, alpn, mutual }),
        explain: (error) => explainOpenFailure(error, address),
      });
      handshakes.admit(address);
      accepted.put(transport);
    } catch (error) {
      refuse(
        socket,
        address,
        error instanceof TransportError ? error : untrustedPeer("client", address, String(error)),
      );
    }
  });

  await bind(server, { host: options.host, port: options.port }, (error) =>
    onRefused({
      address: formatAddress(options.host, options.port),
      error: new TransportError("connect-failed", `a connection could not be accepted: ${error.message}`, {
        cause: error,
      }),
    }),
  );
  return new SocketListener(server, accepted, () => handshakes.drop());
}

/** The server's own gate, on every connection: node:tls lets a client without ALPN in, and verifies no resumed session. */
function admit(
  socket: tls.TLSSocket,
  { address, alpn, mutual }: { address: string; alpn: string; mutual: boolean },
): Peer {
  if (socket.alpnProtocol !== alpn) throw alpnMismatch("client", address, alpn);
  const certificate = mutual ? leafOf(socket) : undefined;
  if (mutual) {
    if (certificate === undefined) throw untrustedPeer("client", address, "it offered no certificate");
    if (!socket.authorized)
      throw untrustedPeer("client", address, verdictOf(socket) ?? "its certificate was not verified");
    if (!inDate(certificate, Date.now())) throw untrustedPeer("client", address, "its certificate is out of date");
  }
  harden(socket);
  return peerOf(socket, { address, alpn, servername: askedName(socket), certificate });
}

function openTransport<Item, Sent>(
  socket: tls.TLSSocket,
  { framing, highWaterBytes, readAheadBytes, frameTimeoutMs }: TlsEndOptions<Item, Sent>,
  connection: {
    readonly peer: Peer;
    readonly explain: (error: Error) => TransportError;
    readonly explainSilentEnd?: (error?: Error) => TransportError;
  },
): FramedTransport<Item, Sent> {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return new FramedTransport(socket, { framing, highWaterBytes, readAheadBytes, frameTimeoutMs, ...connection });
}

/** TLS 1.2 may renegotiate, and with it change who the peer is; TLS 1.3 cannot. */
function harden(socket: tls.TLSSocket): void {
  if (socket.getProtocol() !== "TLSv1.3") socket.disableRenegotiation();
}

async function clientContext(options: TlsOptions): Promise<ClientContext> {
  const known = contexts.get(options);
  if (known !== undefined) return known;
  const made = loadMaterial(options, "client").then((material) => ({
    material,
    secureContext: tls.createSecureContext(contextOptions(material)),
  }));
  contexts.set(options, made);
  // A file that is not there yet may be there at the next attempt.
  made.catch(() => contexts.delete(options));
  return made;
}

function contextOptions({ ca, cert, key, minVersion, ciphers }: TlsMaterial): tls.SecureContextOptions {
  return { ca, cert, key, minVersion, maxVersion: "TLSv1.3", ciphers, ecdhCurve: keyExchangeGroups() };
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

/** Node's check of the name, without its fallback to the common name (RFC 9525 §2). */
function checkIdentity(name: string, certificate: tls.PeerCertificate): Error | undefined {
  const subject = { ...certificate.subject, CN: "" };
  return tls.checkServerIdentity(name, { ...certificate, subject });
}

function leafOf(socket: tls.TLSSocket): PeerCertificate | undefined {
  const x509 = socket.getPeerX509Certificate();
  return x509 && readCertificate(x509);
}

function peerOf(
  socket: tls.TLSSocket,
  known: { address: string; alpn: string; servername: string | undefined; certificate: PeerCertificate | undefined },
): Peer {
  const { address, ...rest } = known;
  const protocol = socket.getProtocol() ?? "unknown";
  const cipher = socket.getCipher().standardName;
  return { kind: "tls", address, tls: { protocol, cipher, resumed: socket.isSessionReused(), ...rest } };
}

/** On a server node:tls keeps the SNI name here, and `false` where the client named none. */
function askedName(socket: tls.TLSSocket): string | undefined {
  const servername: unknown = "servername" in socket ? socket.servername : undefined;
  return typeof servername === "string" && servername !== "" ? servername : undefined;
}

/** Typed as an Error; in truth the code of OpenSSL's verdict, and null or undefined where there is none. */
function verdictOf(socket: tls.TLSSocket): string | undefined {
  const verdict: unknown = socket.authorizationError;
  if (verdict instanceof Error) return verdict.message;
  return typeof verdict === "string" ? verdict : undefined;
}

function alpnMismatch(peer: "client" | "server", address: string, alpn: string): TransportError {
  return new TransportError(
    "alpn-mismatch",
    `the ${peer} ${address} did not agree to the application protocol "${alpn}" (ALPN)`,
  );
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

function checkEnd(options: TlsEndOptions<unknown, never>, leastPort: number): void {
  checkTransportOptions(options);
  checkInteger("port", options.port, leastPort, 65_535);
  const { host, alpn }: { host: unknown; alpn: unknown } = options;
  if (typeof host !== "string" || host === "") throw badOption("host", "must be a name or an IP address");
  if (typeof alpn !== "string" || alpn === "" || Buffer.byteLength(alpn) > 255) {
    throw badOption("alpn", 'must be 1 to 255 bytes, such as "tautline/1"');
  }
}
