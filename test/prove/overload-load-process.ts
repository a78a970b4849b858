// Load for the overload proof, in a process of its own: so many calls a second whatever becomes of them, as users are who know
// nothing of each other. Each has its deadline, and is made once.
import { setTimeout as after } from "node:timers/promises";
import { connect, RpcError } from "@tautline/rpc";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import { answerQuestions } from "./questions.js";

/** What handlers of the method do. */
export type Kind = "computes" | "waits";

export interface LoadOptions {
  readonly target: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly kind: Kind;
  /** Calls a second. */
  readonly rate: number;
  readonly durationMs: number;
  /** What is not counted: calls of the beginning. */
  readonly warmMs: number;
  readonly timeoutMs: number;
  readonly connections: number;
}

/** What became of the calls that are counted. */
export interface LoadReport {
  readonly offered: number;
  /** Answered within their deadline. */
  readonly answered: number;
  /** Those of the beginning included. */
  readonly allAnswered: number;
  readonly refused: number;
  /** Their deadline passed. */
  readonly late: number;
  /** All else: there should be none. */
  readonly failed: readonly string[];
  /** Of those answered, in ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** In which they were made. */
  readonly seconds: number;
}

export async function main([argument = ""]: readonly string[]): Promise<void> {
  await answerQuestions({}, await load(JSON.parse(argument) as LoadOptions));
}

async function load(options: LoadOptions): Promise<LoadReport> {
  const { target, tls, kind, rate, durationMs, warmMs, timeoutMs, connections } = options;
  const channels = Array.from({ length: connections }, () => connect(target, { tls }));
  await Promise.all(channels.map((channel) => channel.ready()));
  const clients = channels.map((channel) => new ProbeClient(channel));
  const times: number[] = [];
  const failed: string[] = [];
  const counts = { offered: 0, allAnswered: 0, refused: 0, late: 0 };
  const open = new Set<Promise<void>>();

  const call = async (client: ProbeClient, counted: boolean): Promise<void> => {
    const startedAt = performance.now();
    if (counted) counts.offered++;
    try {
      await (kind === "computes" ? client.withdraw("a", 1, { timeoutMs }) : client.timeLeft({ timeoutMs }));
      const took = performance.now() - startedAt;
      if (took <= timeoutMs) counts.allAnswered++;
      if (counted && took <= timeoutMs) times.push(took);
      else if (counted) counts.late++;
    } catch (error) {
      if (!counted) return;
      if (error instanceof RpcError && error.code === "deadline-exceeded") counts.late++;
      else if (error instanceof RpcError && error.retryAfterMs !== undefined) counts.refused++;
      else failed.push(String(error));
    }
  };

  const beganAt = performance.now();
  for (let made = 0; ; await after(1)) {
    const elapsed = performance.now() - beganAt;
    if (elapsed >= durationMs) break;
    for (; made < (elapsed * rate) / 1000; made++) {
      const calling = call(clients[made % connections] as ProbeClient, elapsed >= warmMs);
      open.add(calling);
      void calling.then(() => open.delete(calling));
    }
  }
  await Promise.all(open);
  await Promise.all(channels.map((channel) => channel.close()));
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  const seconds = (durationMs - warmMs) / 1000;
  return { ...counts, answered: times.length, failed, p50Ms: at(0.5), p99Ms: at(0.99), seconds };
}
