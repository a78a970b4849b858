// A peer that speaks bytes: the other end of a connection, as client or as server. It keeps no rule of the protocol.
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { pemOf, type Certificates } from "./certificates.js";
import { FrameSplitter, type RawFrame } from "./frame-splitter.js";
import { Mailbox } from "./mailbox.js";
import { hello, kinds, reasons, type Reason } from "./raw-frame.js";
import type { Carrier } from "./server.js";

/** The last words of the other end. */
export interface GoAway {
  readonly reason: Reason | undefined;
  readonly last: number;
  readonly text: string;
}

const alpn = "tautline/1";

/** What GOAWAY says. */
export function goAwayOf({ fields }: RawFrame): GoAway {
  return {
    reason: reasons[fields.readUInt8(0)],
    last: fields.readUInt32BE(1),
    text: fields.toString("utf8", 5),
  };
}

export class RawPeer {
  readonly socket: Socket | TLSSocket;
  /** Resolves when the connection is closed, however it ended. */
  readonly closed: Promise<void>;
  readonly #frames = new Mailbox<RawFrame>();
  readonly #splitter = new FrameSplitter();

  constructor(socket: Socket | TLSSocket) {
    this.socket = socket;
    socket.setNoDelay(true);
    // A connection that the other end resets is closed too, and that is what tests wait for.
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const frame of this.#splitter.push(chunk)) this.#frames.put(frame);
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#frames.end(new Error("the connection closed, and the frame that was waited for never came"));
        resolve();
      });
    });
  }

  /** Sends bytes as they are, in one write. */
  send(...bytes: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The next frame of this kind; others before it are dropped. Rejects where the connection closes first. */
  async until(kind: number, stream?: number): Promise<RawFrame> {
    for (;;) {
      const frame = await this.#frames.take();
      if (frame.kind === kind && (stream === undefined || frame.stream === stream)) return frame;
    }
  }

  /** The next frame, whatever it is. */
  next(): Promise<RawFrame> {
    return this.#frames.take();
  }

  /** Both sides say HELLO. */
  async greet(settings: object = {}): Promise<void> {
    this.send(hello(settings));
    await this.until(kinds.hello);
  }

  async goAway(): Promise<GoAway> {
    return goAwayOf(await this.until(kinds.goAway));
  }

  /** Stops reading, so that the other end's writes back up. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Ends this side; resolves when the connection is closed. */
  close(): Promise<void> {
    this.socket.end();
    return this.closed;
  }
}

/** Connects to a server of ours. */
export function connectRaw(carrier: Carrier, port: number, certificates: Certificates): Promise<RawPeer> {
  return new Promise((resolve, reject) => {
    const ready = (): void => resolve(new RawPeer(socket));
    const socket =
      carrier === "tcp"
        ? connectTcp({ host: "127.0.0.1", port }, ready)
        : connectTls(
            { ...pemOf(certificates.client), host: "127.0.0.1", port, servername: "localhost", ALPNProtocols: [alpn] },
            ready,
          );
    socket.once("error", reject);
  });
}

/** Waits for clients of ours. */
export class RawListener {
  readonly #server: Server;
  readonly #accepted: Mailbox<RawPeer>;

  private constructor(server: Server, accepted: Mailbox<RawPeer>) {
    this.#server = server;
    this.#accepted = accepted;
  }

  static listen(carrier: Carrier, certificates: Certificates): Promise<RawListener> {
    const accepted = new Mailbox<RawPeer>();
    const accept = (socket: Socket): void => accepted.put(new RawPeer(socket));
    const server =
      carrier === "tcp"
        ? createServer(accept)
        : createTlsServer({ ...pemOf(certificates.server), requestCert: true, ALPNProtocols: [alpn] }, accept);
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve(new RawListener(server, accepted)));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next client that connects. */
  accept(): Promise<RawPeer> {
    return this.#accepted.take();
  }

  /** Resolves when every connection is closed too. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
