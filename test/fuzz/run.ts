// A run of the fuzzer: conversations with a server and a client of ours, several at a time, each with a seed of its own.
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect, type Server } from "@tautline/rpc";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import { againstClient } from "./against-client.js";
import { againstServer } from "./against-server.js";
import type { Conversation } from "./conversation.js";
import { startFuzzedServer } from "./fuzzed-server.js";
import { Random } from "./random.js";

/** Who is talked to. */
export const targets = ["server", "client"] as const;
export type Target = (typeof targets)[number];

export interface FuzzOptions {
  /** Frames to send before it ends, about. */
  readonly frames: number;
  readonly seed: number;
  readonly targets?: readonly Target[];
  /** One conversation alone: the number that a failure told. */
  readonly only?: number | undefined;
  /** Called now and then with how far it is. */
  readonly onProgress?: (frames: number) => void;
}

/** What must not have happened, and in which conversation: the run's seed and `number` bring it back. */
export interface FuzzFailure {
  readonly fault: string;
  /** Absent where it belongs to no conversation alone. */
  readonly target?: Target;
  readonly number?: number;
}

export interface FuzzReport {
  readonly seed: number;
  readonly frames: number;
  readonly conversations: number;
  /** How conversations ended, by target, and how often. */
  readonly outcomes: Readonly<Record<Target, Readonly<Record<string, number>>>>;
  readonly failures: readonly FuzzFailure[];
}

/** Conversations at once, with each target. */
const talkers = 16;
/** After so many conversations a client that keeps the rules makes a call to the server. */
const checkEvery = 100;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run = new FuzzRun(options);
  const uncaught = (error: unknown): void => run.uncaught(error);
  process.on("uncaughtException", uncaught).on("unhandledRejection", uncaught);
  try {
    return await run.complete();
  } finally {
    process.off("uncaughtException", uncaught).off("unhandledRejection", uncaught);
  }
}

class FuzzRun {
  readonly #options: FuzzOptions;
  readonly #failures: FuzzFailure[] = [];
  readonly #outcomes = { server: new Map<string, number>(), client: new Map<string, number>() };
  /** Those that are going on: any of them may be behind an error that nobody caught. */
  readonly #talking = new Set<string>();
  #frames = 0;
  #conversations = 0;
  #next = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
  }

  uncaught(error: unknown): void {
    this.#fail(`nobody caught, in one of ${[...this.#talking].join(", ")}: ${stackOf(error)}`);
  }

  async complete(): Promise<FuzzReport> {
    const { seed, only, targets: chosen = targets } = this.#options;
    const { server, port, target } = await startFuzzedServer();
    const bystander = connect(target, { insecure: true });
    const probe = new ProbeClient(bystander);
    const work = async (of: Target): Promise<void> => {
      while (this.#frames < this.#options.frames && this.#failures.length === 0) {
        await this.#converse(of, this.#next++, port);
        if (this.#conversations % checkEvery === 0) await this.#check(probe);
      }
    };
    try {
      if (only !== undefined) for (const of of chosen) await this.#converse(of, only, port);
      else await Promise.all(chosen.flatMap((of) => Array.from({ length: talkers }, () => work(of))));
      await this.#check(probe);
      await bystander.close();
      const left = await leftOpen(server);
      if (left !== undefined) this.#fail(left);
    } finally {
      await bystander.close();
      await server.close();
    }
    const counts = (of: Target) => Object.fromEntries([...this.#outcomes[of]].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      seed,
      frames: this.#frames,
      conversations: this.#conversations,
      outcomes: { server: counts("server"), client: counts("client") },
      failures: this.#failures,
    };
  }

  async #converse(target: Target, number: number, port: number): Promise<void> {
    const random = new Random(
      Math.imul(this.#options.seed + 1, 0x9e37_79b1) ^ Math.imul(2 * number + targets.indexOf(target), 0x85eb_ca6b),
    );
    const name = `${target} ${number}`;
    this.#talking.add(name);
    const { frames, outcome, fault } = await (
      target === "server" ? againstServer(port, random) : againstClient(random)
    ).catch((error: unknown): Conversation => ({ frames: 0, outcome: "failed", fault: stackOf(error) }));
    this.#talking.delete(name);
    this.#conversations++;
    this.#frames += frames;
    this.#outcomes[target].set(outcome, (this.#outcomes[target].get(outcome) ?? 0) + 1);
    if (fault !== undefined) this.#fail(fault, { target, number });
  }

  async #check(probe: ProbeClient): Promise<void> {
    try {
      const left = await probe.withdraw("a", 30, { timeoutMs: 5_000 });
      if (left !== 70) this.#fail(`a client that keeps the rules got ${left} instead of 70`);
    } catch (error) {
      this.#fail(`a client that keeps the rules was not served: ${stackOf(error)}`);
    }
    this.#options.onProgress?.(this.#frames);
  }

  #fail(fault: string, place: Omit<FuzzFailure, "fault"> = {}): void {
    this.#failures.push({ fault, ...place });
  }
}

/** What the server still holds of connections that are gone; bounded in turns of the loop. */
async function leftOpen(server: Server): Promise<string | undefined> {
  for (let turn = 0; turn < 1000 && server.connections + server.calls > 0; turn++) {
    await nextTurn();
  }
  if (server.connections + server.calls === 0) return undefined;
  return `the server holds ${server.connections} connections and ${server.calls} calls of peers that are gone`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
