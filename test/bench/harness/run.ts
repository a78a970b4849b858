// One campaign from the command line to its report: certificates, systems, cases, tables, file.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDevelopmentCertificates } from "tautline";
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

  const folder = await mkdtemp(join(tmpdir(), "tautline-bench-"));
  try {
    await makeDevelopmentCertificates({ out: folder, servers: ["server"], clients: ["client"] });
    await run(options, folder, ["pnpm bench", ...argv].join(" "));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(options: Options, certificates: string, command: string): Promise<void> {
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
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
  if (options.json === undefined) return;
  const report: Report = { kind: "macro", machine, command, versions, reference, cases: done };
  await writeFile(options.json, `${JSON.stringify(report, undefined, 1)}\n`);
}
