// A linked pair of transports in one process: the same code as over a socket, on two linked streams. No I/O.
import { Duplex } from "node:stream";
import { FramedTransport, type TransportOptions } from "./framed-transport.js";
import type { Framing } from "./framing.js";
import type { Peer } from "./peer.js";
import type { Transport } from "./transport.js";

const peer: Peer = { kind: "memory", address: "memory", tls: undefined };

/**
 * Two ends of one connection. Items cross as bytes, encoded by `framing` and decoded again, so that the ends share no
 * memory and see the limits, the backpressure and the ends that a socket would show them; an abort of one is a `reset` at
 * the other. Deterministic: everything happens in microtasks and ticks of this process.
 *
 * @throws TransportError `bad-option`
 */
export function memoryPair<Item, Sent = Item>(
  framing: Framing<Item, Sent>,
  options: TransportOptions = {},
): [Transport<Item, Sent>, Transport<Item, Sent>] {
  const [left, right] = linkedStreams();
  return [
    new FramedTransport(left, { ...options, framing, peer, releasesWritten: true }),
    new FramedTransport(right, { ...options, framing, peer, releasesWritten: true }),
  ];
}

/** Two streams, each of which reads what the other writes (Node has `duplexPair` from 22.6 on). */
export function linkedStreams(): [Duplex, Duplex] {
  const left = new LinkedStream();
  const right = new LinkedStream();
  left.link(right);
  right.link(left);
  return [left, right];
}

type Written = (error?: Error) => void;

class LinkedStream extends Duplex {
  #other: LinkedStream = this;
  /** The write of the other end that waits until this end reads on. */
  #waiting: Written | undefined;

  link(other: LinkedStream): void {
    this.#other = other;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: Written): void {
    // A copy, as a socket would make one: the writer's memory is its own again.
    this.#other.#receive(Buffer.from(chunk), written);
  }

  override _final(written: Written): void {
    this.#other.push(null);
    written();
  }

  override _read(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    this.#waiting?.(broken("EPIPE"));
    this.#waiting = undefined;
    if (!this.writableFinished) this.#other.destroy(broken("ECONNRESET"));
    destroyed(error);
  }

  #receive(chunk: Buffer, written: Written): void {
    if (this.destroyed) written(broken("EPIPE"));
    else if (this.push(chunk)) written();
    else this.#waiting = written;
  }
}

/** As the system would say it. */
function broken(code: "ECONNRESET" | "EPIPE"): Error {
  return Object.assign(new Error(`the other end is gone (${code})`), { code });
}
