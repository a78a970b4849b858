// A server that a client trusts, and that keeps no rule: each connection is handed to whoever makes the trouble.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Certificates, TlsFiles } from "../support/certificates.js";
import { goAway, hello, kinds, reasons, type Reason } from "../support/raw-frame.js";

/** One connection of a client. */
export class Guest {
  /** Resolves when it is over, with how the client ended it. */
  readonly ended: Promise<string>;
  readonly #socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);
  #reason: string | undefined;
  /** Whether this end was it. */
  #hasLeft = false;
  #isDeaf = false;
  readonly #opened: number[] = [];
  #wake: () => void = () => {};

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#hear(chunk));
    this.ended = new Promise((resolve) => {
      socket.once("close", () => {
        this.#wake();
        resolve(this.#reason ?? this.#silence());
      });
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** The ids of the calls that were opened since it was asked the last time, as soon as there are any; none at the end. */
  async calls(): Promise<readonly number[]> {
    while (this.#opened.length === 0 && this.isOpen) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#opened.splice(0);
  }

  /** Resolves when there is room for more, or nobody to take it. */
  async send(...bytes: readonly Uint8Array[]): Promise<void> {
    if (!this.isOpen || this.#socket.write(Buffer.concat(bytes))) return;
    await Promise.race([once(this.#socket, "drain").catch(() => {}), this.ended]);
  }

  stopReading(): void {
    this.#isDeaf = true;
    this.#socket.pause();
  }

  /** The client owes no reason from then on. */
  goAway(reason: Reason): Promise<void> {
    this.#hasLeft = true;
    return this.send(goAway(reason));
  }

  leave(): void {
    this.#hasLeft = true;
    this.#socket.destroy();
  }

  #silence(): string {
    if (this.#hasLeft) return "left by the server";
    return this.#isDeaf ? "closed, for a reason that nobody read" : "closed without a reason";
  }

  #hear(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0);
      if (this.#received.length < end) return;
      const kind = this.#received[4];
      if (kind === kinds.goAway) this.#reason = reasons[this.#received[10] ?? -1] ?? "unknown";
      if (kind === kinds.open) this.#opened.push(this.#received.readUInt32BE(6));
      this.#received = this.#received.subarray(end);
    }
    if (this.#opened.length > 0) this.#wake();
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
    return Promise.all(this.#guests.map((guest) => guest.ended));
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

function pemOf({ ca, cert, key }: TlsFiles): { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } {
  return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
}
