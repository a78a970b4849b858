// What a channel's calls go over: the session in use, the next one where that is lost, drained or in doubt, and those that
// are left, until what is open there has finished. Of calls it knows that they wait, or hold the process.
//
//   none ── want ──▶ connecting ── ready ──▶ in use ── lost, drained, in doubt for long ──▶ none
//                                              └── each goes on until what is open there is over ──▶ closed
import { TransportError, type TlsOptions } from "@tautline/core";
import { Agreement, MethodTables } from "./agreement.js";
import { CallTable } from "./call-table.js";
import type { ClientCall } from "./client-call.js";
import { codeNumber } from "./code.js";
import { ConnectionAge, type ConnectionAgeOptions } from "./connection-age.js";
import { Connector, type Dial } from "./connector.js";
import { Doubt } from "./doubt.js";
import { encodeHello, encodeOutcome, noServices } from "./envelope.js";
import type { Form } from "./form.js";
import type { FrameTransport } from "./framing.js";
import type { KeepaliveTimes } from "./keepalive.js";
import type { Limits } from "./limits.js";
import { queryMethods } from "./method-query.js";
import { checkGrace } from "./option-check.js";
import { PeerExpiry } from "./peer-expiry.js";
import { RpcError } from "./rpc-error.js";
import type { Method } from "./service.js";
import { Session, type SessionOwner } from "./session.js";
import type { SessionEnd } from "./session-end.js";
import { publishSkew } from "./telemetry.js";
import { standingOf, type NarrowedTrust } from "./trust-change.js";
import { agent } from "./version.js";

/** What it asks of its channel. */
export interface ChannelSessionsHost {
  /** Whether calls wait for a connection. */
  isWanted(): boolean;
  /** Calls can go there now: those that wait first. */
  connected(session: Session): void;
  /** An attempt failed; `lasting` where another one will fail as well until somebody changes something. */
  failed(error: RpcError, lasting: boolean): void;
}

export interface ChannelSessionsOptions {
  readonly dial: Dial;
  /** Where it leads, for messages. */
  readonly target: string;
  readonly limits: Limits;
  /** Over TCP, TLS and HELLO, in ms. */
  readonly connectTimeoutMs: number;
  readonly keepalive: KeepaliveTimes;
  readonly age: ConnectionAgeOptions;
}

/** What is open on a connection that is left may take so long to finish, in ms. */
const leaveGraceMs = 30_000;

/** Those of one channel: a session is made when it is wanted, and again when it is lost. */
export class ChannelSessions {
  readonly #host: ChannelSessionsHost;
  readonly #dial: Dial;
  readonly #target: string;
  readonly #limits: Limits;
  readonly #hello: Uint8Array;
  readonly #connectTimeoutMs: number;
  readonly #keepalive: KeepaliveTimes;
  readonly #age: ConnectionAge;
  readonly #expiry = new PeerExpiry((session) => this.#leave(session, leaveGraceMs));
  readonly #doubt: Doubt;
  readonly #connector: Connector;
  /** The one in use. */
  #session: Session | undefined;
  /** What is agreed on there. */
  #agreement: Agreement | undefined;
  readonly #tables = new MethodTables();
  /** Calls of our own, which nobody waits for. */
  readonly #queries = new CallTable<ClientCall>();
  /** Every session that is not closed yet, drained ones included. */
  readonly #sessions = new Set<Session>();
  /** How much waits for the peer: calls and pings. */
  #holds = 0;
  readonly #askers = new Set<{
    readonly resolve: (session: Session) => void;
    readonly reject: (error: RpcError) => void;
  }>();
  #isClosing = false;

  constructor(
    { dial, target, limits, connectTimeoutMs, keepalive, age }: ChannelSessionsOptions,
    host: ChannelSessionsHost,
  ) {
    this.#host = host;
    this.#dial = dial;
    dial.watchTrust?.((change) => this.#trustNarrowed(change));
    this.#target = target;
    this.#limits = limits;
    // A client serves nothing.
    this.#hello = encodeHello({ settings: limits, agent, services: noServices });
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#keepalive = keepalive;
    this.#age = new ConnectionAge(age, (session) => this.#leave(session, leaveGraceMs));
    this.#doubt = new Doubt(keepalive.keepaliveMs, {
      dispelled: (session) => this.#trustAgain(session),
      grew: (session) => {
        if (this.#session === session) this.#session = undefined;
        this.#connector.want();
      },
      confirmed: () => this.#wantAnother(),
    });
    this.#connector = new Connector({
      dial,
      target,
      connectTimeoutMs,
      makeSession: (transport) => this.#makeSession(transport),
      connected: (session) => this.#connected(session),
      failed: (error, lasting) => this.#failed(error, lasting),
    });
  }

  // ——— for calls ———

  /**
   * Where a call can go at once; undefined where it has to wait: {@link want} then brings it on its way.
   *
   * @param at now, in ms since the epoch
   */
  sessionFor(at: number): Session | undefined {
    const session = this.#session;
    return session?.state === "open" && this.#doubt.allows(session, at) ? session : undefined;
  }

  /** A call waits. Whom we doubt is asked already: an answer, or its failing, tells the host as well. */
  want(): void {
    if (this.#session?.state !== "open") this.#connector.want();
  }

  /** No call waits any more. */
  rest(): void {
    if (this.#askers.size === 0 && this.#session === undefined) this.#connector.rest();
  }

  /** In which form a method is called there. A guess where there is no connection. */
  formOf(method: Method): Form {
    return this.#session === undefined ? "named" : (this.#agreement?.formOf(method) ?? "named");
  }

  /** Why there is no connection yet. */
  get status(): string {
    return this.#connector.status;
  }

  /** Something waits for the peer: the process has to live for it. */
  hold(): void {
    if (this.#holds++ === 0) for (const session of this.#sessions) session.ref();
  }

  release(): void {
    if (--this.#holds === 0) for (const session of this.#sessions) session.unref();
  }

  // ——— for programs ———

  /** The one in use, where it is ready. */
  get session(): Session | undefined {
    return this.#session?.state === "open" ? this.#session : undefined;
  }

  /** Resolves with it when there is a ready one; makes one where there is none. Rejects when the attempt fails. */
  ready(): Promise<Session> {
    if (this.#isClosing) return Promise.reject(channelClosed());
    if (this.#session?.state === "open") return Promise.resolve(this.#session);
    return new Promise((resolve, reject) => {
      this.#askers.add({ resolve, reject });
      this.#connector.want();
    });
  }

  async ping(): Promise<number> {
    const session = await this.ready();
    this.hold();
    try {
      return await session.ping();
    } finally {
      this.release();
    }
  }

  async reloadTls(tls: TlsOptions | undefined, drain: boolean, graceMs = leaveGraceMs): Promise<void> {
    const grace = checkGrace(graceMs);
    if (this.#dial.reloadTls === undefined) {
      throw new RpcError("failed-precondition", `${this.#target} is not TLS: there is nothing to reload`, {
        executed: "no",
      });
    }
    await this.#dial.reloadTls(tls);
    this.#connector.reset();
    if (drain) for (const session of this.#sessions) this.#leave(session, grace);
  }

  /** Makes no more sessions; what is open goes on. Who asked for one is told `error`. */
  stop(error: RpcError): void {
    this.#isClosing = true;
    this.#connector.rest();
    this.#doubt.drop();
    for (const asker of this.#askers) asker.reject(error);
    this.#askers.clear();
  }

  /** Ends what {@link stop} let go on, for this reason. Resolves when no socket and no timer is left. */
  async close(end: SessionEnd): Promise<void> {
    this.#queries.clear();
    await Promise.all([...this.#sessions].map((session) => session.close(end)));
  }

  // ——— their lives ———

  #makeSession(transport: FrameTransport): Session {
    const session = new Session(transport, {
      role: "client",
      limits: this.#limits,
      owner: this.#sessionOwner,
      helloTimeoutMs: this.#connectTimeoutMs,
      hello: this.#hello,
      keepalive: this.#keepalive,
    });
    this.#sessions.add(session);
    this.#expiry.watch(session);
    this.#age.watch(session);
    void session.closed.then(() => {
      this.#sessions.delete(session);
      this.#expiry.forget(session);
      this.#age.forget(session);
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }

  readonly #sessionOwner: SessionOwner = {
    // A server has no services of ours to call.
    accept: (session, stream, arrival) => {
      session.consumed(stream, arrival.cost);
      session.wasted(0);
      session.end(
        stream,
        codeNumber("unimplemented"),
        encodeOutcome({ message: "this client serves nothing", executed: "no" }, 1024),
      );
    },
    takesNoMore: (session) => {
      if (this.#session === session) this.#session = undefined;
      this.#wantAnother();
    },
  };

  #connected(session: Session): void {
    if (this.#isClosing) return void session.close();
    const doubted = this.#doubt.session;
    this.#doubt.drop();
    // What is open there may still come to its end, if the peer lives: it was only slow then.
    if (doubted !== undefined) void doubted.drain(Infinity);
    this.#agreement = this.#agree(session);
    this.#use(session);
  }

  /** Calls go there from now on. */
  #use(session: Session): void {
    this.#session = session;
    if (this.#holds === 0) session.unref();
    for (const asker of this.#askers) asker.resolve(session);
    this.#askers.clear();
    this.#host.connected(session);
  }

  /** It has answered before another connection came about. */
  #trustAgain(session: Session): void {
    if (session.state !== "open" || this.#isClosing) return;
    if (this.#session === undefined) this.#connector.rest();
    this.#use(session);
  }

  #agree(session: Session): Agreement {
    return new Agreement({
      services: session.services,
      tables: this.#tables,
      query: (service) => queryMethods(session, service, this.#queries),
      skewed: ({ service, name }, direction) =>
        publishSkew({ target: this.#target, peer: session.peer.address, service, method: name, direction }),
    });
  }

  #failed(error: RpcError, lasting: boolean): void {
    for (const asker of this.#askers) asker.reject(error);
    this.#askers.clear();
    this.#host.failed(error, lasting);
    if (!this.#host.isWanted()) this.rest();
  }

  #trustNarrowed(change: NarrowedTrust): void {
    this.#connector.invalidate(
      new TransportError("handshake-failed", `whom we trust changed while ${this.#target} was being connected`),
    );
    for (const session of this.#sessions) {
      const standing = standingOf(session.peer, change);
      if (standing === "removed") void session.deny("your authority is trusted no more");
      else if (standing === "unclear") this.#leave(session, leaveGraceMs);
    }
  }

  /** Opens nothing more there: what is open finishes within the grace, and new calls make another connection. */
  #leave(session: Session, graceMs: number): void {
    if (this.#session === session) this.#session = undefined;
    void session.drain(graceMs);
    this.#wantAnother();
  }

  /** For the calls that wait. */
  #wantAnother(): void {
    if (this.#host.isWanted()) this.#connector.want();
  }
}

/** What is asked of a channel after its end. */
export function channelClosed(): RpcError {
  return new RpcError("cancelled", "the channel is closed", { executed: "no" });
}
