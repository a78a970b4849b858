// A server and a client of one system, each in its own process, and one run between them with all that it cost.
import type { Case } from "../workloads/case.js";
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
  /** What both took at the first point of a line: what is more at the next ones has grown. */
  #first: { readonly memory: Memory; readonly at: number } | undefined;

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
      ...(test.work.kind === "busy" ? { cpuUsPerItem: cpuUs / outcome.amount } : {}),
      ...(test.settled === true ? heapFigures(await this.#memory()) : {}),
      ...(await this.#memoryOfEach(test)),
      serverPeakMib: serverAfter.peakRssBytes / miB,
      clientPeakMib: clientAfter.peakRssBytes / miB,
      ...(test.work.kind === "chunks" && test.work.slow
        ? { inFlightMib: inFlight / miB, serverGrowthMib: growth / miB }
        : {}),
      ...(test.work.kind === "idle" ? { kibEach: growth / outcome.amount / 1024 } : {}),
    };
  }

  /** After the garbage of both is collected, which no run has to pay for. */
  async #memory(): Promise<Memory> {
    return { server: await this.#server.usage(true), client: await this.#client.usage(true) };
  }

  /** What each of the connections or open streams takes that were added since the first point. */
  async #memoryOfEach({ growth, work }: Case): Promise<Figures> {
    if (growth === undefined || work.kind !== "calls" || work.what !== "small") return {};
    const memory = await this.#memory();
    const first = (this.#first ??= { memory, at: growth.at });
    return growth.at === first.at ? {} : memoryOfEach(first.memory, memory, growth.at - first.at);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#client.stop()]);
  }
}

interface Memory {
  readonly server: Usage;
  readonly client: Usage;
}

/** What each of `count` has added, in KiB: to the server's process, and to the heaps of both. */
function memoryOfEach(before: Memory, after: Memory, count: number): Figures {
  const heapOfEach = (end: keyof Memory): number =>
    ((after[end].heapBytes ?? NaN) - (before[end].heapBytes ?? NaN)) / 1024 / count;
  const figures = {
    serverKibEach: (after.server.rssBytes - before.server.rssBytes) / 1024 / count,
    serverHeapKibEach: heapOfEach("server"),
    clientHeapKibEach: heapOfEach("client"),
  };
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => !Number.isNaN(value)));
}

function heapFigures({ server, client }: Memory): Figures {
  return {
    serverHeapMib: (server.heapBytes ?? 0) / miB,
    clientHeapMib: (client.heapBytes ?? 0) / miB,
    serverRssMib: server.rssBytes / miB,
    clientRssMib: client.rssBytes / miB,
  };
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
