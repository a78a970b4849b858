// A server of the Probe contract, with everything that a test wants to know of it: its calls and its log.
import {
  serve,
  type CallContext,
  type Code,
  type Logger,
  type RpcError,
  type Server,
  type ServerOptions,
} from "@tautline/rpc";
import type { Certificates } from "./certificates.js";
import type { Overdrawn, Parcel, Tally } from "./contract/probe.js";
import { OverdrawnError, probeService, type ProbeHandlers } from "./contract/probe.rpc.js";
import { Mailbox } from "./mailbox.js";

/** What carries a connection: TLS with a verified client, or plain TCP. */
export type Carrier = "tls" | "tcp";

/** One line for the operator. */
export interface LogLine {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Keeps what an operator is warned of; the rest is everyday business. */
export class RecordingLogger implements Logger {
  /** All warnings and errors so far. */
  readonly warnings: LogLine[] = [];
  readonly #news = new Mailbox<LogLine>();

  debug(): void {}
  info(): void {}

  warn(fields: object, message: string): void {
    // Of Node 20, once in a process, and of no server.
    if ("node" in fields) return;
    const line = { fields: { ...fields }, message };
    this.warnings.push(line);
    this.#news.put(line);
  }

  error(fields: object, message: string): void {
    this.warn(fields, message);
  }

  /** The next warning. */
  warned(): Promise<LogLine> {
    return this.#news.take();
  }
}

/** Serves Probe. */
export class ProbeDesk implements ProbeHandlers {
  /** The paths of calls of `wait` and `hold` that have begun. */
  readonly begun = new Mailbox<string>();
  /** Why they were given up: the codes of their signals. */
  readonly givenUp = new Mailbox<Code>();
  /** How many calls of `noted` have begun. */
  asked = 0;
  readonly #notes = new Mailbox<string>();

  async forward(parcel: Parcel, context: CallContext): Promise<Parcel> {
    for (const [key, value] of context.metadata) {
      context.responseMetadata.set(key, value);
      context.trailers.set(`end-${key}`, value);
    }
    return parcel;
  }

  async withdraw(account: string, amount: number): Promise<number> {
    const holds = 100;
    if (amount > holds) throw new OverdrawnError({ account, missing: amount - holds } satisfies Overdrawn);
    return holds - amount;
  }

  async timeLeft(context: CallContext): Promise<number | null> {
    return context.deadline === Infinity ? null : context.remainingMs();
  }

  async *blocks(count: number, bytes: number): AsyncIterable<Uint8Array> {
    for (let block = 0; block < count; block++) yield new Uint8Array(bytes).fill(block);
  }

  async tally(label: string, parts: AsyncIterable<Uint8Array>): Promise<Tally> {
    const tally = { label, parts: 0, bytes: 0 };
    for await (const part of parts) {
      tally.parts++;
      tally.bytes += part.length;
    }
    return tally;
  }

  async *shout(lines: AsyncIterable<string>): AsyncIterable<string> {
    for await (const line of lines) yield line.toUpperCase();
  }

  note(text: string): void {
    this.#notes.put(text);
  }

  noted(): Promise<string> {
    this.asked++;
    return this.#notes.take();
  }

  wait(context: CallContext): Promise<string> {
    return this.#untilGivenUp(context);
  }

  hold(_parts: AsyncIterable<Uint8Array>, context: CallContext): Promise<never> {
    return this.#untilGivenUp(context);
  }

  #untilGivenUp({ path, signal }: CallContext): Promise<never> {
    this.begun.put(path);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        const reason: RpcError = signal.reason;
        this.givenUp.put(reason.code);
        reject(reason);
      });
    });
  }
}

/** A server and what is known of it. Who started it closes `server`. */
export interface ProbeServer {
  readonly server: Server;
  readonly desk: ProbeDesk;
  readonly log: RecordingLogger;
  readonly port: number;
  /** Where a channel connects. */
  readonly target: string;
}

/** Serves Probe on a free port of 127.0.0.1. */
export async function startProbeServer(
  carrier: Carrier,
  certificates: Certificates,
  options: Pick<ServerOptions, "limits" | "handshakeTimeoutMs" | "stallTimeoutMs"> = {},
): Promise<ProbeServer> {
  const desk = new ProbeDesk();
  const log = new RecordingLogger();
  const shared = { ...options, services: [probeService.handle(desk)], logger: log, port: 0, host: "127.0.0.1" };
  const server = await serve(
    carrier === "tls" ? { ...shared, tls: certificates.server } : { ...shared, insecure: true },
  );
  const { port } = server.address;
  if (port === undefined) throw new Error("a port was asked for");
  const target = carrier === "tls" ? `tautline://localhost:${port}` : `tcp://127.0.0.1:${port}`;
  return { server, desk, log, port, target };
}
