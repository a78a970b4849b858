// A client between two servers, in a process of its own: one that keeps the rules, and one that does not. Calls of each shape go
// to the second while it is asked to make them, and each of them has to settle.
import { setTimeout as after } from "node:timers/promises";
import { connect, RpcError, TransportError, type Channel } from "@tautline/rpc";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import { answersOfAttacked } from "./attacked-process.js";
import { answerQuestions } from "./questions.js";
import { SteadyCalls } from "./steady-calls.js";

/** What became of the calls to the hostile server. */
export interface Settled {
  /** How often calls ended so: `ok`, or a code, with the transport's where that is the cause; else what was thrown. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of calls, and of closing the channel, long after their time. */
  readonly hanging: number;
  /** What nobody caught. */
  readonly uncaught: readonly string[];
}

const timeoutMs = 800;
const patienceMs = 5_000;

/** Rounds of calls, one of each shape, until it is told to stop. */
class Rounds {
  readonly #channel: Channel;
  readonly #outcomes = new Map<string, number>();
  readonly #working: Promise<void>;
  #isOver = false;
  #open = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#working = this.#work();
  }

  /** @returns what settled, after waiting for the rest */
  async stop(uncaught: readonly string[]): Promise<Settled> {
    this.#isOver = true;
    const waiting = new AbortController();
    const patience = after(patienceMs, false, { signal: waiting.signal }).catch(() => false);
    const closed = this.#working.then(() => this.#channel.close()).then(() => true);
    const isClosed = await Promise.race([closed, patience]);
    waiting.abort();
    return { outcomes: Object.fromEntries(this.#outcomes), hanging: this.#open + (isClosed ? 0 : 1), uncaught };
  }

  async #work(): Promise<void> {
    const probe = new ProbeClient(this.#channel);
    const parcel = { id: 1, label: "a", weight: 1, tags: [], sent: new Date(0), content: new Uint8Array(3) };
    const options = { timeoutMs };
    while (!this.#isOver) {
      await Promise.all([
        this.#settle(probe.forward(parcel, options)),
        this.#settle(probe.withdraw("a", 300, options)),
        this.#settle(drained(probe.blocks(1_000, 1_000, options))),
        this.#settle(probe.tally("all", endless(), options)),
        this.#settle(drained(probe.shout(endless("x".repeat(100)), options))),
        this.#settle(probe.wait(options)),
        this.#settle(probe.note("x", options)),
      ]);
      await after(20);
    }
  }

  async #settle(call: Promise<unknown>): Promise<void> {
    this.#open++;
    const outcome = await call.then(
      () => "ok",
      (error: unknown) => (error instanceof RpcError ? codesOf(error) : String(error)),
    );
    this.#open--;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }
}

function codesOf({ code, cause }: RpcError): string {
  return cause instanceof TransportError ? `${code}: ${cause.code}` : code;
}

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

function endless(): AsyncIterable<Uint8Array>;
function endless<T>(item: T): AsyncIterable<T>;
async function* endless(item: unknown = new Uint8Array(10_000)): AsyncIterable<unknown> {
  for (;;) yield item;
}

export async function main([good = "", hostile = "", ca = "", cert = "", key = ""]: readonly string[]): Promise<void> {
  const tls = { ca, cert, key };
  const channel = connect(good, { tls });
  const steady = new SteadyCalls(channel);
  const uncaught: string[] = [];
  process.on("uncaughtException", (error) => uncaught.push(String(error)));
  process.on("unhandledRejection", (error) => uncaught.push(String(error)));
  let rounds: Rounds | undefined;
  await channel.ready();
  await answerQuestions(
    {
      begin: () => void (rounds = new Rounds(connect(hostile, { tls }))),
      finish: () => rounds?.stop(uncaught.splice(0)),
      report: () => steady.report(),
      ...answersOfAttacked(() => ({ connections: 0, calls: 0 })),
    },
    "ready",
  );
  await steady.stop();
  await channel.close();
}
