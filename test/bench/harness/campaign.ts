// Runs cases on systems, which take turns, and keeps what each run gave. Prints nothing but progress.
import type { Case } from "../workloads/case.js";
import { Pair, type Figures } from "./pair.js";
import { interleave } from "./rounds.js";
import type { Subject } from "./subject.js";

export interface Plan {
  readonly subjects: readonly Subject[];
  readonly cases: readonly Case[];
  /** How long a run takes that is bounded by time. */
  readonly seconds: number;
  /** Runs that count. */
  readonly runs: number;
  /** Runs that are bounded by an amount are cut to what the system does in so many seconds. */
  readonly mostSeconds: number;
}

/** What one system did in one case. `rounds` has a hole for a run that did not happen. */
export interface Series {
  readonly system: string;
  readonly rounds: (Figures | undefined)[];
  /** Undefined where nothing went wrong; `unsupported` where there is no natural way to do it. */
  failure: string | undefined;
}

export interface CaseResult {
  readonly test: Case;
  readonly series: readonly Series[];
}

/** Calibration runs this part of the whole. */
const calibrationShare = 1 / 16;
/** Until compilers have settled: a few ten thousand calls. */
const warmSeconds = 2;

export class Campaign {
  readonly #plan: Plan;
  readonly #certificates: string;
  readonly #progress: (line: string) => void;
  readonly #pairs = new Map<Subject, Pair>();

  constructor(plan: Plan, certificates: string, progress: (line: string) => void) {
    this.#plan = plan;
    this.#certificates = certificates;
    this.#progress = progress;
  }

  /** One result after the other, as they are done. Processes live for one workload, or for one run where the case asks it. */
  async *results(): AsyncGenerator<CaseResult, void, undefined> {
    let workload: string | undefined;
    try {
      for (const test of this.#plan.cases) {
        if (test.workload !== workload) await this.#stopAll();
        workload = test.workload;
        yield await this.#runCase(test);
      }
    } finally {
      await this.#stopAll();
    }
  }

  async #runCase(test: Case): Promise<CaseResult> {
    const { subjects, runs } = this.#plan;
    const series = new Map(subjects.map((subject) => [subject, emptySeries(subject.name)]));
    const amounts = new Map<Subject, number>();
    for (const { round, system: subject } of interleave(subjects, runs)) {
      const own = series.get(subject);
      // Nothing is warm in a process that lives for one run.
      if (own === undefined || own.failure !== undefined || (round === 0 && test.fresh === true)) continue;
      try {
        const pair = await this.#pairOf(subject);
        if ((round === 0 || test.fresh === true) && !(await pair.supports(test))) {
          own.failure = "unsupported";
          continue;
        }
        if (round === 0) amounts.set(subject, await this.#warmUp(pair, test));
        else own.rounds.push(await pair.run(test, this.#plan.seconds, amounts.get(subject) ?? test.amount ?? 0));
        this.#progress(`${test.name} ${round === 0 ? "warm-up" : `${round}/${runs}`} ${subject.name}`);
      } catch (error) {
        own.failure = error instanceof Error ? error.message : String(error);
        this.#progress(`${test.name} ${subject.name} fails: ${own.failure}`);
        await this.#stop(subject);
      }
      if (test.fresh === true) await this.#stop(subject);
    }
    return { test, series: [...series.values()] };
  }

  /** @returns how much each run shall do */
  async #warmUp(pair: Pair, test: Case): Promise<number> {
    const { seconds, mostSeconds } = this.#plan;
    const whole = test.amount;
    if (whole === undefined) {
      await pair.run(test, Math.max(seconds, warmSeconds), 0);
      return 0;
    }
    // Cold at first, so that its speed tells how much is enough to be warm, and only the second how much is measured.
    const cold = await pair.run(test, seconds, Math.ceil(whole * calibrationShare));
    const warm = await pair.run(test, seconds, amountIn(warmSeconds, cold, whole));
    return amountIn(mostSeconds, warm, whole);
  }

  async #pairOf(subject: Subject): Promise<Pair> {
    const running = this.#pairs.get(subject);
    if (running !== undefined) return running;
    const pair = await Pair.start(subject, this.#certificates);
    this.#pairs.set(subject, pair);
    return pair;
  }

  async #stop(subject: Subject): Promise<void> {
    const pair = this.#pairs.get(subject);
    this.#pairs.delete(subject);
    await pair?.stop();
  }

  async #stopAll(): Promise<void> {
    for (const subject of this.#pairs.keys()) await this.#stop(subject);
  }
}

/** What a run like `like` does in so many seconds, and at most `whole`. */
function amountIn(seconds: number, like: Figures, whole: number): number {
  return Math.min(whole, Math.ceil(((like["amount"] ?? 0) / (like["seconds"] ?? 1)) * seconds));
}

function emptySeries(system: string): Series {
  return { system, rounds: [], failure: undefined };
}
