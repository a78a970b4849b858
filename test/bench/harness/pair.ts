// A server and a client of one system, each in its own process, and one run between them with all that it cost.
import type { Case } from "../workloads/cases.js";
import { MeasuredProcess } from "./process.js";
import type { Listening, Outcome, Usage } from "./protocol.js";
import type { Subject } from "./subject.js";
import { checkTls } from "./tls-check.js";

/** What one run gave, by the name of the figure. */
export type Figures = Readonly<Record<string, number>>;

const miB = 2 ** 20;

export class Pair {
  readonly #server: MeasuredProcess<Listening>;
  readonly #client: MeasuredProcess<unknown>;
  /** When the client's process was asked for, and how long after that it had its first answer. */
  readonly #startedAt: number;
  #firstAnswerMs: number | undefined;

  /** @throws Error where one of them does not start */
  static async start(subject: Subject, certificates: string): Promise<Pair> {
    const server = await MeasuredProcess.start<Listening>(subject.server(certificates));
    try {
      await checkTls(server.hello.port, certificates);
      const startedAt = performance.now();
      const client = await MeasuredProcess.start(subject.client(certificates, server.hello.port));
      return new Pair(server, client, startedAt);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(server: MeasuredProcess<Listening>, client: MeasuredProcess<unknown>, startedAt: number) {
    this.#server = server;
    this.#client = client;
    this.#startedAt = startedAt;
  }

  /** Whether the system has a natural way to do this. @throws Error where what comes back is not what was sent */
  async supports({ name }: Case): Promise<boolean> {
    const { supported } = await this.#client.ask<{ supported: boolean }>(["check", name]);
    this.#firstAnswerMs ??= performance.now() - this.#startedAt;
    return supported;
  }

  /**
   * @param amount how much is done where the case is bounded by that, else ignored
   * @throws Error where the run failed, or took longer than two minutes more than it was given
   */
  async run(test: Case, seconds: number, amount: number): Promise<Figures> {
    const settled = test.fresh === true;
    const serverBefore = await this.#server.usage(settled);
    const clientBefore = await this.#client.usage();
    const outcome = await this.#client.ask<Outcome>(["run", test.name, seconds, amount], (seconds + 120) * 1000);
    const serverAfter = await this.#server.usage(settled);
    const clientAfter = await this.#client.usage();
    if (test.work.kind === "start") return startFigures(this.#firstAnswerMs, clientAfter);
    const inFlight = serverAfter.producedBytes - serverBefore.producedBytes - outcome.amount;
    const growth = serverAfter.rssBytes - serverBefore.rssBytes;
    const cpuUs = serverAfter.cpuUs - serverBefore.cpuUs + clientAfter.cpuUs - clientBefore.cpuUs;
    const gcUs = serverAfter.gcUs - serverBefore.gcUs + clientAfter.gcUs - clientBefore.gcUs;
    const { calls } = outcome.figures;
    // CPU for 100,000 of them, or for a GiB: a table's figures are then of one size.
    const share = countsBytes(test) ? 2 ** 30 / outcome.amount : 1e5 / outcome.amount;
    return {
      ...outcome.figures,
      seconds: outcome.seconds,
      amount: outcome.amount,
      serverCpuSeconds: ((serverAfter.cpuUs - serverBefore.cpuUs) / 1e6) * share,
      clientCpuSeconds: ((clientAfter.cpuUs - clientBefore.cpuUs) / 1e6) * share,
      gcPercent: (100 * gcUs) / cpuUs,
      ...(calls === undefined ? {} : { cpuUsPerCall: cpuUs / calls }),
      serverPeakMib: serverAfter.peakRssBytes / miB,
      clientPeakMib: clientAfter.peakRssBytes / miB,
      ...(test.work.kind === "chunks" && test.work.slow
        ? { inFlightMib: inFlight / miB, serverGrowthMib: growth / miB }
        : {}),
      ...(test.work.kind === "idle" ? { kibEach: growth / outcome.amount / 1024 } : {}),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#client.stop()]);
  }
}

/** Of a process that has done nothing else, so that all that it used is its start. */
function startFigures(firstAnswerMs: number | undefined, { cpuUs, rssBytes }: Usage): Figures {
  const figures = { startCpuMs: cpuUs / 1000, startRssMib: rssBytes / miB };
  return firstAnswerMs === undefined ? figures : { ...figures, firstAnswerMs };
}

/** Whether the amount of a case is in bytes, so that its CPU is told per GiB. */
export function countsBytes({ work }: Case): boolean {
  return work.kind === "chunks" || work.kind === "mixed" || (work.kind === "calls" && work.what === "bytes");
}
