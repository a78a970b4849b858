// One server and its clients for an hour, with all that calls and connections do, certificates included. Every few seconds they
// rest, and are looked at: what they hold then, they hold for good.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { certificatesIn, type TlsFiles } from "../support/certificates.js";
import { Child } from "./child.js";
import type { Findings, Proof, Result } from "./proof.js";
import type { SelfSample } from "./self-sample.js";
import { slopeOf } from "./slope.js";
import type { ClientOptions, Doings } from "./soak-client-process.js";
import type { SoakFiles } from "./soak-server-process.js";

const mebibyte = 2 ** 20;
/** Compiles nothing: code, which grows for hours, is none of what is held there. */
const interpreting = ["--no-opt", "--no-sparkplug", "--no-lazy-feedback-allocation", "--no-flush-bytecode"];
/** The flags of each client. */
const clientFlags: ReadonlyMap<string, readonly string[]> = new Map([
  ["client 1", []],
  ["client 2", []],
  ["interpreted client", interpreting],
]);
/** Of the C library: large blocks go back to the system as they are freed. By default it comes to keep them. */
const environment = { MALLOC_MMAP_THRESHOLD_: "131072" };
/** Of a client: how many errands at a time, and between them. */
const lanes = 6;
const pauseMs = 42;
/** A look collects, and that throws code away which names what is gone: each one has some of it compiled anew. */
const sampleMs = 60_000;
/** A short run is looked at so often, too. */
const leastSamples = 8;
const reloadsBetween = 9;
/** Of every so many samples, one is followed by new certificates for the clients. */
const clientReloadEvery = 2;
/** What is not judged: code is compiled and pools are filled meanwhile. */
const warmShare = 0.25;
const mostSlope = 1;

/** A process at one rest. */
interface Sample extends SelfSample {
  /** Minutes since the beginning. */
  readonly at: number;
}

interface Open {
  readonly connections: number;
  readonly calls: number;
}

interface Course {
  /** By process, the server first. */
  readonly samples: ReadonlyMap<string, Sample[]>;
  readonly open: readonly Open[];
  readonly doings: readonly Doings[];
  readonly reloads: number;
  /** Of the server, once it is closed. */
  readonly afterwards: SelfSample;
  readonly minutes: number;
}

export const proveSoak = {
  about:
    `one server, ${clientFlags.size} clients, calls of every shape and end, connections made and dropped, certificates reloaded; every ` +
    `${sampleMs / 1000} s all rest, collect and are looked at. The first quarter is not judged, and one client compiles nothing`,
  fullMinutes: 60,
  async run(scale) {
    const folder = await mkdtemp(join(tmpdir(), "tautline-prove-"));
    try {
      return findingsOf(await soak(folder, 60 * 60_000 * scale));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
} satisfies Proof;

async function soak(folder: string, durationMs: number): Promise<Course> {
  const { files, client } = await filesIn(folder);
  const served = [JSON.stringify(files)];
  const [server, { port }] = await Child.start<{ port: number }>("soak-server-process", served, { environment });
  const clients: Child[] = [];
  const names = new Map([["server", server]]);
  for (const [name, flags] of clientFlags) {
    const seed = clients.length + 1;
    const options: ClientOptions = { target: `tautline://localhost:${port}`, tls: client, seed, lanes, pauseMs };
    const [child] = await Child.start("soak-client-process", [JSON.stringify(options)], { flags, environment });
    clients.push(child);
    names.set(name, child);
  }
  const samples = new Map(Array.from(names.keys(), (name) => [name, [] as Sample[]]));
  const open: Open[] = [];
  const pause = Math.min(sampleMs, durationMs / leastSamples) / (reloadsBetween + 1);
  let reloads = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < durationMs) {
    for (let part = 0; part < reloadsBetween; part++) {
      await after(pause);
      reloads = await server.ask<number>("reload");
    }
    await after(pause);
    for (const child of clients) await child.ask("rest");
    // The server hears of cancelled calls and lost connections a little later.
    await after(300);
    const at = (performance.now() - startedAt) / 60_000;
    for (const [name, child] of names) samples.get(name)?.push({ at, ...(await child.ask<SelfSample>("sample")) });
    open.push(await server.ask<Open>("open"));
    if (open.length % clientReloadEvery === 0) for (const child of clients) await child.ask("reload");
    for (const child of clients) await child.ask("go");
    if (open.length % 5 === 0) console.error(`soak: ${at.toFixed(0)} min`);
  }
  const doings = await Promise.all(clients.map((child) => child.ask<Doings>("doings")));
  for (const child of clients) await child.ask("finish");
  await server.ask("finish");
  const afterwards = await server.ask<SelfSample>("sample");
  await Promise.all([server, ...clients].map((child) => child.stop()));
  return { samples, open, doings, reloads, afterwards, minutes: durationMs / 60_000 };
}

function findingsOf(course: Course): Findings {
  const { samples, open, doings, reloads, afterwards, minutes } = course;
  const judged = new Map(
    Array.from(samples, ([name, all]) => [name, all.filter(({ at }) => at >= minutes * warmShare)] as const),
  );
  const results = [...judged].flatMap(([name, own]) => [
    slopeResult(
      `${name}: live memory after collection`,
      own,
      ({ heapBytes, externalBytes }) => heapBytes + externalBytes,
    ),
    slopeResult(`${name}: resident memory`, own, ({ rssBytes }) => rssBytes),
  ]);
  for (const [title, figure] of counted) results.push(constantResult(title, judged, figure));
  results.push(openResult(open), endsResult(doings, reloads), cpuResult(judged), afterwardsResult(afterwards));
  const panels = memoryPanels.map(([title, unit, figure]) => ({
    kind: "series" as const,
    title,
    unit,
    of: "minutes",
    lines: Array.from(samples, ([label, all]) => ({
      label,
      ours: label === "server",
      points: all.map((sample) => [sample.at, figure(sample)] as const),
    })),
  }));
  const columns = Object.keys(afterwards) as (keyof SelfSample)[];
  const record = {
    columns: ["minutes", ...columns],
    processes: Object.fromEntries(
      Array.from(samples, ([name, all]) => [
        name,
        all.map((sample) => [round(sample.at), ...columns.map((column) => round(sample[column]))]),
      ]),
    ),
    open,
    doings,
    reloads,
  };
  return { results, panels, record };
}

const counted = [
  ["descriptors", ({ descriptors }: SelfSample) => descriptors],
  ["sockets, servers and pipes", ({ handles }: SelfSample) => handles],
  ["timers", ({ timers }: SelfSample) => timers],
  ["bytes in buffers of sockets", ({ bufferedBytes }: SelfSample) => bufferedBytes],
] as const;

const memoryPanels = [
  ["The heap", "MiB after collection", ({ heapBytes }: SelfSample) => heapBytes / mebibyte],
  ["External memory", "MiB after collection", ({ externalBytes }: SelfSample) => externalBytes / mebibyte],
  ["Resident memory", "MiB", ({ rssBytes }: SelfSample) => rssBytes / mebibyte],
  ["Descriptors at rest", "open", ({ descriptors }: SelfSample) => descriptors],
] as const;

function slopeResult(what: string, samples: readonly Sample[], bytesOf: (sample: Sample) => number): Result {
  const goal = `${what} grows by at most ${mostSlope} MiB an hour`;
  const points = samples.map((sample) => [sample.at / 60, bytesOf(sample) / mebibyte] as const);
  if (points.length < 3) return { goal, measured: "too short a run", holds: false };
  const { slope, error } = slopeOf(points);
  const values = points.map(([, value]) => value);
  const range = `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} MiB`;
  return { goal, measured: `${signed(slope)} ± ${error.toFixed(2)} MiB/h, ${range}`, holds: slope <= mostSlope };
}

function constantResult(
  what: string,
  judged: ReadonlyMap<string, readonly Sample[]>,
  figure: (sample: SelfSample) => number,
): Result {
  let holds = true;
  const measured = Array.from(judged, ([name, samples]) => {
    const values = samples.map(figure);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    // What is set and cleared in between may be seen; what grows may not.
    const half = Math.floor(values.length / 2);
    if (Math.min(...values.slice(half)) > Math.min(...values.slice(0, half))) holds = false;
    return `${name} ${least === most ? least : `${least} to ${most}`}`;
  });
  return { goal: `${what} at rest stay as many`, measured: measured.join(", "), holds };
}

function openResult(open: readonly Open[]): Result {
  const [connections, calls] = [open.map((one) => one.connections), open.map((one) => one.calls)];
  const lasting = clientFlags.size * 2;
  return {
    goal: `at rest nothing is open but what lasts: ${lasting} connections, ${lasting} calls`,
    measured: `connections ${Math.min(...connections)} to ${Math.max(...connections)}, calls ${Math.min(...calls)} to ${Math.max(...calls)}`,
    holds: Math.max(...connections) === lasting && Math.max(...calls) === lasting,
  };
}

function endsResult(doings: readonly Doings[], reloads: number): Result {
  const done = doings.flatMap((one) => Object.values(one.done)).reduce((sum, count) => sum + count, 0);
  const failed = doings.reduce((sum, one) => sum + one.failed, 0);
  const shed = doings.reduce((sum, one) => sum + one.shed, 0);
  const first = doings.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure;
  return {
    goal: "every call ends as it must",
    measured: `${done} errands (${shed} with a short deadline shed) and ${reloads} reloads of the server; otherwise ended: ${failed === 0 ? "none" : `${failed}, the first: ${first}`}`,
    holds: failed === 0 && done > 0,
  };
}

/** No promise: what the figures were made under. */
function cpuResult(judged: ReadonlyMap<string, readonly Sample[]>): Result {
  const shares = Array.from(judged, ([name, samples]) => {
    const [first, last] = [samples[0], samples.at(-1)];
    const share = first && last && last !== first ? (last.cpuMs - first.cpuMs) / ((last.at - first.at) * 60_000) : 0;
    return `${name} ${(share * 100).toFixed(0)} %`;
  });
  return { goal: "all of it takes a part of a core", measured: shares.join(", "), holds: true };
}

function afterwardsResult({ handles, bufferedBytes, descriptors }: SelfSample): Result {
  return {
    goal: "a closed server holds nothing",
    // Its channel to who asks, and standard streams.
    measured: `${handles} handles, ${descriptors} descriptors, ${bufferedBytes} bytes buffered`,
    holds: bufferedBytes === 0,
  };
}

async function filesIn(folder: string): Promise<{ readonly files: SoakFiles; readonly client: TlsFiles }> {
  const [even, odd, client] = await certificatesIn(join(folder, "ours"), ["even", "odd"], ["client"]);
  const [stranger] = await certificatesIn(join(folder, "theirs"), [], ["stranger"]);
  if (even === undefined || odd === undefined || client === undefined || stranger === undefined)
    throw new Error("four certificates were asked for");
  const both = join(folder, "both.pem");
  await writeFile(both, (await readFile(even.ca, "utf8")) + (await readFile(stranger.ca, "utf8")));
  return { files: { shown: [even, odd], trusted: [even.ca, both] }, client };
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
