// One connection of an attacker: verified by TLS, and from then on without any rule. It writes as fast as it is let.
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { once } from "node:events";
import type { Certificates } from "../support/certificates.js";
import { hello, kinds, reasons } from "../support/raw-frame.js";

/** What is attacked. */
export interface Site {
  readonly port: number;
  readonly certificates: Pick<Certificates, "client">;
}

/** Behind TLS, and behind HELLO where nothing else is said. */
export class Attacker {
  readonly closed: Promise<void>;
  /** Of the GOAWAY that came. */
  reason: string | undefined;
  readonly #socket: TLSSocket;
  #isDeaf = false;
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#hear(chunk));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  static async connect({ port, certificates }: Site, greeting: Buffer | undefined = hello()): Promise<Attacker> {
    const { ca, cert, key } = certificates.client;
    const socket = connectTls({
      host: "127.0.0.1",
      port,
      servername: "localhost",
      ca: readFileSync(ca),
      cert: readFileSync(cert),
      key: readFileSync(key),
      ALPNProtocols: ["tautline/1"],
    });
    const failed = once(socket, "close").then(() => {
      throw new Error("the server refused the connection");
    });
    failed.catch(() => {});
    socket.on("error", () => {});
    await Promise.race([once(socket, "secureConnect"), failed]);
    const attacker = new Attacker(socket);
    if (greeting !== undefined) await attacker.send(greeting);
    return attacker;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Resolves when there is room for more, or nobody to take it. */
  async send(...bytes: readonly Uint8Array[]): Promise<void> {
    if (!this.isOpen || this.#socket.write(Buffer.concat(bytes))) return;
    await Promise.race([once(this.#socket, "drain").catch(() => {}), this.closed]);
  }

  /** What is said when the connection is over. */
  get end(): string {
    return this.reason ?? (this.#isDeaf ? "closed, for a reason that nobody read" : "closed without a reason");
  }

  stopReading(): void {
    this.#isDeaf = true;
    this.#socket.pause();
  }

  leave(): void {
    this.#socket.destroy();
  }

  #hear(chunk: Buffer): void {
    // What is heard is not what matters, unless it is the end.
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0);
      if (this.#received.length < end) return;
      if (this.#received[4] === kinds.goAway) this.reason = reasons[this.#received[10] ?? -1] ?? "unknown";
      this.#received = this.#received.subarray(end);
    }
  }
}

/** A connection that says nothing of TLS, or only begins to. */
export async function rawSocket({ port }: Site): Promise<Socket> {
  const socket = connectTcp({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  return socket;
}
