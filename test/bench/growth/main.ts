// `pnpm bench w10`: what tautline costs as the work grows, one part after the other, and all of it in one file.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readOptions } from "../harness/options.js";
import type { Report } from "../harness/report.js";
import { measure, progress, withCertificates } from "../harness/run.js";
import { measureLife } from "./life.js";
import { measureMethods } from "./methods.js";

/** Parts that are campaigns: their workloads, and who takes part where nobody is named. */
const campaigns: Readonly<Record<string, { readonly workloads: string; readonly systems: string }>> = {
  connections: { workloads: "w10-connections", systems: "raw,tautline,grpc-js" },
  streams: { workloads: "w10-streams,w10-busy", systems: "tautline-raised,ws,grpc-js" },
  size: { workloads: "w10-bytes", systems: "raw,tautline,tautline-raised" },
};
const parts = [...Object.keys(campaigns), "methods", "life"];

const usage = `usage: pnpm bench w10 --part PART[,PART] [options]
  --part P        ${parts.join(", ")}; or all
                  connections: 1 to 5,000 on one server; streams: 1 to 10,000 on one connection, silent beside calls, and busy;
                  size: 16 bytes to 64 MiB; methods: 1 to 4,000 in one contract; life: as many calls as --calls says
  --systems A,B   for connections, streams and size; tautline-raised takes messages of 64 MiB and 20,000 open calls, where
                  tautline has its defaults
  --seconds N     how long a run takes, where a time bounds it (default 2)
  --runs N        runs that count (default 5)
  --calls N       of life (default 10,000,000)
  --json FILE     writes every run there; draw it with pnpm bench chart FILE`;

interface GrowthOptions {
  readonly part: string;
  readonly systems?: string | undefined;
  readonly seconds: string;
  readonly runs: string;
  readonly calls: number;
}

export async function runGrowth(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      part: { type: "string", default: "" },
      systems: { type: "string" },
      seconds: { type: "string", default: "2" },
      runs: { type: "string", default: "5" },
      calls: { type: "string", default: "10000000" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const asked = values.part === "all" ? parts : values.part.split(",");
  if (values.help || !asked.every((part) => parts.includes(part))) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const options = { ...values, calls: Number(values.calls) };
  const command = ["pnpm bench w10", ...argv].join(" ");
  const reports = await withCertificates(async (certificates) => {
    const done: Report[] = [];
    for (const part of asked) done.push(await runPart(part, options, certificates, command));
    return done;
  });
  const { json } = values;
  if (json !== undefined) await writeFile(json, `${JSON.stringify(together(reports), undefined, 1)}\n`);
}

async function runPart(part: string, options: GrowthOptions, certificates: string, command: string): Promise<Report> {
  const { seconds, runs, calls } = options;
  if (part === "methods") return measureMethods({ seconds: Number(seconds), runs: Number(runs), command, progress });
  if (part === "life") return measureLife({ calls, certificates, command, progress });
  const { workloads, systems } = campaigns[part] ?? { workloads: "", systems: "" };
  const chosen = options.systems ?? systems;
  const read = readOptions(["--workloads", workloads, "--systems", chosen, "--seconds", seconds, "--runs", runs]);
  if (read === "help") throw new Error(usage);
  return measure(read, certificates, command);
}

/** One report of several: they were made on one machine by one command. */
function together(reports: readonly Report[]): Report | undefined {
  const [first] = reports;
  if (first === undefined) return undefined;
  const versions = Object.assign({}, ...reports.map((report) => report.versions)) as Report["versions"];
  return { ...first, versions, cases: reports.flatMap(({ cases }) => cases) };
}
