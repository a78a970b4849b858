// A client that keeps the rules: one small call after another, and how long each took.
import { setTimeout as after } from "node:timers/promises";
import type { Channel } from "@tautline/rpc";
import { ProbeClient } from "../support/contract/probe.rpc.js";

/** Since it was asked the last time. */
export interface Service {
  readonly calls: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const pauseMs = 4;

/** Calls from its construction on. */
export class SteadyCalls {
  readonly #probe: ProbeClient;
  readonly #over = new AbortController();
  readonly #working: Promise<void>;
  #times: number[] = [];
  #failed = 0;

  constructor(channel: Channel) {
    this.#probe = new ProbeClient(channel);
    this.#working = this.#work();
  }

  report(): Service {
    const sorted = this.#times.sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const failed = this.#failed;
    this.#times = [];
    this.#failed = 0;
    return { calls: sorted.length, failed, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? 0 };
  }

  /** Resolves when the last call is over. */
  stop(): Promise<void> {
    this.#over.abort();
    return this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const started = performance.now();
      try {
        await this.#probe.withdraw("a", 30, { timeoutMs: 5_000 });
        this.#times.push(performance.now() - started);
      } catch {
        this.#failed++;
      }
      await after(pauseMs);
    }
  }
}
