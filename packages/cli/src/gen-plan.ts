// What `gen` has to do: the files and settings of a command line and of the project's configuration together.
import { resolve } from "node:path";
import { type Config, findConfig } from "./config.js";
import { shown } from "./shown-path.js";
import { findSources } from "./source-files.js";

/** What to generate from. */
export interface GenPlan {
  /** Relative to the working directory where they are inside it, as diagnostics are. */
  readonly files: readonly string[];
  /** Those of them that a pattern found: what has no contract is passed over. */
  readonly mayLackContract: ReadonlySet<string>;
  readonly tsconfig: string | undefined;
  /** Absolute: whose change may change the plan. */
  readonly configPath: string | undefined;
  /** Absolute: where a new file may belong to the plan. */
  readonly folders: readonly string[];
  /** Absolute; undefined for the default place. */
  readonly lock: string | undefined;
}

/**
 * `files` as given, else those of the configuration; undefined where neither names any.
 *
 * @throws {CommandError} for a configuration that is wrong
 */
export async function planGen(
  files: readonly string[],
  options: { readonly tsconfig?: string | undefined } = {},
): Promise<GenPlan | undefined> {
  const config = await findConfig(process.cwd());
  const tsconfig = options.tsconfig === undefined ? config?.tsconfig : resolve(options.tsconfig);
  const shared = { tsconfig, configPath: config?.path, lock: config?.lock };
  if (files.length > 0) return { files, mayLackContract: new Set(), folders: [], ...shared };
  return config === undefined ? undefined : { ...sourcesOf(config), ...shared };
}

function sourcesOf(config: Config): Pick<GenPlan, "files" | "mayLackContract" | "folders"> {
  const { files, found, folders } = findSources(config.folder, config.files);
  return { files: files.map(shown), mayLackContract: new Set([...found].map(shown)), folders };
}
