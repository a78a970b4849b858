// The command line of the campaign: what it can say, and what it means.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { quickSystems, systems } from "../systems/registry.js";
import type { Case } from "../workloads/case.js";
import { cases, isUsual } from "../workloads/cases.js";

const caseNames = cases
  .filter(({ growth }) => growth === undefined)
  .map(({ name }) => name)
  .join(", ");

export const usage = `usage: pnpm bench [options]        calls, streams and connections, over TLS between two processes
       pnpm bench w10 [--help]     growth: connections, streams, sizes, methods, a long life
       pnpm bench weight [--help]  what is installed and loaded before the first call
       pnpm bench micro [--help]   validators, codecs and framing
       pnpm bench chart FILE       draws a result as SVG, beside it
       pnpm bench profile FILE     where the time of a process went

  --systems A,B     of ${systems.map(({ name }) => name).join(", ")}
                    (default all that is installed)
  --workloads A,B   of w1 to w9, w10-connections, w10-streams, w10-busy and w10-bytes, or single cases: ${caseNames}
                    (default w1 to w9; w10 is growth, drawn as lines)
  --seconds N       how long a run takes, where a time bounds it; others take at most 3 times that (default 2)
  --runs N          runs that count, after a warm-up (default 7)
  --json FILE       writes every run there
  --chart FILE      draws the figures as SVG there
  --quick           raw and tautline, w1 to w5, in about a minute: for a look, not for a claim
  --profiles DIR    leaves a CPU profile of each process of Node there
  --vary KEY=A,B    tautline with one setting at each value as further systems: a limit (maxWindow=262144,8388608),
                    ambient=1 or interceptors=1
  --compare REF     another commit of tautline as one more system, tautline@REF`;

export interface Options {
  readonly systems: readonly string[];
  readonly cases: readonly Case[];
  readonly seconds: number;
  readonly mostSeconds: number;
  readonly runs: number;
  readonly json: string | undefined;
  readonly chart: string | undefined;
  readonly compare: string | undefined;
  readonly vary: readonly Setting[];
  /** Absolute. */
  readonly profiles: string | undefined;
}

/** One setting of tautline, at a value other than the default. */
export interface Setting {
  readonly key: string;
  readonly value: number;
}

/** What is wrong with the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError naming the option, and what it can be */
export function readOptions(argv: readonly string[]): Options | "help" {
  const { values } = parse(argv);
  if (values.help) return "help";
  const quick = values.quick;
  const seconds = positive("--seconds", values.seconds ?? (quick ? "0.6" : "2"));
  return {
    systems: pickSystems(values.systems, quick),
    cases: pickCases(values.workloads ?? (quick ? "w1,w2,w3,w4,w5" : undefined)),
    seconds,
    mostSeconds: quick ? seconds : 3 * seconds,
    runs: Math.ceil(positive("--runs", values.runs ?? (quick ? "3" : "7"))),
    json: values.json,
    chart: values.chart,
    compare: values.compare,
    vary: readVary(values.vary),
    profiles: values.profiles === undefined ? undefined : resolve(values.profiles),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        systems: { type: "string" },
        workloads: { type: "string" },
        seconds: { type: "string" },
        runs: { type: "string" },
        json: { type: "string" },
        chart: { type: "string" },
        compare: { type: "string" },
        vary: { type: "string" },
        profiles: { type: "string" },
        quick: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function pickSystems(list: string | undefined, quick: boolean): readonly string[] {
  const all = systems.map(({ name }) => name);
  if (list === undefined)
    return quick ? quickSystems : systems.filter((each) => !each.onlyAsked).map(({ name }) => name);
  const asked = list.split(",");
  for (const name of asked) {
    if (!all.includes(name)) throw new UsageError(`--systems: there is no ${name}; there are ${all.join(", ")}`);
  }
  return asked;
}

/** In the order of the list of cases, so that those of one workload run with the same processes. */
function pickCases(list: string | undefined): readonly Case[] {
  if (list === undefined) return cases.filter(isUsual);
  const asked = list.toLowerCase().split(",");
  for (const name of asked) {
    if (!cases.some((each) => isCalled(each, name))) {
      throw new UsageError(`--workloads: there is no ${name}; there are w1 to w10, ${caseNames}`);
    }
  }
  return cases.filter((each) => asked.some((name) => isCalled(each, name)));
}

/** By its own name, its workload's, or that of a family of workloads: w10. */
function isCalled({ name, workload }: Case, asked: string): boolean {
  return name === asked || workload === asked || workload.startsWith(`${asked}-`);
}

/** Whether tautline knows the key is for tautline to say. */
function readVary(text: string | undefined): readonly Setting[] {
  if (text === undefined) return [];
  const [, key, list] = /^(\w+)=([\d,]+)$/.exec(text) ?? [];
  if (key === undefined || list === undefined)
    throw new UsageError(`--vary ${text}: write a setting and its values, as in maxWindow=262144,8388608`);
  return list.split(",").map((value) => ({ key, value: Number(value) }));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`${option} is ${text}: it must be a number above 0`);
  return value;
}
