// Where and with what a result was made: what its reader needs to know, and to do it again.
import { readFileSync } from "node:fs";
import os from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  readonly openssl: string;
  /** In UTC. */
  readonly date: string;
  /** All of it in a line. */
  readonly summary: string;
}

export function describeMachine(): Machine {
  const cpu = os.cpus()[0]?.model.replaceAll(/\s+/g, " ").trim() ?? "unknown processor";
  const cores = os.availableParallelism();
  const memoryGiB = Math.round(os.totalmem() / 2 ** 30);
  const system = `${os.type()} ${os.release()}`;
  const node = process.version;
  const openssl = process.versions.openssl;
  const date = new Date().toISOString().slice(0, 10);
  const summary = `${cpu}, ${cores} cores, ${memoryGiB} GiB · ${system} · Node ${node}, OpenSSL ${openssl} · ${date}`;
  return { cpu, cores, memoryGiB, os: system, node, openssl, date, summary };
}

/** The version that is installed, by its package.json: some packages do not export theirs. */
export function installedVersion(name: string, near: string): string {
  const file = new URL(`node_modules/${name}/package.json`, near);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
