// `pnpm bench profile FILE`: where the time of a process went, by function, from what V8's profiler wrote.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { formatTable } from "./table.js";

/** The part of a .cpuprofile that is looked at. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** µs before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface Hot {
  readonly name: string;
  readonly place: string;
  /** Of the time that was not idle, from 0 to 1: in the function itself. */
  readonly share: number;
}

/** Functions by the time in themselves, the dearest first. */
export function hottest({ nodes, samples, timeDeltas }: CpuProfile): Hot[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, { name: string; place: string; us: number }>();
  let busyUs = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === "(idle)") continue;
    const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
    const place = frame.url === "" ? "" : `${basename(frame.url)}:${frame.lineNumber + 1}`;
    const us = timeDeltas[index] ?? 0;
    busyUs += us;
    const known = times.get(`${name} ${place}`);
    if (known === undefined) times.set(`${name} ${place}`, { name, place, us });
    else known.us += us;
  }
  return [...times.values()]
    .toSorted((a, b) => b.us - a.us)
    .map(({ name, place, us }) => ({ name, place, share: us / busyUs }));
}

const shown = 40;

export async function runProfile(argv: readonly string[]): Promise<void> {
  const [file] = argv;
  if (file === undefined) {
    console.error("usage: pnpm bench profile FILE\n  FILE is one of those that --profiles left");
    process.exitCode = 2;
    return;
  }
  const profile = JSON.parse(await readFile(file, "utf8")) as CpuProfile;
  const rows = hottest(profile)
    .slice(0, shown)
    .map(({ name, place, share }) => [name, `${(100 * share).toFixed(1)} %`, place]);
  console.log(formatTable([["", "self", ""], ...rows]));
}
