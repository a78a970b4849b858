// One end of a connection that says what it is told to, whole or in pieces, and remembers what it hears. It keeps no rule.
import { setTimeout as after } from "node:timers/promises";
import type { Socket } from "node:net";
import { FrameSplitter } from "../support/frame-splitter.js";
import { kinds, ping, reasons } from "../support/raw-frame.js";
import type { Random } from "./random.js";
import { SentBytes } from "./sent.js";

/** How long the other end may take to answer, while it is busy with other conversations. */
const patienceMs = 10_000;
/** How often it is looked for meanwhile. */
const looks = 10;
/** A frame that lacks more is not completed: the connection is left in the middle of it. */
const mostFiller = 100_000;

/** How the other end took it all. */
export type Outcome = "answers" | "closed" | "cut off" | "given up" | "silent";

export class Talker {
  readonly sent = new SentBytes();
  readonly closed: Promise<void>;
  /** Of the GOAWAY that came. */
  reason: string | undefined;
  /** Ids of the streams that the other end opened. */
  readonly opened: number[] = [];
  readonly #role: "client" | "server";
  readonly #socket: Socket;
  readonly #random: Random;
  readonly #heard = new FrameSplitter();
  #pong: (() => void) | undefined;
  #isGreeted = false;
  #broke = "without an error";

  /** @param role which end this one is */
  constructor(role: "client" | "server", socket: Socket, random: Random) {
    this.#role = role;
    this.#socket = socket;
    this.#random = random;
    socket.on("error", (error) => {
      this.#broke = error.message;
    });
    socket.on("data", (chunk) => this.#hear(chunk));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  /** The error with which the connection closed, for people. */
  get broke(): string {
    return this.#broke;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  say(bytes: Buffer): void {
    this.sent.add(bytes);
    if (this.#random.chance(0.9) || bytes.length < 2) return void this.#socket.write(bytes);
    const cut = 1 + this.#random.int(bytes.length - 1);
    this.#socket.write(bytes.subarray(0, cut));
    this.#socket.write(bytes.subarray(cut));
  }

  /** Completes the frame that was begun, and asks the other end whether it is there. */
  async ask(): Promise<Outcome> {
    for (let { missing } = this.sent; missing > 0; { missing } = this.sent) {
      if (missing > mostFiller) return "cut off";
      this.say(this.#random.bytes(missing));
    }
    const pong = new Promise<Outcome>((resolve) => {
      this.#pong = () => resolve("answers");
    });
    this.say(ping("any more"));
    const patience = new AbortController();
    const silence = silenceOf(patience.signal);
    const outcome = await Promise.race([pong, this.closed.then((): Outcome => "closed"), silence]);
    patience.abort();
    // Whoever has a connection says HELLO at once. Without it, a client has left before it knew that it was connected: its
    // calls' deadlines passed, as they do where the process stands still.
    return outcome === "closed" && !this.#isGreeted && this.#role === "server" ? "given up" : outcome;
  }

  /** Leaves, as rudely as `random` has it. */
  async leave(): Promise<void> {
    if (this.#random.chance(0.5)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    await this.closed;
  }

  #hear(chunk: Buffer): void {
    this.#isGreeted = true;
    for (const { kind, stream, fields } of this.#heard.push(chunk)) {
      if (kind === kinds.pong && fields.toString("latin1") === "any more") this.#pong?.();
      if (kind === kinds.goAway) this.reason = reasons[fields[0] ?? -1] ?? "unknown";
      if (kind === kinds.open) this.opened.push(stream);
    }
  }
}

/** By looks and not by the clock: both ends are of this process, and where it stands still for long neither is silent. */
async function silenceOf(signal: AbortSignal): Promise<Outcome> {
  for (let look = 0; look < looks; look++) await after(patienceMs / looks, undefined, { signal }).catch(() => {});
  return "silent";
}

/** What must not be, said of an outcome; undefined where all is well. */
export function faultOf(outcome: Outcome, { reason, sent, broke }: Talker): string | undefined {
  if (outcome === "silent") return "the other end neither answers nor ends the connection";
  if (outcome === "closed" && reason === undefined && !sent.saysGoodbye)
    return `the connection was ended without a reason, ${broke}`;
  return undefined;
}
