// The `tautline` command: what it takes, and which function does it. Loads a command's code only when it runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import picocolors from "picocolors";
import { CommandError } from "./command-error.js";
import { shown } from "./shown-path.js";
import type { WatchEvent } from "./watch.js";

/** Where a command writes; the streams of a process fit. */
export interface CommandStreams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
}

/**
 * Runs one command line, without the name of the program.
 *
 * @returns the exit code: 0 done, 1 the command could not do it or found what it checks for, 2 the command line is wrong
 */
export async function runCommandLine(args: readonly string[], streams: CommandStreams): Promise<number> {
  let exitCode = 0;
  const program = describeProgram(streams, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has told why
    if (!(error instanceof CommandError) && !isSystemError(error)) throw error;
    streams.stderr.write(`error: ${error.message}\n`);
    return 1;
  }
}

function describeProgram({ stdout, stderr }: CommandStreams, finish: (exitCode: number) => void): Command {
  const program = new Command("tautline")
    .description("Typed calls over TLS: clients from TypeScript interfaces, certificates for development.")
    .version(readVersion(), "-V, --version")
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError("Run the command with --help to see what it takes.")
    .exitOverride();

  program
    .command("init")
    .description("set up a new project: a contract, a server and a client that build and run")
    .argument("[folder]", "where it goes", ".")
    .addHelpText(
      "after",
      `
It overwrites nothing, and installs nothing. What comes next:
  npm install && npm run certs && npm run build
  npm start           and, in another terminal, npm run call

Example:
  tautline init my-service`,
    )
    .action(async (folder: string) => {
      const { initProject } = await import("./init.js");
      const made = await initProject(folder, readVersion());
      stdout.write(made.files.map((path) => `made ${shown(join(made.folder, path))}\n`).join(""));
      const enter = folder === "." ? "" : `cd ${folder} && `;
      stdout.write(`\nNext: ${enter}npm install && npm run certs && npm run build && npm start\n`);
    });

  program
    .command("gen")
    .description("write the client, the service and the validators of each contract beside it")
    .argument(
      "[file...]",
      "TypeScript files whose exported interfaces are contracts (default: those of the configuration)",
    )
    .option("--check", "write nothing; show what is out of date, and exit with 1 if anything is")
    .addOption(
      new Option("--watch", "stay, and generate again after each change, until interrupted").conflicts([
        "check",
        "json",
      ]),
    )
    .option("--force", "generate even what has not changed since the last run")
    .option("--tsconfig <file>", "resolves imports (default: the nearest tsconfig.json above each file)")
    .option("--json", "tell the outcome as JSON")
    .addOption(
      new Option("--schema <format>", "describe the services instead")
        .choices(["json-schema", "markdown"])
        .conflicts(["watch", "check", "json"]),
    )
    .option("--out <file>", "where the description goes (default: standard output)")
    .addHelpText(
      "after",
      `
Without files, it takes those of tautline.config.json, or of the key "tautline" in package.json, of this folder or the
nearest one above:
  { "files": ["src/**/*.ts", "!src/**/*.test.ts"], "tsconfig": "tsconfig.json" }

Examples:
  tautline gen src/orders.ts      writes src/orders.rpc.ts, which is committed
  tautline gen --watch            while you work
  tautline gen --check            in CI: what is committed is what the contracts say
  tautline gen --schema markdown --out services.md`,
    )
    .action(async (files: string[], options: GenFlags, command: Command) => {
      const { planGen } = await import("./gen-plan.js");
      const plan = async () =>
        (await planGen(files, options)) ??
        command.error(
          'error: no files: name them (tautline gen src/orders.ts), or list them under "files" in tautline.config.json',
        );
      if (options.watch === true) {
        const { watchContracts } = await import("./watch.js");
        const { watchLines } = await import("./watch-report.js");
        const tell = (event: WatchEvent) => void stdout.write(watchLines(event));
        await untilInterrupted((signal) => watchContracts({ plan, tell, signal }));
        return;
      }
      const { files: contracts, mayLackContract, tsconfig, lock } = await plan();
      if (options.schema !== undefined) {
        const { describeServices } = await import("./describe.js");
        const { genProblems } = await import("./gen-report.js");
        const described = await describeServices(contracts, options.schema, {
          tsconfig,
          mayLackContract,
          out: options.out,
        });
        stdout.write(described.text);
        stderr.write(genProblems(described));
        if (described.diagnostics.length > 0) finish(1);
        return;
      }
      const { generateClients } = await import("./gen.js");
      const { genJson, genLines, genProblems } = await import("./gen-report.js");
      const write = options.check !== true;
      const generated = await generateClients(contracts, {
        mayLackContract,
        tsconfig,
        lock,
        write,
        force: options.force,
      });
      stdout.write(options.json === true ? genJson(generated) : await genLines(generated));
      if (options.json !== true) stderr.write(genProblems(generated));
      const stale = options.check === true && generated.files.some(({ outcome }) => outcome === "stale");
      if (generated.diagnostics.length > 0 || stale) finish(1);
    });

  program
    .command("breaking")
    .description("compare the contracts with their committed snapshot, and tell what the change breaks")
    .argument("[file...]", "contracts (default: those of the configuration, else those of the snapshot)")
    .option("--against <snapshot>", "git:REF for the snapshot of a commit, or the path of one", "git:HEAD")
    .addOption(new Option("--level <level>", "what to look for").choices(["wire", "source"]).default("source"))
    .option("--tsconfig <file>", "resolves imports (default: the nearest tsconfig.json above each file)")
    .option("--json", "tell the findings as JSON")
    .addHelpText(
      "after",
      `
The snapshot is tautline.lock.json, beside the nearest package.json; gen writes it. Level "wire" is what breaks deployed
clients; "source" is that, and what breaks code that is compiled against the new client.
Exits with 0 where nothing breaks, with 1 where something does, with 2 where it could not compare.

Examples:
  tautline breaking                               before a commit
  tautline breaking --against git:origin/main     in CI, of a branch`,
    )
    .action(async (files: string[], options: BreakingFlags) => {
      const { findBreakingChanges } = await import("./breaking.js");
      const { breakingJson, breakingLines } = await import("./breaking-report.js");
      const { genProblems } = await import("./gen-report.js");
      try {
        const changes = await findBreakingChanges(files, options);
        const colors = picocolors.createColors(picocolors.isColorSupported && stdout.isTTY === true);
        if (options.json === true) stdout.write(breakingJson(changes));
        else if (changes.diagnostics.length === 0) stdout.write(breakingLines(changes, colors));
        else stderr.write(genProblems(changes));
        finish(changes.diagnostics.length > 0 ? 2 : changes.findings.length > 0 ? 1 : 0);
      } catch (error) {
        if (!(error instanceof CommandError) && !isSystemError(error)) throw error;
        stderr.write(`error: ${error.message}\n`);
        finish(2);
      }
    });

  program
    .command("certs")
    .description("make a local authority and leaf certificates for development")
    .option("--out <folder>", "where the files go", ".certs")
    .option("--server <name...>", 'names of servers, each for localhost too (default: "server", if no name is given)')
    .option("--client <name...>", 'names of clients (default: "client", if no name is given)')
    .option("--days <days>", "how long leaves live", wholeNumber, 30)
    .option("--spiffe-domain <domain>", "the domain in spiffe://<domain>/<name>", "development")
    .option("--force", "renew every named leaf, and overwrite files that were not made here")
    .option("--json", "tell the outcome as JSON")
    .addHelpText(
      "after",
      `
Run again, it keeps what is still good, and renews what has less than a third of its life left.

Examples:
  tautline certs                                        one server, one client
  tautline certs --server orders --client web billing   by name; names can be added later`,
    )
    .action(async (options: CertsFlags) => {
      const { makeDevelopmentCertificates } = await import("./certs.js");
      const { certsJson, certsTable } = await import("./certs-report.js");
      const { out, days, spiffeDomain, server: servers = [], client: clients = [], force = false } = options;
      const made = await makeDevelopmentCertificates({ out, days, spiffeDomain, servers, clients, force });
      // picocolors also takes CI for a terminal.
      const colors = picocolors.createColors(picocolors.isColorSupported && stdout.isTTY === true);
      stdout.write(options.json === true ? certsJson(made) : certsTable(made, colors));
    });

  program
    .command("authz")
    .description("print who may call what")
    .argument(
      "<module>",
      "JavaScript that exports what serve takes: { services, roles, defaultDeny }, or services alone",
    )
    .option("--as <identity...>", "tell for these callers whether they may: spiffe://… or dns:…")
    .option("--json", "tell it as JSON")
    .addHelpText(
      "after",
      `
The module is loaded, so that it must only make the services, and not serve them. What the hook authorize decides besides
is not known here.

Examples:
  tautline authz dist/services.js
  tautline authz dist/services.js --as spiffe://shop/checkout dns:batch.internal`,
    )
    .action(async (module: string, { as = [], json }: AuthzFlags) => {
      const { readAccess } = await import("./authz.js");
      const { authzJson, authzTable } = await import("./authz-report.js");
      const access = await readAccess(module, as);
      const colors = picocolors.createColors(picocolors.isColorSupported && stdout.isTTY === true);
      stdout.write(json === true ? authzJson(access) : authzTable(access, colors));
    });

  program
    .command("doctor")
    .description("examine a running server: certificates, names, TLS, who gets in")
    .argument("<host:port>", "where it listens")
    .option("--servername <name>", "the name that its certificate must have (default: the host)")
    .option("--ca <file>", "the authority to trust, PEM (default: the public ones)")
    .option("--cert <file>", "a client's certificate to show, PEM")
    .option("--key <file>", "its key, PEM")
    .option("--json", "tell the findings as JSON")
    .addHelpText(
      "after",
      `
It connects about a dozen times, sends no calls, and trusts nothing that it is told.
Exits with 0 where there is no problem, with 1 where there is one.

Examples:
  tautline doctor orders.internal:7443 --ca ca.pem
  tautline doctor localhost:7443 --ca .certs/ca.pem --cert .certs/client.pem --key .certs/client-key.pem`,
    )
    .action(async (target: string, { json, ...options }: DoctorFlags) => {
      const { examine } = await import("./doctor.js");
      const { findingsOf } = await import("./doctor-findings.js");
      const { doctorJson, doctorLines } = await import("./doctor-report.js");
      const seen = await examine({ target, ...options });
      const findings = findingsOf(seen, Date.now());
      const colors = picocolors.createColors(picocolors.isColorSupported && stdout.isTTY === true);
      stdout.write(json === true ? doctorJson(seen, findings) : doctorLines(seen, findings, colors));
      if (findings.some(({ level }) => level === "problem")) finish(1);
    });

  return program;
}

interface DoctorFlags {
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly json?: true;
}

interface AuthzFlags {
  readonly as?: readonly string[];
  readonly json?: true;
}

interface GenFlags {
  readonly check?: true;
  readonly watch?: true;
  readonly force?: true;
  readonly schema?: "json-schema" | "markdown";
  readonly out?: string;
  readonly tsconfig?: string;
  readonly json?: true;
}

interface BreakingFlags {
  readonly against: string;
  readonly level: "wire" | "source";
  readonly tsconfig?: string;
  readonly json?: true;
}

interface CertsFlags {
  readonly out: string;
  readonly days: number;
  readonly spiffeDomain: string;
  readonly server?: readonly string[];
  readonly client?: readonly string[];
  readonly force?: true;
  readonly json?: true;
}

/** Runs what has no end of its own; the first SIGINT or SIGTERM ends it, the second the process. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () => {
    interrupted.abort();
    for (const name of signals) process.off(name, interrupt);
  };
  for (const name of signals) process.on(name, interrupt);
  try {
    await work(interrupted.signal);
  } finally {
    interrupt();
  }
}

const signals = ["SIGINT", "SIGTERM"] as const;

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** A file that cannot be read or written is the user's to mend: its message is enough. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
