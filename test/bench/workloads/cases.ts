// The cases: each workload of the instrument, at each of its concurrencies, and which of its figures counts.
import type { Case } from "./case.js";
import { growing, lifeCase } from "./growing.js";

const kiB = 1024;
const miB = 1024 * kiB;
export const chunkBytes = 64 * kiB;

const smallCall = (concurrency: number) => ({ kind: "calls", what: "small", concurrency }) as const;
const perSecond = { figure: "perSecond", unit: "/s", better: "more" } as const;
const throughput = { figure: "mibPerSecond", unit: "MiB/s", better: "more" } as const;

const usual: readonly Case[] = [
  {
    name: "w1-c1",
    workload: "w1",
    title: "small call, 1 at a time, p50",
    work: smallCall(1),
    figure: "p50Us",
    unit: "µs",
    better: "less",
  },
  { name: "w1-c64", workload: "w1", title: "small calls, 64 at once", work: smallCall(64), ...perSecond },
  { name: "w1-c512", workload: "w1", title: "small calls, 512 at once", work: smallCall(512), ...perSecond },
  {
    name: "w2",
    workload: "w2",
    title: "order of 1 KB, 64 at once",
    work: { kind: "calls", what: "order", concurrency: 64 },
    ...perSecond,
  },
  {
    name: "w3",
    workload: "w3",
    title: "echo of 1 MiB, 4 at once",
    work: { kind: "calls", what: "bytes", concurrency: 4 },
    ...throughput,
  },
  {
    name: "w4",
    workload: "w4",
    title: "stream of small items",
    work: { kind: "items" },
    amount: 200_000,
    ...perSecond,
  },
  {
    name: "w5",
    workload: "w5",
    title: "stream of 64 KiB chunks",
    work: { kind: "chunks", slow: false },
    amount: 1024 * miB,
    ...throughput,
  },
  {
    name: "w6",
    workload: "w6",
    title: "64 KiB chunks, one read per 10 ms: in flight",
    work: { kind: "chunks", slow: true },
    amount: 1024 * miB,
    figure: "inFlightMib",
    unit: "MiB",
    better: "less",
    fresh: true,
  },
  {
    name: "w7-full",
    workload: "w7",
    title: "connect and first call",
    work: { kind: "connections", resume: false },
    ...perSecond,
  },
  {
    name: "w7-resumed",
    workload: "w7",
    title: "connect and first call, TLS resumed",
    work: { kind: "connections", resume: true },
    ...perSecond,
  },
  {
    name: "w8",
    workload: "w8",
    title: "idle connection, server's memory",
    work: { kind: "idle" },
    amount: 2000,
    figure: "kibEach",
    unit: "KiB",
    better: "less",
    fresh: true,
  },
  {
    name: "w9",
    workload: "w9",
    title: "small call beside chunks, p99",
    work: { kind: "mixed" },
    amount: 1024 * miB,
    figure: "p99Ms",
    unit: "ms",
    better: "less",
  },
  {
    name: "start",
    workload: "start",
    title: "a client's process, until its first answer",
    work: { kind: "start" },
    figure: "firstAnswerMs",
    unit: "ms",
    better: "less",
    fresh: true,
  },
];

export const cases: readonly Case[] = [...usual, ...growing];

/** Whether it runs where no cases are named: what grows and what only starts does not. */
export function isUsual({ workload }: Case): boolean {
  return /^w[1-9]$/.test(workload);
}

/** @throws Error for a name that is none */
export function findCase(name: string): Case {
  const found = [...cases, lifeCase].find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`there is no case ${name}; the cases are ${cases.map((c) => c.name).join(", ")}`);
  return found;
}
