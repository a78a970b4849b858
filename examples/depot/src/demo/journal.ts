// What the demo did and what came of it: steps with their figures, and expectations that held or did not.
import type { Interceptor } from "@tautline/rpc";
import type { Latency } from "./latency.js";

export interface Step {
  readonly name: string;
  readonly calls: number;
  readonly bytes: number;
  readonly ms: number;
  /** Of the small calls that ran meanwhile, or in this step. */
  readonly latency: Latency | undefined;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly detail: string;
}

/** What a step tells of itself. */
export interface StepFigures {
  readonly bytes?: number;
  readonly latency?: Latency;
}

/** Hears of everything as it happens. */
export interface JournalReader {
  stepBegan(name: string): void;
  stepEnded(step: Step): void;
  /** It failed, and has no figures. */
  stepLeft(): void;
  checked(check: Check): void;
}

export class Journal {
  readonly steps: Step[] = [];
  readonly checks: Check[] = [];
  readonly #reader: JournalReader;
  #calls = 0;

  constructor(reader: JournalReader) {
    this.#reader = reader;
  }

  get ok(): boolean {
    return this.checks.every(({ ok }) => ok);
  }

  /** Counts the calls of the channels that have it. */
  readonly countCalls: Interceptor = (call, next) => {
    this.#calls++;
    return next(call);
  };

  /** Runs a part of the demo and notes its figures; a failure goes on to the caller. */
  async step(name: string, work: () => Promise<StepFigures | void>): Promise<void> {
    this.#reader.stepBegan(name);
    const [start, callsBefore] = [performance.now(), this.#calls];
    try {
      const { bytes = 0, latency } = (await work()) ?? {};
      const step = { name, calls: this.#calls - callsBefore, bytes, ms: performance.now() - start, latency };
      this.steps.push(step);
      this.#reader.stepEnded(step);
    } catch (error) {
      this.#reader.stepLeft();
      throw error;
    }
  }

  /** Notes whether an expectation holds. */
  check(name: string, ok: boolean, detail: string): void {
    const check = { name, ok, detail };
    this.checks.push(check);
    this.#reader.checked(check);
  }
}

/** What a call failed with; undefined where it did not. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error;
  }
}
