// The connections of a server whose handshake runs: each is admitted, or refused and told once, within its time. It sees
// raw sockets only, and waits for their first byte: until then nothing of TLS is made for them, which costs four times as much.
import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import { remoteAddress } from "./address.js";
import { ignoreError } from "./dial.js";
import { TransportError } from "./errors.js";
import type { Refusal } from "./listener.js";

/** Handshakes are begun for so long in one turn of the event loop, in ms. */
const startingMs = 4;

interface Handshake {
  readonly raw: Socket;
  readonly timer: NodeJS.Timeout;
  readonly beganAt: number;
}

/** What is in here is neither admitted nor refused yet. */
export class Handshakes {
  readonly #byAddress = new Map<string, Handshake>();
  readonly #timeoutMs: number;
  readonly #most: number;
  readonly #onRefused: (refusal: Refusal) => void;
  readonly #start: (raw: Socket) => void;
  #closing = "";
  /** Those whose first bytes are here. */
  readonly #ready: Socket[] = [];
  #isStarting = false;
  #startingSince = 0;

  /**
   * @param most how many may run; one more is refused at TCP's connection
   * @param start begins TLS on a socket that has its client's first bytes to read
   */
  constructor(timeoutMs: number, most: number, onRefused: (refusal: Refusal) => void, start: (raw: Socket) => void) {
    this.#timeoutMs = timeoutMs;
    this.#most = most;
    this.#onRefused = onRefused;
    this.#start = start;
  }

  /** Takes a socket in at TCP's connection. After the time limit it is refused and destroyed. */
  begin(raw: Socket): void {
    raw.on("error", ignoreError);
    const address = remoteAddress(raw);
    if (address === undefined) {
      raw.destroy();
      return;
    }
    // Whoever resets a connection can come again from its port before we are told: the older one's end is not this one's.
    const older = this.#byAddress.get(address)?.raw;
    if (older !== undefined) {
      this.#gone(address, older);
      older.destroy();
    }
    if (this.#byAddress.size >= this.#most) {
      const why = `${this.#most} handshakes run already (maxHandshakes): ${address} may try again`;
      this.#onRefused({ address, error: new TransportError("handshake-failed", why) });
      raw.destroy();
      return;
    }
    // A timer of our own: that of node:tls leaves the socket open.
    const timer = setTimeout(() => {
      const limit = `within handshakeTimeoutMs (${this.#timeoutMs} ms)`;
      this.refuse(address, new TransportError("timeout", `no TLS handshake ${limit} from ${address}`));
      raw.destroy();
    }, this.#timeoutMs);
    this.#byAddress.set(address, { raw, timer, beganAt: performance.now() });
    raw.once("close", () => {
      this.#closing = this.#byAddress.get(address)?.raw === raw ? address : "";
      // After node:tls, which may know why, and says so in this turn.
      process.nextTick(() => this.#gone(address, raw));
    });
    raw.once("readable", () => {
      // An end is readable, too.
      if (raw.readableLength > 0) this.#makeReady(raw);
      else raw.destroy();
    });
  }

  #makeReady(raw: Socket): void {
    this.#ready.push(raw);
    if (this.#isStarting) return;
    this.#isStarting = true;
    setImmediate(this.#startSome);
  }

  /** As many as have time in this turn of the loop, behind what came for others in it. */
  readonly #startSome = (): void => {
    this.#startingSince = performance.now();
    this.#startNext();
  };

  readonly #startNext = (): void => {
    const isTimeOver = performance.now() - this.#startingSince > startingMs;
    const raw = isTimeOver ? undefined : this.#ready.shift();
    if (raw?.destroyed === false) this.#start(raw);
    this.#isStarting = isTimeOver || raw !== undefined;
    if (isTimeOver) setImmediate(this.#startSome);
    // Its TLS reads the first bytes a tick later, and that is when it takes its time: it signs its answer.
    else if (this.#isStarting) process.nextTick(this.#startNext);
  };

  /**
   * The address of a socket that node:tls shows. A destroyed one has none any more; then it is the one whose TCP socket is
   * just closing, since node:tls tells its error in that very turn.
   */
  addressOf(socket: Socket): string {
    return remoteAddress(socket) ?? this.#closing;
  }

  /** How long the handshake that runs has taken so far, in ms. */
  ageOf(address: string): number {
    return performance.now() - (this.#byAddress.get(address)?.beganAt ?? performance.now());
  }

  /** Returns the socket below its TLS, unless it is gone. */
  admit(address: string): Socket | undefined {
    const raw = this.#byAddress.get(address)?.raw;
    this.#end(address);
    return raw;
  }

  /** Tells the refusal, unless that connection was admitted or refused before. */
  refuse(address: string, error: TransportError): void {
    if (this.#end(address)) this.#onRefused({ address, error });
  }

  #gone(address: string, raw: Socket): void {
    if (this.#byAddress.get(address)?.raw !== raw) return;
    const text = `the client ${address} went away before the TLS handshake was done`;
    this.refuse(address, new TransportError("handshake-failed", text));
  }

  /** Drops them all, untold: the listener closes. Resolves when their sockets are closed. */
  async drop(): Promise<void> {
    const dropped = Array.from(this.#byAddress, ([address, { raw }]) => {
      this.#end(address);
      return new Promise<void>((resolve) => raw.once("close", resolve).destroy());
    });
    await Promise.all(dropped);
  }

  #end(address: string): boolean {
    clearTimeout(this.#byAddress.get(address)?.timer);
    return this.#byAddress.delete(address);
  }
}
