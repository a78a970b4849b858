// `pnpm bench …`: installs what is compared with where it is missing or out of date, compiles, and runs. Knows no benchmark.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** pnpm keeps a copy of the lockfile that it installed. */
function isInstalled() {
  const installed = `${here}node_modules/.pnpm/lock.yaml`;
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(`${here}pnpm-lock.yaml`));
}

if (!isInstalled()) run("npx", ["-y", "pnpm@12", "install", "--frozen-lockfile"]);
run(process.execPath, ["../../bundle.mjs"]);
run(process.execPath, ["../../node_modules/typescript/bin/tsc", "-p", "."]);

// The programs' own arguments, and their exit code, as if they had been called directly.
const { status } = spawnSync(process.execPath, ["--expose-gc", `${here}dist/main.js`, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
