// One connection of an attacker: verified by TLS, and from then on without any rule.
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { pemOf, type Certificates } from "../support/certificates.js";
import type { RawFrame } from "../support/frame-splitter.js";
import { END, hello, kinds } from "../support/raw-frame.js";
import { LawlessEnd } from "./lawless-end.js";

/** What is attacked. */
export interface Site {
  readonly port: number;
  readonly certificates: Pick<Certificates, "client">;
}

/** Behind TLS, and behind HELLO where nothing else is said. */
export class Attacker extends LawlessEnd {
  /** Calls that the server has ended. */
  #answers = 0;
  #wake: () => void = () => {};

  static async connect({ port, certificates }: Site, greeting: Buffer | undefined = hello()): Promise<Attacker> {
    const socket = connectTls({
      ...pemOf(certificates.client),
      host: "127.0.0.1",
      port,
      servername: "localhost",
      ALPNProtocols: ["tautline/1"],
    });
    const attacker = new Attacker(socket);
    const refused = attacker.closed.then(() => {
      throw new Error("the server refused the connection");
    });
    refused.catch(() => {});
    await Promise.race([once(socket, "secureConnect"), refused]);
    if (greeting !== undefined) await attacker.send(greeting);
    return attacker;
  }

  /** Resolves when the server has ended so many calls in all, or the connection. */
  async answered(calls: number): Promise<void> {
    while (this.#answers < calls && this.isOpen) {
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.closed]);
    }
  }

  protected override hear(frame: RawFrame): void {
    super.hear(frame);
    if (frame.kind !== kinds.end && (frame.kind !== kinds.message || (frame.flags & END) === 0)) return;
    this.#answers++;
    this.#wake();
  }
}

/** A connection that says nothing of TLS, or only begins to. */
export async function rawSocket({ port }: Site): Promise<Socket> {
  const socket = connectTcp({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  return socket;
}
