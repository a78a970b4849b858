// A default server beyond what it can do: load is offered whatever becomes of it, up to three times what saturates the server,
// once to handlers that compute and once to handlers that wait. What it does in time must not become less.
import { quantile } from "../bench/harness/statistics.js";
import { makeCertificates, type Certificates } from "../support/certificates.js";
import { Child } from "./child.js";
import type { Kind, LoadOptions, LoadReport } from "./overload-load-process.js";
import type { Findings, Proof, Result } from "./proof.js";

const timeoutMs = 500;
const connections = 8;
const stepMs = 6_000;
const warmShare = 0.4;
/** Of what handlers could do if nothing else took time: the load that saturates is among them. */
const shares = [0.6, 0.7, 0.8, 0.9, 1, 1.1];
/** Of the saturating load, in turn, so that what else the machine does meets all of them alike. */
const multiples = [1, 1.5, 2, 3];
const rounds = 3;
const leastShare = 0.9;

/** Calls a second that the handlers could do. */
const ideal: Readonly<Record<Kind, number>> = { computes: 500, waits: 1600 };

/** One run of a load. */
interface Step extends LoadReport {
  /** Calls a second. */
  readonly rate: number;
  /** Of the saturating load; undefined while it is looked for. */
  readonly multiple: number | undefined;
  /** Calls a second that were answered in time. */
  readonly useful: number;
  /** The same for each second of the server's processor, those of the beginning included. */
  readonly usefulPerCpuSecond: number;
}

interface Course {
  readonly kind: Kind;
  readonly steps: readonly Step[];
}

export const proveOverload = {
  about:
    `a default server in a process of its own, calls over ${connections} connections with a deadline of ${timeoutMs} ms, made at a ` +
    `rate whatever becomes of them, and not again; the load that saturates, and ${multiples.slice(1).join(", ")} times that, in turn, ` +
    `${rounds} rounds, of which the median counts, where the handler computes for the same time of the processor`,
  async run(scale) {
    const certificates = await makeCertificates();
    try {
      const courses: Course[] = [];
      for (const kind of ["computes", "waits"] as const) courses.push(await courseOf(kind, certificates, scale));
      return findingsOf(courses);
    } finally {
      await certificates.remove();
    }
  },
} satisfies Proof;

async function courseOf(kind: Kind, certificates: Certificates, scale: number): Promise<Course> {
  const { server: shown, client: tls } = certificates;
  const argv = [shown.ca, shown.cert, shown.key];
  const [server, { port }] = await Child.start<{ port: number }>("overload-server-process", argv);
  const durationMs = Math.max(stepMs * scale, 300);
  const shared = { target: `tautline://localhost:${port}`, tls, kind, timeoutMs, connections };
  const step = async (rate: number, multiple?: number): Promise<Step> => {
    const options: LoadOptions = { ...shared, rate, durationMs, warmMs: durationMs * warmShare };
    const before = await server.ask<number>("cpuSeconds");
    const [load, report] = await Child.start<LoadReport>("overload-load-process", [JSON.stringify(options)]);
    const cpuSeconds = (await server.ask<number>("cpuSeconds")) - before;
    await load.stop();
    const useful = report.answered / report.seconds;
    return { ...report, rate, multiple, useful, usefulPerCpuSecond: report.allAnswered / cpuSeconds };
  };
  const isLook = scale < 0.1;
  const steps: Step[] = [];
  for (const share of isLook ? [1] : shares) steps.push(await step(ideal[kind] * share));
  const peak = steps.reduce((best, each) => (each.useful > best.useful ? each : best));
  for (let round = 0; round < (isLook ? 1 : rounds); round++) {
    for (const multiple of isLook ? [1, 3] : multiples) steps.push(await step(peak.useful * multiple, multiple));
  }
  await server.stop();
  return { kind, steps };
}

function findingsOf(courses: readonly Course[]): Findings {
  const panels = courses.map(({ kind, steps }) => {
    const ordered = steps.toSorted((a, b) => a.rate - b.rate);
    return {
      kind: "series" as const,
      title: `A handler that ${kind}`,
      unit: "calls a second that were answered in time, and that came late",
      of: "calls made a second",
      lines: [
        { label: "in time", ours: true, points: ordered.map(({ rate, useful }) => [rate, useful] as const) },
        {
          label: "late",
          ours: false,
          points: ordered.map(({ rate, late, seconds }) => [rate, late / seconds] as const),
        },
      ],
    };
  });
  return { results: courses.flatMap(resultsOf), panels };
}

function resultsOf({ kind, steps }: Course): readonly Result[] {
  const roundsOf = (multiple: number): readonly Step[] => steps.filter((step) => step.multiple === multiple);
  const peaks = roundsOf(1);
  return multiples.flatMap((multiple) => {
    const own = roundsOf(multiple);
    if (own.length === 0) return [];
    const share = medianOf(own.map(({ useful }, round) => useful / (peaks[round]?.useful ?? NaN)));
    const perCpu = medianOf(
      own.map((step, round) => step.usefulPerCpuSecond / (peaks[round]?.usefulPerCpuSecond ?? NaN)),
    );
    const of = (figure: (step: Step) => number): number => medianOf(own.map(figure));
    const failed = own.flatMap((step) => step.failed);
    const others = failed.length === 0 ? "" : `; failed otherwise: ${failed.length}, the first ${failed[0]}`;
    return {
      goal: `a handler that ${kind}, at ${multiple} × ${Math.round(of(({ rate }) => rate) / multiple)} calls/s: ≥ ${leastShare * 100} % of the peak in time`,
      measured:
        `${Math.round(of(({ useful }) => useful))} calls/s in time, ${percent(share)} of the peak, ${percent(perCpu)} for the same ` +
        `time of the processor; p50 ${of(({ p50Ms }) => p50Ms).toFixed(1)}, p99 ${of(({ p99Ms }) => p99Ms).toFixed(1)} ms; ` +
        `refused ${percent(of(({ refused, offered }) => refused / offered))}, ` +
        `late ${percent(of(({ late, offered }) => late / offered))}${others}`,
      // What else runs on the machine takes the processor from one load more than from another.
      holds: (kind === "computes" ? perCpu : share) >= leastShare && failed.length === 0,
    };
  });
}

const medianOf = (values: readonly number[]): number => quantile(values, 0.5);

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
