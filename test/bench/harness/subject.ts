// A system as the campaign sees it: a name, a version, and how its two processes are started.
import { fileURLToPath } from "node:url";
import type { CommandLine } from "./process.js";

export interface Subject {
  readonly name: string;
  /** Of what is compared, as installed. */
  readonly version: string;
  readonly server: (certificates: string) => CommandLine;
  readonly client: (certificates: string, port: number) => CommandLine;
}

/** Our packages as they are published, and not module by module. */
export const asPublished = "--conditions=bundled";
/** The same for every process of Node: one TLS version and one cipher suite, and a way to settle memory. */
const nodeFlags = ["--expose-gc", "--tls-min-v1.3", "--tls-cipher-list=TLS_AES_128_GCM_SHA256", asPublished];
/** What grpc-js asks for its cipher suites. */
const env = { GRPC_SSL_CIPHER_SUITES: "TLS_AES_128_GCM_SHA256" };

export interface NodeSubjectOptions {
  readonly name: string;
  readonly version: string;
  /** The folder of the compiled instrument that runs it. */
  readonly build: URL;
  /** The adapter. */
  readonly module: URL;
  /** The folder where CPU profiles of both processes are left. Default: none are made. */
  readonly profiles?: string | undefined;
}

/** A system whose adapter is a module. */
export function nodeSubject({ name, version, build, module, profiles }: NodeSubjectOptions): Subject {
  const start = (program: string, words: readonly string[]): CommandLine => ({
    command: process.execPath,
    args: [
      ...nodeFlags,
      ...profileFlags(profiles, name, program),
      fileURLToPath(new URL(`processes/${program}.js`, build)),
      module.href,
      ...words,
    ],
    env,
  });
  return {
    name,
    version,
    server: (certificates) => start("server", [certificates]),
    client: (certificates, port) => start("client", [certificates, String(port)]),
  };
}

function profileFlags(folder: string | undefined, name: string, program: string): string[] {
  if (folder === undefined) return [];
  // Workloads have processes of their own: the time keeps their profiles apart.
  const file = `${name}-${program}-${Date.now()}.cpuprofile`.replaceAll(/[^\w.+@-]/g, "_");
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${file}`];
}
