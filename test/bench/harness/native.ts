// Native gRPC as a system: built by a script where the machine has what that needs, left out with a word where it has not.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Subject } from "./subject.js";

/** The script's exit code where something is not installed. */
const notInstalled = 3;

/**
 * Builds what is missing or older than its sources.
 *
 * @returns the system, or why it is left out
 * @throws Error where it is installed and does not build
 */
export function nativeSubject(name: string, home: URL, progress: (line: string) => void): Subject | string {
  const sources = fileURLToPath(new URL("systems/native/", home));
  const out = fileURLToPath(new URL("dist/native/", home));
  if (!isCurrent(join(out, "version"), [sources, fileURLToPath(new URL("contract/workload.proto", home))])) {
    progress(`${name}: building`);
    const { status, stdout, stderr } = spawnSync(join(sources, "build.sh"), [out], { encoding: "utf8" });
    if (status === notInstalled) return stdout.trim();
    if (status !== 0) throw new Error(`${name} does not build:\n${stderr}`);
  }
  const env = { OPENSSL_CONF: join(out, "openssl.cnf") };
  return {
    name,
    version: `gRPC C++ ${readFileSync(join(out, "version"), "utf8").trim()}, callback API`,
    server: (certificates) => ({ command: join(out, "server"), args: [certificates], env }),
    client: (certificates, port) => ({ command: join(out, "client"), args: [certificates, String(port)], env }),
  };
}

/** Whether `result` is there and no older than all of `sources`, files or folders of files. */
function isCurrent(result: string, sources: readonly string[]): boolean {
  if (!existsSync(result)) return false;
  const files = sources.flatMap((path) =>
    statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path],
  );
  const made = statSync(result).mtimeMs;
  return files.every((file) => statSync(file).mtimeMs <= made);
}
