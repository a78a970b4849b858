// One campaign from the command line to its report: certificates, systems, cases, tables, files.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDevelopmentCertificates } from "tautline";
import { drawReport } from "../chart/panels.js";
import { reference } from "../systems/registry.js";
import { Campaign } from "./campaign.js";
import { describeMachine } from "./machine.js";
import { readOptions, usage, UsageError, type Options } from "./options.js";
import { renderCase, renderComparison, reportCase, type CaseReport, type Report } from "./report.js";
import { gatherSubjects } from "./subjects.js";

export async function runCampaign(argv: readonly string[]): Promise<void> {
  let options: Options | "help";
  try {
    options = readOptions(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (options === "help") return console.log(usage);
  const { json, chart } = options;
  await withCertificates(async (certificates) => {
    const report = await measure(options, certificates, ["pnpm bench", ...argv].join(" "));
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`);
    if (chart !== undefined) await writeFile(chart, drawReport(report));
  });
}

/** A certificate authority and a leaf for each end, in a folder that is gone afterwards. */
export async function withCertificates<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "tautline-bench-"));
  try {
    await makeDevelopmentCertificates({ out: folder, servers: ["server"], clients: ["client"] });
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const progress = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs the cases, and prints each as it is done. */
export async function measure(options: Options, certificates: string, command: string): Promise<Report> {
  const { subjects, missing } = gatherSubjects(options, progress);
  for (const line of missing) console.log(line);
  const campaign = new Campaign({ ...options, subjects }, certificates, progress);
  const done: CaseReport[] = [];
  for await (const result of campaign.results()) {
    const report = reportCase(result, reference);
    done.push(report);
    console.log(`\n${renderCase(report, result.test)}`);
    const { compare } = options;
    if (compare !== undefined) console.log(renderComparison(report, "tautline", `tautline@${compare}`));
  }
  const machine = describeMachine();
  const versions = Object.fromEntries(subjects.map(({ name, version }) => [name, version]));
  console.log(
    `\n${machine.summary}\n${subjects.map(({ name, version }) => `${name} (${version})`).join(", ")}\n${command}`,
  );
  return { kind: "macro", machine, command, versions, reference, cases: done };
}
