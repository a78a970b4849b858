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
  /** Whether this end was it. */
  #hasLeft = false;
  readonly #opened: number[] = [];
  #wake: () => void = () => {};

  constructor(socket: TLSSocket) {
    super(socket);
    void this.closed.then(() => this.#wake());
  }

  override get end(): string {
    return this.reason === undefined && this.#hasLeft ? "left by the server" : super.end;
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
    this.#hasLeft = true;
    super.leave();
  }

  protected override hear(frame: RawFrame): void {
    super.hear(frame);
    if (frame.kind !== kinds.open) return;
    this.#opened.push(frame.stream);
    this.#wake();
  }
}

/** What a server does to each of its guests, from TLS on. It may go on until the guest is gone. */
export interface Trouble {
  readonly name: string;
  /** Whether HELLO is said first. Default: true. */
  readonly greets?: boolean;
  readonly make: (guest: Guest) => Promise<unknown> | void;
  /** Whom the server shows from its second connection on. Default: itself. */
  readonly turnsInto?: (certificates: Certificates) => TlsFiles;
}

/** The server, and what became of its guests. */
export class HostileServer {
  readonly #server: Server;
  readonly #certificates: Certificates;
  #trouble: Trouble | undefined;
  #guests: Guest[] = [];

  private constructor(server: Server, certificates: Certificates) {
    this.#server = server;
    this.#certificates = certificates;
  }

  static async listen(certificates: Certificates): Promise<HostileServer> {
    const server = createServer({ ...pemOf(certificates.server), requestCert: true, ALPNProtocols: ["tautline/1"] });
    const hostile = new HostileServer(server, certificates);
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
    this.#guests = [];
    this.#server.setSecureContext(pemOf(this.#certificates.server));
  }

  /** Leaves whoever is there. Resolves with how each connection ended. */
  async finish(): Promise<readonly string[]> {
    this.#trouble = undefined;
    for (const guest of this.#guests) guest.leave();
    await Promise.all(this.#guests.map((guest) => guest.closed));
    return this.#guests.map((guest) => guest.end);
  }

  async close(): Promise<void> {
    await this.finish();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #welcome(socket: TLSSocket): void {
    const trouble = this.#trouble;
    const guest = new Guest(socket);
    if (trouble === undefined) return guest.leave();
    this.#guests.push(guest);
    if (trouble.turnsInto !== undefined) {
      this.#server.setSecureContext(pemOf(trouble.turnsInto(this.#certificates)));
    }
    if (trouble.greets !== false) void guest.send(hello());
    void trouble.make(guest);
  }
}
