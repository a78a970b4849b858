// The server's end: takes connections, gives each a session and a dispatcher, and finishes in two ways: drain or close.
import {
  listenSocket,
  listenTls,
  memoryPair,
  type ListenAddress,
  type Refusal,
  type OwnCertificate,
  type PayloadPart,
  type ServerTlsOptions,
  type TlsEvent,
  type TlsListener,
} from "@tautline/core";
import { AccessRules, CallerAccess, type AccessOptions } from "./access.js";
import { Channel, type ChannelOptions } from "./channel.js";
import { Crowd } from "./crowd.js";
import { Dispatcher } from "./dispatcher.js";
import { encodeHello, noServices } from "./envelope.js";
import type { Frame } from "./frame.js";
import { alpn, frameFraming, partedFraming, type FrameListener, type FrameTransport } from "./framing.js";
import { identityOf } from "./identity.js";
import { checkInterceptors, type Interceptor } from "./interceptor.js";
import { ConnectionAge, type ConnectionAgeOptions } from "./connection-age.js";
import { checkKeepalive, type KeepaliveOptions, type KeepaliveTimes } from "./keepalive.js";
import { checkKnown, serveOptions } from "./known-options.js";
import { checkLimits, type Limits } from "./limits.js";
import { guarded, type Logger } from "./logger.js";
import { checkDuration, checkGrace } from "./option-check.js";
import { checkOverload, type OverloadLimits } from "./overload.js";
import { PeerExpiry } from "./peer-expiry.js";
import { RpcError } from "./rpc-error.js";
import { warnOfOldRuntime } from "./runtime.js";
import type { ServiceBinding } from "./service.js";
import type { ServedCall } from "./served-method.js";
import { Services } from "./services.js";
import { Session } from "./session.js";
import { checkStall, type StallOptions } from "./stall.js";
import { tlsReporter } from "./tls-report.js";
import { isNarrowed, standingOf, type NarrowedTrust } from "./trust-change.js";
import { agent } from "./version.js";
import { Violation } from "./violation.js";

/** What every server says. */
export interface ServerOptions extends AccessOptions, KeepaliveOptions, StallOptions, ConnectionAgeOptions {
  readonly services: readonly ServiceBinding[];
  /** Around every call, the first outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** What this side accepts; see {@link Limits} for defaults. */
  readonly limits?: Partial<Limits> | undefined;
  /** How much all connections together may make it do; see {@link OverloadLimits} for defaults. */
  readonly overload?: Partial<OverloadLimits> | undefined;
  /** A pino logger or one of its shape; `false` is silence. Default: lines on standard error, where also goes what it throws at. */
  readonly logger?: Logger | false | undefined;
  /** How long a client may take for TCP, TLS and HELLO together, in ms. Default 5,000. */
  readonly handshakeTimeoutMs?: number | undefined;
}

/** Over TLS. Clients are verified against `tls.ca`, unless `tls.clientCertificate` is `none`. */
export interface TlsServeOptions extends ServerOptions {
  readonly tls: ServerTlsOptions;
  /** 0 is any free port. */
  readonly port: number;
  /** Default: all interfaces, `::`. */
  readonly host?: string | undefined;
  /**
   * Told of certificates of ours that were reloaded, could not be, or expire; must not throw. The log and the diagnostics
   * channel `tautline:rpc:tls` have all of it as well.
   */
  readonly onTls?: ((event: TlsEvent) => void) | undefined;
  readonly insecure?: undefined;
}

/** Over TCP or a Unix socket without TLS: nothing is encrypted and nobody is verified. */
export type InsecureServeOptions = ServerOptions & { readonly insecure: true; readonly tls?: undefined } & (
    | { readonly port: number; readonly host?: string | undefined; readonly path?: undefined }
    | { readonly path: string; readonly port?: undefined; readonly host?: undefined }
  );

export type ServeOptions = TlsServeOptions | InsecureServeOptions;

/** How long what is open may take to finish, in ms, where nobody says otherwise. */
const drainGraceMs = 30_000;

/** A running server. */
export interface Server {
  /** Where it listens. */
  readonly address: ListenAddress;
  /** Connections that are open. */
  readonly connections: number;
  /** Calls whose handlers run. */
  readonly calls: number;
  /**
   * Accepts no more connections, asks every client to open no more calls here, tells handlers by `context.draining`, and lets
   * what is open finish; what is left after `graceMs` (default 30,000) fails with `unavailable`. Resolves when everything
   * is closed.
   */
  drain(options?: { readonly graceMs?: number | undefined }): Promise<void>;
  /**
   * Other certificates for connections from now on: `tls`, or the files of the options in use, read again. They are checked as a
   * whole first. Connections that are open live on, except those of an authority that is trusted no more, which end; with
   * `drain` the others have `graceMs` (default 30,000) to finish.
   *
   * @throws TransportError `bad-option` where they cannot be used: those before stay in use
   * @throws RpcError `failed-precondition` on a server without TLS
   */
  reloadTls(
    tls?: ServerTlsOptions,
    options?: { readonly drain?: boolean | undefined; readonly graceMs?: number | undefined },
  ): Promise<void>;
  /**
   * Asks `authorize` anew, after its rules changed: at once about every connection, of which those that it refuses are
   * ended, and about methods at their next call.
   */
  reauthorize(): void;
  /** Our certificates and the authorities that we trust now, with their dates: what a metric of days left needs. */
  readonly certificates: readonly OwnCertificate[];
  /** Ends everything now; open calls fail with `unavailable`. Resolves when no socket and no timer is left. */
  close(): Promise<void>;
  /** A channel to this server inside this process: frames and limits as on a socket, no TLS, a peer of kind `memory`. */
  connect(options?: ChannelOptions): Channel;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves over a secure socket; resolves when it listens.
 *
 * @throws TransportError `bad-option` for TLS material or an address that cannot be used
 * @throws RpcError `invalid-argument` for other options
 */
export async function serve(options: ServeOptions): Promise<Server> {
  checkKnown("serve", options, serveOptions);
  const server = new RpcServer(options);
  const listener = await server.listen(options);
  server.logger.info({ address: formatAddress(listener.address), services: server.services.names }, "serving");
  return server;
}

class RpcServer implements Server {
  readonly services: Services;
  readonly logger: Logger;
  readonly #limits: Limits;
  readonly #handshakeTimeoutMs: number;
  readonly #keepalive: KeepaliveTimes;
  readonly #age: ConnectionAge;
  readonly #access: AccessRules;
  readonly #crowd: Crowd;
  readonly #hello: Uint8Array;
  /** For those who are denied: it does not tell which services there are. */
  readonly #bareHello: Uint8Array;
  readonly #sessions = new Map<Session, Dispatcher>();
  readonly #expiry = new PeerExpiry((session) => this.#peerExpired(session));
  #listener: FrameListener | undefined;
  #tls: TlsListener<Frame | PayloadPart, Frame> | undefined;
  #state: "open" | "draining" | "closed" = "open";

  constructor(options: ServerOptions) {
    this.logger = guarded(options.logger);
    this.#limits = checkLimits(options.limits ?? {});
    this.#handshakeTimeoutMs = checkDuration("handshakeTimeoutMs", options.handshakeTimeoutMs ?? 5000);
    this.#keepalive = checkKeepalive(options);
    this.#age = new ConnectionAge(options, (session, why) => this.#aged(session, why));
    const overload = checkOverload(options.overload ?? {});
    this.#crowd = new Crowd(overload);
    this.services = new Services(options.services, checkInterceptors(options.interceptors), this.logger, overload, () =>
      this.#running(),
    );
    this.#access = new AccessRules(options, this.services.bindings, this.logger);
    this.#bareHello = encodeHello({ settings: this.#limits, agent, services: noServices });
    this.#hello = encodeHello({ settings: this.#limits, agent, services: this.services.fingerprints });
  }

  async listen(options: ServeOptions): Promise<FrameListener> {
    const framing = partedFraming(this.#limits);
    const stallTimeoutMs = checkStall(options);
    const onRefused = (refusal: Refusal): void => this.#refused(refusal);
    if (options.insecure === true) {
      const place =
        options.path === undefined ? { host: options.host ?? "::", port: options.port } : { path: options.path };
      this.#listener = await listenSocket({ ...place, framing, stallTimeoutMs, insecure: true, onRefused });
    } else {
      const { tls, port, host = "::", onTls } = options;
      if (typeof tls !== "object" || tls === null)
        throw new RpcError("invalid-argument", "serve needs the option tls, or insecure: true", { executed: "no" });
      warnOfOldRuntime(this.logger);
      const where = (): string => (this.#tls === undefined ? "" : formatAddress(this.#tls.address));
      const report = tlsReporter({ side: "server", where, logger: this.logger, onTls });
      this.#tls = await listenTls({
        host,
        port,
        tls,
        framing,
        alpn,
        stallTimeoutMs,
        handshakeTimeoutMs: this.#handshakeTimeoutMs,
        maxHandshakes: this.services.admission.limits.maxHandshakes,
        onRefused,
        onTls: (event) => {
          report(event);
          if (isNarrowed(event)) this.#trustNarrowed(event);
        },
      });
      this.#listener = this.#tls;
    }
    void this.#acceptAll(this.#listener);
    return this.#listener;
  }

  async #acceptAll(listener: FrameListener): Promise<void> {
    for await (const transport of listener) {
      try {
        this.#accept(transport);
      } catch (err) {
        this.logger.error({ peer: transport.peer.address, err }, "a connection could not be served");
        transport.abort();
      }
    }
  }

  #accept(transport: FrameTransport): void {
    const access = new CallerAccess(this.#access, transport.peer);
    const { isAdmitted } = access;
    const dispatcher = new Dispatcher(this.services, access);
    const session = new Session(transport, {
      role: "server",
      limits: this.#limits,
      owner: dispatcher,
      // What is left after the handshake; HELLO may lie behind it already, and is read first.
      helloTimeoutMs: Math.max(1, Math.ceil(this.#handshakeTimeoutMs - (transport.peer.tls?.handshakeMs ?? 0))),
      hello: isAdmitted ? this.#hello : this.#bareHello,
      keepalive: this.#keepalive,
    });
    this.#sessions.set(session, dispatcher);
    const crowded = this.#crowd.enter(session.peer);
    this.#expiry.watch(session);
    this.#age.watch(session);
    const { address } = session.peer;
    const identity = identityOf(session.peer);
    session.ready.then(
      () => this.logger.debug({ peer: address, identity, agent: session.agent }, "client connected"),
      () => {},
    );
    void session.closed.then(() => {
      this.#sessions.delete(session);
      this.#crowd.leave(session.peer);
      this.#expiry.forget(session);
      this.#age.forget(session);
      dispatcher.clear();
      this.#ended(session, address, identity);
    });
    if (this.#state !== "open") void session.close(shuttingDown());
    else if (!isAdmitted) this.#deny(session, "this server does not let you in");
    else if (crowded !== undefined) {
      this.services.refusals.warn("connections", address, { identity }, `connection refused: ${crowded}`);
      void session.refuse(crowded);
    }
  }

  /** Tells the operator why a connection ended, where it did not end as connections should. */
  #ended(session: Session, peer: string, identity: string | undefined): void {
    const reason = session.ended;
    if (reason?.code === "internal") return this.logger.error({ peer, identity, err: reason.cause }, reason.message);
    const violation = reason?.cause instanceof Violation ? reason.cause : undefined;
    if (violation !== undefined) {
      const { reason, message } = violation;
      this.services.refusals.warn(reason, peer, { identity, reason }, `connection ended: ${message}`);
    } else this.logger.debug({ peer, identity }, `connection ended: ${reason?.message ?? "closed"}`);
  }

  #refused({ address, error }: Refusal): void {
    this.services.refusals.warn(error.code, address, { reason: error.code }, `connection refused: ${error.message}`);
  }

  #deny(session: Session, why: string): void {
    const { address } = session.peer;
    const identity = identityOf(session.peer);
    const cause = `denied ${identity ?? ""}`;
    this.services.refusals.warn(cause, address, { identity, reason: "denied" }, `connection denied: ${why}`);
    void session.deny(why);
  }

  reauthorize(): void {
    for (const [session, { access }] of this.#sessions) {
      access.forget();
      if (!access.isAdmitted) this.#deny(session, "this server does not let you in any more");
    }
  }

  #peerExpired(session: Session): void {
    this.logger.info({ peer: session.peer.address }, "the client's certificate has expired: draining its connection");
    void this.#drain(session, drainGraceMs);
  }

  #aged(session: Session, why: string): void {
    this.logger.debug({ peer: session.peer.address }, `draining a connection: ${why}`);
    void this.#drain(session, drainGraceMs);
  }

  /** Who came in by an authority that is trusted no more has to go. */
  #trustNarrowed(event: NarrowedTrust): void {
    for (const session of this.#sessions.keys()) {
      const standing = standingOf(session.peer, event);
      if (standing === "removed") this.#deny(session, "your authority is trusted no more");
      else if (standing === "unclear") void this.#drain(session, drainGraceMs);
    }
  }

  async reloadTls(
    tls?: ServerTlsOptions,
    { drain = false, graceMs = drainGraceMs }: { readonly drain?: boolean; readonly graceMs?: number } = {},
  ): Promise<void> {
    const grace = checkGrace(graceMs);
    if (this.#tls === undefined)
      throw new RpcError("failed-precondition", "this server has no TLS: there is nothing to reload");
    await this.#tls.reload(tls);
    if (drain) for (const session of this.#sessions.keys()) void this.#drain(session, grace);
  }

  get certificates(): readonly OwnCertificate[] {
    return this.#tls?.certificates ?? [];
  }

  #drain(session: Session, graceMs: number): Promise<void> {
    this.#sessions.get(session)?.drain();
    return session.drain(graceMs);
  }

  get address(): ListenAddress {
    if (this.#listener === undefined) throw new RpcError("failed-precondition", "the server does not listen yet");
    return this.#listener.address;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  get calls(): number {
    return this.services.admission.handlers;
  }

  *#running(): IterableIterator<ServedCall> {
    for (const dispatcher of this.#sessions.values()) yield* dispatcher.running;
  }

  async drain({ graceMs = drainGraceMs }: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    const grace = checkGrace(graceMs);
    if (this.#state === "open") this.#state = "draining";
    this.logger.info({ connections: this.#sessions.size, calls: this.calls, graceMs: grace }, "draining");
    const listening = this.#listener?.close();
    const drained = [...this.#sessions.keys()].map((session) => this.#drain(session, grace));
    await Promise.all([listening, ...drained]);
    await this.close();
  }

  async close(): Promise<void> {
    this.#state = "closed";
    await Promise.all([
      this.#listener?.close(),
      ...[...this.#sessions.keys()].map((session) => session.close(shuttingDown())),
    ]);
  }

  connect(options: ChannelOptions = {}): Channel {
    return new Channel(async () => this.#inProcess(), "memory", options);
  }

  #inProcess(): FrameTransport {
    if (this.#state !== "open") throw shuttingDown();
    const [near, far] = memoryPair(frameFraming(this.#limits));
    this.#accept(far);
    return near;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function shuttingDown(): RpcError {
  return new RpcError("unavailable", "the server is shutting down");
}

function formatAddress(address: ListenAddress): string {
  if (address.path !== undefined) return address.path;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
