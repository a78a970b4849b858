// A client that keeps the rules, in a process of its own: one small call after another, and how long each took.
import { setTimeout as after } from "node:timers/promises";
import { connect } from "@tautline/rpc";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import { answerQuestions } from "./child.js";

/** Since it was asked the last time. */
export interface Service {
  readonly calls: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const pauseMs = 4;

export async function main([target = "", ca = "", cert = "", key = ""]: readonly string[]): Promise<void> {
  const channel = connect(target, { tls: { ca, cert, key } });
  const probe = new ProbeClient(channel);
  let times: number[] = [];
  let failed = 0;
  const over = new AbortController();
  const working = (async () => {
    while (!over.signal.aborted) {
      const started = performance.now();
      try {
        await probe.withdraw("a", 30, { timeoutMs: 5_000 });
        times.push(performance.now() - started);
      } catch {
        failed++;
      }
      await after(pauseMs);
    }
  })();
  const report = (): Service => {
    const sorted = times.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const service = { calls: sorted.length, failed, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? 0 };
    times = [];
    failed = 0;
    return service;
  };
  await channel.ready();
  await answerQuestions({ report }, "ready");
  over.abort();
  await working;
  await channel.close();
}
