// The workspace seen from outside: where it is, what it publishes, and how to run its tools. Knows nothing of their code.
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, with a trailing slash. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is published, in the order of the layers, with the folder of each from the root. */
export const packages = [
  { name: "@tautline/core", folder: "packages/core" },
  { name: "@tautline/rpc", folder: "packages/rpc" },
  { name: "@tautline/codegen", folder: "codegen" },
  { name: "tautline", folder: "packages/cli" },
] as const;

export interface Finished {
  /** Null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and tells how it ended; never rejects for an exit code. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 1 << 26, ...options }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === "string") reject(error);
      else resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** Runs a tool that the root depends on, by its name in `node_modules/.bin`. */
export function tool(name: string, args: readonly string[], cwd: string = root): Promise<Finished> {
  return run(`${root}node_modules/.bin/${name}`, args, { cwd });
}

/** Runs pnpm: the one that runs this test, or, where none does, the one that npx has or gets. */
export function pnpm(args: readonly string[], cwd: string): Promise<Finished> {
  const running = process.env["npm_execpath"] ?? "";
  // pnpm 12 is a native binary; its forerunners are scripts.
  if (/^pnpm\.[cm]?js$/.test(basename(running))) return run(process.execPath, [running, ...args], { cwd });
  if (/^pnpm(\.exe)?$/.test(basename(running))) return run(running, args, { cwd });
  return run("npx", ["--yes", "--prefer-offline", "pnpm@12", ...args], { cwd });
}
