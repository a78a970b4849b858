// Another commit of tautline as a system: its packages are built as they were, its generator reads today's contract, and
// today's adapter calls the result. Only tautline differs; the instrument, its processes and the peers are today's.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is taken from today, relative to this package: the adapter, and what it stands on. */
const borrowed = [
  "tsconfig.json",
  "contract/sample.ts",
  "contract/workload.ts",
  "systems/source.ts",
  "systems/system.ts",
  "systems/tautline.ts",
];

export interface OtherBuild {
  readonly commit: string;
  /** Of the compiled adapter. */
  readonly module: URL;
}

/**
 * Builds the commit that `ref` names, once: a build is kept in `.compare` beside `home`, under its commit and the
 * contract's. Takes a minute the first time.
 *
 * @throws Error with the command that failed
 */
export function buildOther(ref: string, home: URL, progress: (line: string) => void): OtherBuild {
  const repository = new URL("../../", home);
  const commit = run("git", ["rev-parse", "--verify", `${ref}^{commit}`], repository);
  const folder = new URL(`.compare/${commit}/`, home);
  if (!existsSync(folder)) {
    const unfinished = new URL(`.compare/${commit}.unfinished/`, home);
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    progress(`${ref}: building ${commit}`);
    run("sh", ["-c", `git archive ${commit} | tar -x -C '${fileURLToPath(unfinished)}'`], repository);
    run("npx", ["-y", "pnpm@12", "install", "--frozen-lockfile", "--prefer-offline"], unfinished);
    run("node_modules/.bin/tsc", ["-b", "packages/rpc", "packages/cli"], unfinished);
    if (existsSync(new URL("bundle.mjs", unfinished))) run(process.execPath, ["bundle.mjs"], unfinished);
    rmSync(new URL("test/bench", unfinished), { recursive: true, force: true });
    renameSync(unfinished, folder);
  }
  // Each time: the adapter and the contract may have changed since.
  for (const file of borrowed) cpSync(new URL(file, home), new URL(`test/bench/${file}`, folder));
  run(process.execPath, ["packages/cli/dist/main.js", "gen", "test/bench/contract/workload.ts"], folder);
  run("node_modules/.bin/tsc", ["-p", "test/bench"], folder);
  return { commit: commit.slice(0, 9), module: new URL("test/bench/dist/systems/tautline.js", folder) };
}

function run(command: string, args: readonly string[], cwd: URL): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}
