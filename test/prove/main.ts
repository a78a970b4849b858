// `pnpm prove`: the command line of the proofs.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../bench/harness/machine.js";
import { proveAttacks } from "./attacks.js";
import type { Proof, Result } from "./proof.js";
import { proveReloads } from "./reloads.js";

const proofs: ReadonlyMap<string, Proof> = new Map([
  ["attacks", proveAttacks],
  ["reloads", proveReloads],
]);

const usage = `usage: pnpm prove ${[...proofs.keys()].join("|")} [--scale 1] [--json] [--report]
  --scale   the part of the full run that is done; 0.1 is for a look
  --json    tell the results as JSON
  --report  write them to docs/proofs/NAME.md, to be committed`;

/** @returns the exit code: 1 where a goal is missed, 2 for a wrong command line */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      scale: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      report: { type: "boolean", default: false },
    },
  });
  const [name = "", ...rest] = positionals;
  const proof = proofs.get(name);
  const scale = Number(values.scale);
  if (proof === undefined || rest.length > 0 || !(scale > 0)) {
    console.error(usage);
    return 2;
  }
  const startedAt = performance.now();
  const results = await proof.run(scale);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const report = reportOf(name, proof, results, { scale, seconds });
  if (values.report) await writeReport(name, report);
  console.log(values.json ? JSON.stringify({ name, scale, seconds, results }) : report);
  return results.every(({ holds }) => holds) ? 0 : 1;
}

function reportOf(
  name: string,
  { about }: Proof,
  results: readonly Result[],
  { scale, seconds }: { readonly scale: number; readonly seconds: number },
): string {
  const rows = results.map(({ goal, measured, holds }) => `| ${goal} | ${measured} | ${holds ? "holds" : "MISSED"} |`);
  const command = `pnpm prove ${name}${scale === 1 ? "" : ` --scale ${scale}`}`;
  return `# Proof: ${name}

${about}. \`${command}\`, ${seconds} s.

${describeMachine().summary}

| goal | measured | |
|---|---|---|
${rows.join("\n")}
`;
}

async function writeReport(name: string, report: string): Promise<void> {
  const folder = new URL("../../docs/proofs/", import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(fileURLToPath(new URL(`${name}.md`, folder)), report);
}
