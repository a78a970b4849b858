// `pnpm prove`: the command line of the proofs.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawChart } from "../bench/chart/draw.js";
import { describeMachine } from "../bench/harness/machine.js";
import { proveAttacks } from "./attacks.js";
import { proveNetworks } from "./networks.js";
import { proveOverload } from "./overload.js";
import { MachineLacks, type Findings, type Proof } from "./proof.js";
import { proveReloads } from "./reloads.js";
import { proveRestarts } from "./restarts.js";
import { proveSoak } from "./soak.js";

const proofs: ReadonlyMap<string, Proof> = new Map<string, Proof>([
  ["attacks", proveAttacks],
  ["networks", proveNetworks],
  ["overload", proveOverload],
  ["reloads", proveReloads],
  ["restarts", proveRestarts],
  ["soak", proveSoak],
]);

const usage = `usage: pnpm prove ${[...proofs.keys()].join("|")} [--scale 1] [--json] [--report]
  --scale    the part of the full run that is done; 0.1 is for a look
  --minutes  the same for what goes on for a time, of which the full run of soak is 60
  --json     tell the results as JSON
  --report   write them to docs/proofs/NAME.md, to be committed`;

/** @returns the exit code: 1 where a goal is missed, 2 for a wrong command line, or a machine that cannot do it */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      scale: { type: "string", default: "1" },
      minutes: { type: "string" },
      json: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [name = "", ...rest] = positionals;
  const proof = proofs.get(name);
  const { minutes } = values;
  const scale = minutes === undefined ? Number(values.scale) : Number(minutes) / (proof?.fullMinutes ?? NaN);
  if (proof === undefined || rest.length > 0 || !(scale > 0)) {
    console.error(usage);
    return 2;
  }
  const startedAt = performance.now();
  const found = await proof.run(scale).catch((error: unknown) => {
    if (error instanceof MachineLacks) return error;
    throw error;
  });
  if (found instanceof MachineLacks) {
    console.error(found.message);
    return 2;
  }
  const findings: Findings = "results" in found ? found : { results: found };
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const command = `pnpm prove ${name}${scaleOption(values)}`;
  const report = reportOf(name, proof, findings, { command, seconds });
  if (values.report) await writeReport(name, report, findings, command);
  console.log(values.json ? JSON.stringify({ name, scale, seconds, results: findings.results }) : report);
  return findings.results.every(({ holds }) => holds) ? 0 : 1;
}

function scaleOption({ scale, minutes }: { readonly scale: string; readonly minutes?: string | undefined }): string {
  if (minutes !== undefined) return ` --minutes ${minutes}`;
  return scale === "1" ? "" : ` --scale ${scale}`;
}

function reportOf(
  name: string,
  { about }: Proof,
  { results, panels }: Findings,
  { command, seconds }: { readonly command: string; readonly seconds: number },
): string {
  const rows = results.map(({ goal, measured, holds }) => `| ${goal} | ${measured} | ${holds ? "holds" : "MISSED"} |`);
  const plot = panels === undefined ? "" : `\n![${name}](${name}.svg)\n`;
  return `# Proof: ${name}

${about}. \`${command}\`, ${seconds} s.

${describeMachine().summary}

| goal | measured | |
|---|---|---|
${rows.join("\n")}
${plot}`;
}

async function writeReport(name: string, report: string, { panels, record }: Findings, command: string): Promise<void> {
  const folder = new URL("../../docs/proofs/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const write = (ending: string, text: string): Promise<void> =>
    writeFile(fileURLToPath(new URL(`${name}.${ending}`, folder)), text);
  await write("md", report);
  if (panels !== undefined) await write("svg", drawChart(panels, [describeMachine().summary, command]));
  if (record !== undefined) await write("json", `${JSON.stringify(record)}\n`);
}
