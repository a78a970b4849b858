// Compares the contracts of a project with a snapshot of what is deployed. Prints nothing.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Diagnostic } from "@tautline/codegen";
import { findBreaks, type Finding } from "@tautline/codegen/breaking";
import type { Snapshot } from "@tautline/codegen/lock";
import { CommandError } from "./command-error.js";
import { planGen } from "./gen-plan.js";
import { lockFiles, lockPathAbove, parseSnapshot } from "./lock-files.js";
import { readIfThere } from "./read-if-there.js";
import { shown } from "./shown-path.js";

/** What to compare, and with what. */
export interface BreakingOptions {
  /** `git:REF` for the snapshot of a commit, or the path of one. Default `git:HEAD`. */
  readonly against?: string | undefined;
  /** Default `source`, which is everything. */
  readonly level?: Finding["level"] | undefined;
  readonly tsconfig?: string | undefined;
}

/** What a comparison found. */
export interface BreakingChanges {
  readonly against: string;
  readonly findings: readonly Finding[];
  /** Places that are new, or take more: until servers are upgraded, upgraded clients fail there. */
  readonly serversFirst: readonly string[];
  /** What is wrong with the contracts; nothing was compared if there is anything. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compares `contracts`, or else those of the configuration, or else those of the snapshot, with what they were.
 *
 * @throws {CommandError} where there is nothing to compare, or nothing to compare with
 */
export async function findBreakingChanges(
  contracts: readonly string[],
  { against = "git:HEAD", level = "source", tsconfig }: BreakingOptions = {},
): Promise<BreakingChanges> {
  const plan = await planGen(contracts, { tsconfig });
  const own = plan?.lock ?? lockPathAbove(process.cwd());
  const files = plan?.files ?? (own === undefined ? [] : await sourcesOf(own, against));
  if (files.length === 0) {
    throw new CommandError(
      "no contracts: name their files (tautline breaking src/orders.ts), or list them in tautline.config.json",
    );
  }
  const { generate } = await import("@tautline/codegen");
  const { outputs, diagnostics } = generate(files, {
    tsconfig: plan?.tsconfig,
    mayLackContract: plan?.mayLackContract,
  });
  if (diagnostics.length > 0) return { against, findings: [], serversFirst: [], diagnostics };
  const locks = await lockFiles(files, outputs, plan?.lock);
  if (locks.length === 0) throw new CommandError("no package.json above the contracts: its folder holds the snapshot");
  if (locks.length > 1 && !against.startsWith("git:")) {
    const paths = locks.map(({ path }) => shown(path)).join(", ");
    throw new CommandError(
      `the contracts belong to more than one snapshot (${paths}): compare with git:REF, or one by one`,
    );
  }
  const compared = await Promise.all(
    locks.map(async ({ path, snapshot }) => compare(await readOld(path, against), snapshot)),
  );
  return {
    against,
    findings: compared.flatMap(({ findings }) =>
      findings.filter((each) => level === "source" || each.level === "wire"),
    ),
    serversFirst: compared.flatMap(({ serversFirst }) => serversFirst),
    diagnostics,
  };
}

function compare(old: Snapshot, now: Snapshot): Pick<BreakingChanges, "findings" | "serversFirst"> {
  const findings = findBreaks(old, now);
  const broken = new Set(findings.map(({ place }) => place));
  // New clients among old servers are what old clients are among new servers, with the two snapshots changed about.
  const behind = findBreaks(now, old).filter(({ level, place }) => level === "wire" && !broken.has(place));
  return { findings, serversFirst: [...new Set(behind.map(({ place }) => place))] };
}

/** The contracts that a snapshot knows, now or before, as far as they are there. */
async function sourcesOf(lock: string, against: string): Promise<string[]> {
  const text = await readIfThere(lock);
  const known = [await readOld(lock, against), ...(text === undefined ? [] : [parseSnapshot(text, shown(lock))])];
  const sources = known.flatMap(({ services }) => Object.values(services).map(({ source }) => source));
  return [...new Set(sources)]
    .map((each) => join(dirname(lock), each))
    .filter((each) => existsSync(each))
    .map(shown);
}

async function readOld(lock: string, against: string): Promise<Snapshot> {
  if (against.startsWith("git:"))
    return parseSnapshot(await gitShow(lock, against.slice(4)), `${shown(lock)} of ${against}`);
  const text = await readIfThere(resolve(against));
  if (text === undefined)
    throw new CommandError(`there is no snapshot ${against}: \`tautline gen\` writes tautline.lock.json`);
  return parseSnapshot(text, against);
}

async function gitShow(path: string, ref: string): Promise<string> {
  // A name that begins with a dash would be an option.
  if (!/^[^-]/.test(ref)) throw new CommandError(`git:${ref} names no commit: write git:main, or git:HEAD~1`);
  try {
    const options = { cwd: dirname(path), maxBuffer: 256 * 1024 * 1024 };
    const { stdout } = await promisify(execFile)("git", ["show", `${ref}:./${basename(path)}`], options);
    return stdout;
  } catch (cause) {
    const told = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim().split("\n")[0] : undefined;
    throw new CommandError(
      `git has no ${shown(path)} in ${ref}${told === undefined || told === "" ? "" : ` (${told})`}: commit what \`tautline gen\` wrote, or name a snapshot with --against`,
      { cause },
    );
  }
}
