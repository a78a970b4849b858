// W10: what a call costs as connections, open streams and messages grow. Each point is a case of its own; a pair of processes
// lives for all points of one line, so that what has grown is still there for the next.
import type { Case, Growth } from "./case.js";

const kiB = 1024;
const miB = 1024 * kiB;
/** With fewer, what each of them takes is less than what memory varies by. */
const countable = 100;

const cpuOfCall = { figure: "cpuUsPerCall", unit: "µs CPU", better: "less" } as const;

function connectionCase(connections: number): Case {
  const lines: Growth["lines"] = [
    { title: "a small call, by connections", figure: "cpuUsPerCall", unit: "µs CPU, both ends" },
    ...(connections < countable
      ? []
      : [{ title: "a connection, by connections", figure: "serverKibEach", unit: "KiB, server's memory" }]),
  ];
  return {
    name: `w10-connections-${connections}`,
    workload: "w10-connections",
    title: `small calls, 64 at once, connections: ${connections}`,
    work: { kind: "calls", what: "small", concurrency: 64, connections },
    growth: { of: "connections", at: connections, lines },
    ...cpuOfCall,
  };
}

function streamCase(streams: number): Case {
  const lines: Growth["lines"] = [
    { title: "a small call, by open streams beside it", figure: "cpuUsPerCall", unit: "µs CPU, both ends" },
    ...(streams < countable
      ? []
      : [
          { title: "an open stream at the server", figure: "serverHeapKibEach", unit: "KiB of heap" },
          { title: "an open stream at the client", figure: "clientHeapKibEach", unit: "KiB of heap" },
        ]),
  ];
  return {
    name: `w10-streams-${streams}`,
    workload: "w10-streams",
    title: `small calls, 64 at once, open streams beside them: ${streams}`,
    work: { kind: "calls", what: "small", concurrency: 64, streams },
    growth: { of: "open streams", at: streams, lines },
    ...cpuOfCall,
  };
}

function busyCase(streams: number): Case {
  return {
    name: `w10-busy-${streams}`,
    workload: "w10-busy",
    title: `small objects of ${streams} streams at once`,
    work: { kind: "busy", streams, items: 20 },
    growth: {
      of: "busy streams",
      at: streams,
      lines: [
        { title: "an item, by busy streams", figure: "cpuUsPerItem", unit: "µs CPU, both ends" },
        { title: "the slowest stream when the fastest is done", figure: "slowestShare", unit: "its share (1 is fair)" },
      ],
    },
    // In one run; the more of them, the fewer of each.
    amount: 200_000,
    figure: "cpuUsPerItem",
    unit: "µs CPU",
    better: "less",
  };
}

function bytesCase(size: number): Case {
  return {
    name: `w10-bytes-${size}`,
    workload: "w10-bytes",
    title: `echo of ${size} bytes, 4 at once`,
    work: { kind: "calls", what: "bytes", concurrency: 4, size },
    growth: {
      of: "bytes",
      at: size,
      lines: [
        { title: "an echo, by its bytes", figure: "cpuUsPerCall", unit: "µs CPU, both ends" },
        { title: "bytes echoed, by the bytes of one", figure: "mibPerSecond", unit: "MiB/s, both ways together" },
      ],
    },
    ...cpuOfCall,
  };
}

/** What one tenth of a long life does. Not run by campaigns: `bench w10 --part life` runs ten of it. */
export const lifeCase: Case = {
  name: "w10-life",
  workload: "w10-life",
  title: "a long life",
  work: { kind: "life" },
  figure: "cpuUsPerCall",
  unit: "µs CPU",
  better: "less",
  settled: true,
};

export const growing: readonly Case[] = [
  ...[1, 10, 100, 1000, 5000].map(connectionCase),
  ...[1, 10, 100, 1000, 10_000].map(streamCase),
  ...[1, 10, 100, 1000, 10_000].map(busyCase),
  ...[16, 256, 4 * kiB, 64 * kiB, miB, 4 * miB - kiB, 16 * miB, 64 * miB].map(bytesCase),
];
