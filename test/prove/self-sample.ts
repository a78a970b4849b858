// What a process knows of itself: memory after a collection, descriptors, what keeps its loop alive. Knows nothing of calls.
import { readdirSync } from "node:fs";
import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Of one process, at one moment. */
export interface SelfSample {
  /** After a collection, as all bytes here. */
  readonly heapBytes: number;
  /** Buffers, mostly. */
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Files, sockets, pipes: what the kernel counts. */
  readonly descriptors: number;
  /** Timers that keep the process alive. */
  readonly timers: number;
  /** Sockets, servers and pipes that are open. */
  readonly handles: number;
  /** What sockets hold of bytes that nobody took yet, either way. */
  readonly bufferedBytes: number;
  /** User and system time since the process began. */
  readonly cpuMs: number;
}

/** Collects, then looks. Where the process was started without `--expose-gc`, nothing is collected. */
export async function sampleSelf(): Promise<SelfSample> {
  gc?.();
  // What finalizers let go is collected as well.
  await nextTurn();
  gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const kinds = process.getActiveResourcesInfo();
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    // One of them lists the others.
    descriptors: readdirSync("/proc/self/fd").length - 1,
    timers: kinds.filter((kind) => kind === "Timeout").length,
    handles: kinds.filter((kind) => kind.endsWith("Wrap")).length,
    bufferedBytes: openSockets().reduce(
      (sum, { writableLength, readableLength }) => sum + writableLength + readableLength,
      0,
    ),
    cpuMs: (user + system) / 1000,
  };
}

/** By a door of Node.js that its types do not name; there is no other to what is open. */
function openSockets(): readonly Socket[] {
  const active: unknown = Reflect.get(process, "_getActiveHandles");
  const handles: unknown = typeof active === "function" ? Reflect.apply(active, process, []) : [];
  return Array.isArray(handles) ? handles.filter((handle) => handle instanceof Socket) : [];
}
