// `pnpm bench weight`: what a client's program loads before it can call, and what its project installs, beside the peers'. How
// long it takes until the first answer is a case of the campaign: start.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, installedVersion } from "../harness/machine.js";
import type { Figures } from "../harness/pair.js";
import { reportCase, type CaseReport, type Report } from "../harness/report.js";
import { interleave } from "../harness/rounds.js";
import { asPublished } from "../harness/subject.js";
import { gatherSubjects } from "../harness/subjects.js";
import { formatTable } from "../harness/table.js";
import type { Case } from "../workloads/case.js";
import { measureInstalled, packOwn } from "./installed.js";
import { ownPackages, programs, type Program } from "./programs.js";

const usage = `usage: pnpm bench weight [options]
  --runs N      processes that count for each system's imports (default 15)
  --no-install  only imports; installing asks the registry for each system's packages
  --json FILE   writes every run there; draw it with pnpm bench chart FILE`;

const build = new URL("../", import.meta.url);
const home = new URL("../", build);
const probe = fileURLToPath(new URL("import-probe.js", import.meta.url));
/** Node alone, to see what is its own. */
const nothing: Program = { name: "node alone", packages: [], client: [] };

const columns = [
  ["importMs", "import ms", 1],
  ["importCpuMs", "CPU ms", 1],
  ["importHeapMib", "heap MiB", 2],
  ["installedKib", "installed KiB", 0],
  ["files", "files", 0],
  ["packages", "packages", 0],
] as const;

const weightCase = (figure: string, title: string, unit: string): Case => ({
  name: `weight-${figure}`,
  workload: "weight",
  title,
  work: { kind: "start" },
  figure,
  unit,
  better: "less",
});

const drawn = [
  weightCase("importMs", "importing what a client needs", "ms"),
  weightCase("installedKib", "installed for it: node_modules", "KiB"),
];

export async function runWeight(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: "string", default: "15" },
      "no-install": { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(usage);
  const installed = values["no-install"] ? new Map<Program, Figures>() : measureAllInstalled();
  const all = [nothing, ...programs];
  const rounds = new Map(all.map((program) => [program, new Array<Figures>()]));
  for (const { round, system: program } of interleave(all, Number(values.runs))) {
    const figures = importAll(program);
    if (round > 0) rounds.get(program)?.push({ ...figures, ...installed.get(program) });
  }
  const series = Array.from(rounds, ([{ name }, own]) => ({ system: name, rounds: own, failure: undefined }));
  const cases = drawn.map((test) => reportCase({ test, series }, nothing.name));
  const [first] = cases;
  const machine = describeMachine();
  const command = ["pnpm bench weight", ...argv].join(" ");
  console.log(`\n${first === undefined ? "" : render(first)}\n\n${machine.summary}\n${command}`);
  if (values.json === undefined) return;
  const report: Report = { kind: "macro", machine, command, versions: versions(), reference: nothing.name, cases };
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 1)}\n`);
}

function importAll({ client }: Program): Figures {
  const modules = client.map((module) => (module.startsWith("./") ? new URL(module, build).href : module));
  return JSON.parse(
    execFileSync(process.execPath, ["--expose-gc", asPublished, probe, ...modules], { encoding: "utf8" }),
  ) as Figures;
}

function measureAllInstalled(): Map<Program, Figures> {
  const folder = mkdtempSync(join(tmpdir(), "tautline-bench-"));
  try {
    const own = packOwn(folder);
    return new Map(
      programs.map((program) => {
        process.stderr.write(`installing ${program.name}\n`);
        return [program, measureInstalled(program.packages, own)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function render({ systems }: CaseReport): string {
  const shown = columns.filter(([name]) => systems.some(({ figures }) => figures[name] !== undefined));
  const rows = systems.map(({ system, figures }) => [
    system,
    ...shown.map(([name, , decimals]) => {
      const median = figures[name]?.summary.median;
      if (median === undefined) return "";
      return decimals === 0 ? Math.round(median).toLocaleString("en-US") : median.toFixed(decimals);
    }),
  ]);
  return formatTable([["", ...shown.map(([, title]) => title)], ...rows]);
}

function versions(): Report["versions"] {
  const ours = gatherSubjects(
    { systems: ["tautline"], compare: undefined, profiles: undefined, vary: [] },
    () => {},
  ).subjects;
  const names = new Set(programs.flatMap(({ packages }) => packages).filter((name) => !ownPackages.has(name)));
  return {
    ...Object.fromEntries(ours.map(({ name, version }) => [name, version])),
    ...Object.fromEntries(Array.from(names, (name) => [name, installedVersion(name, home.href)])),
  };
}
