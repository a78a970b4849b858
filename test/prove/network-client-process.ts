// A client on a bad network, in a process of its own: it starts a call every so often whatever becomes of the others, and keeps a
// stream. It knows when each call began and ended, and how.
import { connect, RpcError, type Channel } from "@tautline/rpc";
import type { TlsFiles } from "../support/certificates.js";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import { Mailbox } from "../support/mailbox.js";
import { answerQuestions } from "./questions.js";
import { sampleSelf } from "./self-sample.js";

export interface NetworkClientOptions {
  readonly target: string;
  readonly tls: TlsFiles;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Of every so many calls, one has the default deadline. */
  readonly patientEvery: number;
  readonly name: string;
}

/** One call; times are ms since the epoch. */
export interface Settled {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly timeoutMs: number;
  readonly code: string;
  /** How much later than a plain timer of this process it ended: the machine may be late, too. */
  readonly behindTimerMs: number;
}

/** Since it was asked the last time. */
export interface ClientReport {
  readonly calls: readonly Settled[];
  /** Calls that are not settled. */
  readonly open: number;
  /** How streams ended, and when. */
  readonly streams: readonly Settled[];
}

const defaultTimeoutMs = 30_000;

export async function main([json = "{}"]: readonly string[]): Promise<void> {
  const options = JSON.parse(json) as NetworkClientOptions;
  const channel = connect(options.target, { tls: options.tls, servername: "localhost" });
  const load = new OpenLoad(channel, options);
  await channel.ready();
  await answerQuestions(
    {
      sample: sampleSelf,
      go: () => load.go(),
      stream: () => load.stream(),
      report: () => load.report(),
      rest: () => load.rest(),
      finish: () => channel.close(),
    },
    "ready",
  );
}

class OpenLoad {
  readonly #probe: ProbeClient;
  readonly #options: NetworkClientOptions;
  readonly #open = new Set<Promise<void>>();
  #settled: Settled[] = [];
  #streams: Settled[] = [];
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(channel: Channel, options: NetworkClientOptions) {
    this.#probe = new ProbeClient(channel);
    this.#options = options;
  }

  go(): void {
    this.#timer ??= setInterval(() => this.#track(this.#call(), this.#open), this.#options.everyMs);
  }

  /** No more calls; resolves when all are settled. */
  async rest(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#open);
  }

  report(): ClientReport {
    const [calls, streams] = [this.#settled, this.#streams];
    this.#settled = [];
    this.#streams = [];
    return { calls, streams, open: this.#open.size };
  }

  /** A stream both ways that nobody ends. */
  stream(): void {
    const startedAt = Date.now();
    const lines = new Mailbox<string>();
    lines.put("line");
    const echoes = this.#probe.shout(spoken(lines));
    void endOf(
      (async () => {
        for await (const _ of echoes) continue;
      })(),
    ).then((code) => {
      this.#streams.push({ startedAt, endedAt: Date.now(), timeoutMs: Infinity, code, behindTimerMs: 0 });
    });
  }

  async #call(): Promise<void> {
    const count = this.#count++;
    const { name, timeoutMs: hasty, patientEvery } = this.#options;
    const isPatient = count % patientEvery === 0;
    const timeoutMs = isPatient ? defaultTimeoutMs : hasty;
    const startedAt = Date.now();
    let timerAt = Infinity;
    const timer = setTimeout(() => (timerAt = Date.now()), timeoutMs);
    const code = await endOf(this.#probe.withdraw(`${name}-${count}`, 30, isPatient ? {} : { timeoutMs }));
    clearTimeout(timer);
    const endedAt = Date.now();
    this.#settled.push({ startedAt, endedAt, timeoutMs, code, behindTimerMs: Math.max(0, endedAt - timerAt) });
  }

  #track(doing: Promise<void>, among: Set<Promise<void>>): void {
    among.add(doing);
    void doing.then(() => among.delete(doing));
  }
}

async function* spoken(lines: Mailbox<string>): AsyncIterable<string> {
  for (;;) yield await lines.take();
}

function endOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: unknown) => (error instanceof RpcError ? error.code : String(error)),
  );
}
