// A server that a client trusts, and that keeps no rule: each connection is handed to whoever makes the trouble.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { pemOf, type Certificates, type TlsFiles } from "../support/certificates.js";
import type { RawFrame } from "../support/frame-splitter.js";
import { goAway, hello, kinds, type Reason } from "../support/raw-frame.js";
import { LawlessEnd } from "./lawless-end.js";

/** One connection of a client. */
export class Guest extends LawlessEnd {
  /** Whether it was shown a certificate that it must not trust: it owes this server nothing, and not a word. */
  readonly isAmongStrangers: boolean;
  /** Whether this end was it. */
  #hasLeft = false;
  #hasSpoken = false;
  readonly #opened: number[] = [];
  #wake: () => void = () => {};

  constructor(socket: TLSSocket, isAmongStrangers: boolean) {
    super(socket);
    this.isAmongStrangers = isAmongStrangers;
    void this.closed.then(() => this.#wake());
  }

  override get end(): string {
    if (!this.isAmongStrangers) return this.reason === undefined && this.#hasLeft ? "left by the server" : super.end;
    if (this.#hasSpoken) return "failed to be silent before a stranger";
    return this.#hasLeft ? "failed to leave a stranger" : "left by the client without a word";
  }

  /** The ids of the calls that were opened since it was asked the last time, as soon as there are any; none at the end. */
  async calls(): Promise<readonly number[]> {
    while (this.#opened.length === 0 && this.isOpen) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#opened.splice(0);
  }

  /** The client owes no reason from then on. */
  goAway(reason: Reason): Promise<void> {
    this.#hasLeft = true;
    return this.send(goAway(reason));
  }

  override leave(): void {
    if (this.isOpen) this.#hasLeft = true;
    super.leave();
  }

  protected override hear(frame: RawFrame): void {
    super.hear(frame);
    this.#hasSpoken = true;
    if (frame.kind !== kinds.open) return;
    this.#opened.push(frame.stream);
    this.#wake();
  }
}

/** Whom a server may show: `own` is of the authority that its guests trust, `foreign` of another one. */
export interface Faces {
  readonly own: Certificates;
  readonly foreign: Certificates;
}

/** What a server does to each of its guests, from TLS on. It may go on until the guest is gone. */
export interface Trouble {
  readonly name: string;
  /** Whether HELLO is said first. Default: true. */
  readonly greets?: boolean;
  readonly make: (guest: Guest) => Promise<unknown> | void;
  /** Whom the server shows on its first connection. Default: itself. */
  readonly shows?: (faces: Faces) => TlsFiles;
  /** Whom it shows from its second connection on. Default: the same. */
  readonly turnsInto?: (faces: Faces) => TlsFiles;
  /** How each call has to end. Default: somehow. */
  readonly outcome?: string;
}

/** The server, and what became of its guests. */
export class HostileServer {
  readonly #server: Server;
  readonly #faces: Faces;
  #trouble: Trouble | undefined;
  #isStranger = false;
  #connections = 0;
  #guests: Guest[] = [];

  private constructor(server: Server, faces: Faces) {
    this.#server = server;
    this.#faces = faces;
  }

  static async listen(faces: Faces): Promise<HostileServer> {
    const server = createServer({ ...pemOf(faces.own.server), requestCert: true, ALPNProtocols: ["tautline/1"] });
    const hostile = new HostileServer(server, faces);
    server.on("connection", () => hostile.#connections++);
    server.on("secureConnection", (socket) => hostile.#welcome(socket));
    server.on("tlsClientError", (_, socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return hostile;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  begin(trouble: Trouble): void {
    this.#trouble = trouble;
    this.#connections = 0;
    this.#guests = [];
    this.#show(trouble.shows);
  }

  /** Leaves whoever is there. Resolves with how each connection ended, those included that never became guests. */
  async finish(): Promise<readonly string[]> {
    this.#trouble = undefined;
    for (const guest of this.#guests) guest.leave();
    await Promise.all(this.#guests.map((guest) => guest.closed));
    const broken = Array.from({ length: this.#connections - this.#guests.length }, () => "broken off in the handshake");
    return [...this.#guests.map((guest) => guest.end), ...broken];
  }

  async close(): Promise<void> {
    await this.finish();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #welcome(socket: TLSSocket): void {
    const trouble = this.#trouble;
    const guest = new Guest(socket, this.#isStranger);
    if (trouble === undefined) return guest.leave();
    this.#guests.push(guest);
    if (trouble.turnsInto !== undefined) this.#show(trouble.turnsInto);
    if (trouble.greets !== false) void guest.send(hello());
    void trouble.make(guest);
  }

  #show(face: Trouble["shows"]): void {
    this.#isStranger = face !== undefined;
    this.#server.setSecureContext(pemOf(face?.(this.#faces) ?? this.#faces.own.server));
  }
}
