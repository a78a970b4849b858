// `pnpm bench w10 --part methods`: what a contract of up to 4,000 methods costs: as text, to load, in memory, and for a call. Each
// run is a process of its own; sizes take turns.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import typescript from "typescript";
import { describeMachine } from "../harness/machine.js";
import type { Figures } from "../harness/pair.js";
import { formatFigure, reportCase, type Report } from "../harness/report.js";
import { interleave } from "../harness/rounds.js";
import { asPublished } from "../harness/subject.js";
import { gatherSubjects } from "../harness/subjects.js";
import { formatTable } from "../harness/table.js";
import type { Case, Growth } from "../workloads/case.js";
import { contractOf } from "./methods-contract.js";

const system = "tautline";
const sizes = [1, 10, 100, 1000, 4000];

const home = new URL("../../", import.meta.url);
const cli = fileURLToPath(new URL("../../packages/cli/dist/main.js", home));
const probe = fileURLToPath(new URL("methods-probe.js", import.meta.url));

/** Name, title, unit; those with a title are drawn. */
const figures = [
  ["generateMs", "", "ms to generate", 0],
  ["sourceKib", "generated code, by methods", "KiB of TypeScript", 0],
  ["codeKib", "", "KiB of JavaScript", 0],
  ["gzipKib", "", "gzipped", 0],
  ["importMs", "importing the generated file", "ms", 1],
  ["heapKib", "memory of the generated file", "KiB of heap", 0],
  ["calledHeapKib", "", "heap KiB, all called", 0],
  ["firstCallMs", "the first call", "ms", 2],
  ["cpuUsOfOne", "", "µs CPU, one method", 1],
  ["cpuUsInTurn", "a call, of all methods in turn", "µs CPU, both ends", 1],
] as const;

export interface MethodsOptions {
  readonly seconds: number;
  readonly runs: number;
  readonly command: string;
  readonly progress: (line: string) => void;
}

interface Sized {
  readonly methods: number;
  readonly module: string;
  /** What does not differ from run to run. */
  readonly fixed: Figures;
}

export async function measureMethods({ seconds, runs, command, progress }: MethodsOptions): Promise<Report> {
  const folder = new URL("dist/methods/", home);
  rmSync(folder, { recursive: true, force: true });
  const sized = sizes.map((methods) => {
    progress(`methods: generating ${methods}`);
    return generate(methods, folder);
  });
  const rounds = new Map(sized.map((each) => [each, new Array<Figures>()]));
  for (const { round, system: each } of interleave(sized, runs)) {
    const measured = runProbe(each, seconds);
    // The first one fills the file system's cache.
    if (round > 0) rounds.get(each)?.push({ ...each.fixed, ...measured });
    progress(`methods ${each.methods} ${round === 0 ? "warm-up" : `${round}/${runs}`}`);
  }
  const lines: Growth["lines"] = figures.flatMap(([figure, title, unit]) =>
    title === "" ? [] : [{ title, figure, unit }],
  );
  const cases = Array.from(rounds, ([{ methods }, own]) => {
    const test: Case = {
      name: `w10-methods-${methods}`,
      workload: "w10-methods",
      title: `a contract of ${methods} methods`,
      work: { kind: "start" },
      growth: { of: "methods", at: methods, lines },
      figure: "importMs",
      unit: "ms",
      better: "less",
    };
    return reportCase({ test, series: [{ system, rounds: own, failure: undefined }] }, system);
  });
  const head = ["methods", ...figures.map(([, , unit]) => unit)];
  const rows = cases.map(({ growth, systems: [ours] }) => [
    String(growth?.at),
    ...figures.map(([name, , , decimals]) => {
      const median = ours?.figures[name]?.summary.median ?? NaN;
      return decimals === 0 ? formatFigure(median) : median.toFixed(decimals);
    }),
  ]);
  const machine = describeMachine();
  console.log(`\n${formatTable([head, ...rows])}\n\n${machine.summary}\n${command}`);
  const [subject] = gatherSubjects(
    { systems: [system], compare: undefined, profiles: undefined, vary: [] },
    progress,
  ).subjects;
  return {
    kind: "macro",
    machine,
    command,
    versions: { [system]: subject?.version ?? "" },
    reference: system,
    cases,
  };
}

/** Writes the contract, generates its code with the command line, and takes the types out. */
function generate(methods: number, parent: URL): Sized {
  const folder = new URL(`${methods}/`, parent);
  mkdirSync(folder, { recursive: true });
  // A package of its own: the snapshot of its contract is written beside it.
  writeFileSync(new URL("package.json", folder), `{ "type": "module" }\n`);
  const contract = fileURLToPath(new URL("contract.ts", folder));
  writeFileSync(contract, contractOf(methods).text);
  const started = performance.now();
  execFileSync(process.execPath, [cli, "gen", contract], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const generateMs = performance.now() - started;
  const source = fileURLToPath(new URL("contract.rpc.ts", folder));
  const { outputText } = typescript.transpileModule(readFileSync(source, "utf8"), {
    compilerOptions: {
      target: typescript.ScriptTarget.ES2022,
      module: typescript.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  const module = fileURLToPath(new URL("contract.rpc.js", folder));
  writeFileSync(module, outputText);
  const fixed = {
    generateMs,
    sourceKib: statSync(source).size / 1024,
    codeKib: outputText.length / 1024,
    gzipKib: gzipSync(outputText).length / 1024,
  };
  return { methods, module, fixed };
}

function runProbe({ module, methods }: Sized, seconds: number): Figures {
  const args = ["--expose-gc", asPublished, probe, module, String(methods), String(seconds)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Figures;
}
