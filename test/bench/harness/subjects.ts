// The systems of a campaign, ready to be started: those of the registry, and other commits of tautline.
import { execFileSync } from "node:child_process";
import { systems, type Registered } from "../systems/registry.js";
import { buildOther } from "./compare.js";
import { installedVersion } from "./machine.js";
import { nativeSubject } from "./native.js";
import type { Options } from "./options.js";
import { nodeSubject, type Subject } from "./subject.js";

/** The compiled instrument, and the folder that it is installed in. */
const build = new URL("../", import.meta.url);
const home = new URL("../", build);

export interface Gathered {
  readonly subjects: readonly Subject[];
  /** A line for each that is left out, and why. */
  readonly missing: readonly string[];
}

export function gatherSubjects(
  options: Pick<Options, "systems" | "compare" | "profiles" | "vary">,
  progress: (line: string) => void,
): Gathered {
  const subjects: Subject[] = [];
  const { profiles } = options;
  const missing: string[] = [];
  for (const { name, module, versionOf } of systems) {
    if (!options.systems.includes(name)) continue;
    const subject =
      module === undefined
        ? nativeSubject(name, home, progress)
        : nodeSubject({ name, version: spellVersion(versionOf), build, module: new URL(module, build), profiles });
    if (typeof subject === "string") missing.push(`${name} is left out: ${subject}`);
    else subjects.push(subject);
  }
  for (const { key, value } of options.vary) {
    const module = new URL(`systems/tautline.js?${key}=${value}`, build);
    subjects.push(nodeSubject({ name: `${key} ${value}`, version: commitOf("HEAD"), build, module, profiles }));
  }
  if (options.compare !== undefined) {
    const { commit, module } = buildOther(options.compare, home, progress);
    subjects.push(nodeSubject({ name: `tautline@${options.compare}`, version: commit, build, module, profiles }));
  }
  return { subjects, missing };
}

function spellVersion(of: Registered["versionOf"]): string {
  if (of === "commit") return commitOf("HEAD");
  if (of === "node") return `Node ${process.versions.node}`;
  return of.map((each) => `${each} ${installedVersion(each, home.href)}`).join(", ");
}

/** With a word where the packages are not as they were committed. */
function commitOf(ref: string): string {
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: home, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--", ":/packages") !== "";
  return `${git("rev-parse", "--short", ref)}${changed ? " with changes" : ""}`;
}
