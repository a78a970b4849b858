// A TLS listener: hands out connections of verified clients that speak our protocol, and of no others.
import { constants, createHash, randomBytes } from "node:crypto";
import { createServer } from "node:net";
import * as tls from "node:tls";
import { AcceptQueue } from "./accept-queue.js";
import { formatAddress } from "./address.js";
import { inDate } from "./certificate.js";
import { ignoreError } from "./dial.js";
import { TransportError } from "./errors.js";
import { Handshakes } from "./handshakes.js";
import { bind, SocketListener, type Refusal } from "./listener.js";
import { badOption, checkCount, checkInteger, checkKeys } from "./option-check.js";
import type { OwnCertificate } from "./own-certificate.js";
import type { Peer } from "./peer.js";
import {
  alpnMismatch,
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
import type { ServerTlsOptions, TlsMaterial } from "./tls-material.js";
import { TlsSource } from "./tls-source.js";
import { TlsTraffic } from "./tls-traffic.js";
import type { Listener, Transport } from "./transport.js";

export interface ListenTlsOptions<Item, Sent> extends TlsEndOptions<Item, Sent> {
  readonly tls: ServerTlsOptions;
  /** How long a client may take from TCP's connection to the end of its handshake, in ms, at least 1. Default 5,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * How many handshakes may run at once; who comes then is destroyed, and told to `onRefused`. At least 1, default 16,384;
   * Infinity: no bound.
   */
  readonly maxHandshakes?: number | undefined;
  /** Told once of each connection that did not make it. Must not throw. Default: nobody is told. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
}

/** A listener whose certificates can be replaced. */
export interface TlsListener<Item, Sent = Item> extends Listener<Item, Sent> {
  /**
   * Checks `tls` as a whole, or the files of the options in use again, and uses them for connections made from now on.
   * Those that are open live on; who narrows trust ends them. Handshakes under way are dropped where trust is narrowed.
   *
   * @throws TransportError `bad-option` where they cannot be used; then the ones before stay in use
   */
  reload(tls?: ServerTlsOptions): Promise<void>;
  /** Those of `tls.cert` and `tls.ca` in use; the leaf of `tls.cert` is its first. */
  readonly certificates: readonly OwnCertificate[];
}

/**
 * Listens with TLS; port 0 is any free one, and `listener.address` says which. Clients must show a certificate of `tls.ca`
 * unless `tls.clientCertificate` is `none`. Only connections that are verified, in date and of our protocol are handed out;
 * every other is destroyed at once, and told to `onRefused`.
 *
 * Tickets are sealed with keys of this listener alone, new ones every day and for every set of certificates, so that a
 * session never outlives them or crosses to another trust. Files that `tls` names are loaded again when they change.
 *
 * @throws TransportError `bad-option`, also where the address is in use
 */
export async function listenTls<Item, Sent>(options: ListenTlsOptions<Item, Sent>): Promise<TlsListener<Item, Sent>> {
  checkKeys("", options, [...sharedKeys, "handshakeTimeoutMs", "maxHandshakes", "onRefused"]);
  checkEnd(options, 0);
  const { alpn, handshakeTimeoutMs = 5000, maxHandshakes = 16_384, onRefused = () => {} } = options;
  checkInteger("handshakeTimeoutMs", handshakeTimeoutMs, 1, 2 ** 31 - 1);
  checkCount("maxHandshakes", maxHandshakes, 1);
  let made: tls.Server | undefined;
  let asksForCertificates: boolean | undefined;
  const source = new TlsSource(options.tls, "server", (material) => {
    const mutual = material.clientCertificate === "required";
    if (mutual !== (asksForCertificates ?? mutual)) {
      throw badOption("tls.clientCertificate", "cannot change while the server listens: start it anew");
    }
    asksForCertificates = mutual;
    const secure = { ...contextOptions(material), ...sessionOptions(material, alpn) };
    if (made !== undefined) made.setSecureContext(secure);
    made ??= tls.createServer({
      ...secure,
      requestCert: mutual,
      rejectUnauthorized: true,
      ALPNProtocols: [alpn],
    });
    return made;
  });
  const { material, used: tlsServer } = await source.current();
  const mutual = material.clientCertificate === "required";
  const accepted = new AcceptQueue<Transport<Item, Sent>>();

  const handshakes = new Handshakes(handshakeTimeoutMs, maxHandshakes, onRefused, (raw) =>
    tlsServer.emit("connection", raw),
  );
  const server = createServer({ allowHalfOpen: true }, (raw) => handshakes.begin(raw));

  const traffic = new TlsTraffic();
  const refuse = (socket: tls.TLSSocket, address: string, error: TransportError): void => {
    socket.on("error", ignoreError);
    socket.destroy();
    handshakes.refuse(address, error);
  };
  tlsServer.on("tlsClientError", (error, socket) => {
    const address = handshakes.addressOf(socket);
    refuse(socket, address, explainHandshakeFailure({ error, verdict: verdictOf(socket), address, peer: "client" }));
  });
  tlsServer.on("secureConnection", (socket) => {
    const address = handshakes.addressOf(socket);
    try {
      const transport = openTransport(socket, options, {
        peer: admit(socket, { address, alpn, mutual, handshakeMs: handshakes.ageOf(address) }),
        explain: (error) => explainOpenFailure(error, address),
      });
      const raw = handshakes.admit(address);
      if (raw !== undefined) traffic.watch(raw, transport, address);
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
  const unwatch = source.watch((event) => {
    // They began under an authority that may not be trusted any more. Their clients try again.
    if (event.kind === "reloaded" && event.trust === "narrowed") void handshakes.drop();
    options.onTls?.(event);
  });
  const rotation = setInterval(() => tlsServer.setTicketKeys(randomBytes(ticketKeyBytes)), dayMs).unref();
  return new TlsSocketListener(source, server, accepted, async () => {
    clearInterval(rotation);
    await Promise.all([unwatch(), handshakes.drop()]);
  });
}

class TlsSocketListener<Item, Sent> extends SocketListener<Item, Sent> implements TlsListener<Item, Sent> {
  readonly #source: TlsSource<tls.Server>;

  constructor(source: TlsSource<tls.Server>, ...rest: ConstructorParameters<typeof SocketListener<Item, Sent>>) {
    super(...rest);
    this.#source = source;
  }

  reload(tls?: ServerTlsOptions): Promise<void> {
    return this.#source.reload(tls);
  }

  get certificates(): readonly OwnCertificate[] {
    return this.#source.certificates;
  }
}

const ticketKeyBytes = 48;
const dayMs = 86_400_000;

/**
 * Which sessions may be resumed: nothing is verified on resumption, so that a session must not outlive what it was verified
 * with. Each set has ticket keys and a context of its own. Both are passed at every change, since node:tls would otherwise
 * go back to the keys of the first set, and with them to the sessions of authorities that are trusted no more.
 */
function sessionOptions({ resumption, digest }: TlsMaterial, alpn: string): tls.TlsOptions {
  return {
    // Without tickets node:tls keeps no session either: nobody here listens for 'resumeSession'.
    ...(resumption ? { ticketKeys: randomBytes(ticketKeyBytes) } : { secureOptions: constants.SSL_OP_NO_TICKET }),
    // OpenSSL takes 32 bytes at most.
    sessionIdContext: createHash("sha256").update(`${digest}|${alpn}`).digest("hex").slice(0, 32),
  };
}

/** The server's own gate, on every connection: node:tls lets a client without ALPN in, and verifies no resumed session. */
function admit(
  socket: tls.TLSSocket,
  { address, alpn, mutual, handshakeMs }: { address: string; alpn: string; mutual: boolean; handshakeMs: number },
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
  return peerOf(socket, { address, alpn, servername: askedName(socket), certificate, handshakeMs });
}

/** On a server node:tls keeps the SNI name here, and `false` where the client named none. */
function askedName(socket: tls.TLSSocket): string | undefined {
  const servername: unknown = "servername" in socket ? socket.servername : undefined;
  return typeof servername === "string" && servername !== "" ? servername : undefined;
}
