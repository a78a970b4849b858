// A project's settings for tautline: where they are, what they may say, and what is wrong with them. Runs nothing.
import { dirname, join, resolve } from "node:path";
import { CommandError } from "./command-error.js";
import { readIfThere } from "./read-if-there.js";

/** What `tautline.config.json`, or the key "tautline" of a package.json, says. */
export interface Config {
  /** The file that says it, absolute. */
  readonly path: string;
  /** Its folder, absolute: what its paths are relative to. */
  readonly folder: string;
  /** Paths and patterns of contracts; a pattern has `*`, `**`, `?` or `{a,b}`, and one after `!` takes files away. */
  readonly files: readonly string[];
  /** Absolute; undefined for the nearest one above each file. */
  readonly tsconfig: string | undefined;
  /** Absolute; undefined for `tautline.lock.json` beside the nearest package.json. */
  readonly lock: string | undefined;
}

const fileName = "tautline.config.json";
const keys = ["files", "tsconfig", "lock"];

/**
 * The settings of the nearest folder, from `from` upwards, that has any; `tautline.config.json` goes before package.json.
 *
 * @throws {CommandError} where they are no JSON, or say what is unknown or of the wrong type
 */
export async function findConfig(from: string): Promise<Config | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const own = await readJson(join(folder, fileName));
    if (own !== undefined) return checkConfig(own, join(folder, fileName), "");
    const path = join(folder, "package.json");
    const manifest = await readJson(path);
    if (isObject(manifest) && "tautline" in manifest) return checkConfig(manifest["tautline"], path, "tautline");
    if (dirname(folder) === folder) return undefined;
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${path}: this is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkConfig(value: unknown, path: string, key: string): Config {
  const fault = (what: string, where = key): never => {
    throw new CommandError(`${path}: ${where === "" ? "" : `"${where}" `}${what}`);
  };
  const inside = (name: string) => (key === "" ? name : `${key}.${name}`);
  if (!isObject(value)) return fault(`must be an object: { "files": ["src/*.ts"] }`);
  for (const name of Object.keys(value)) {
    if (!keys.includes(name)) fault(`is no setting; there are: ${keys.join(", ")}`, inside(name));
  }
  const text = (name: string): string | undefined => {
    const given = value[name];
    if (given === undefined) return undefined;
    return typeof given === "string" && given !== "" ? given : fault("must be a path", inside(name));
  };
  const files = value["files"];
  const isList = Array.isArray(files) && files.length > 0;
  if (!isList || !files.every((each) => typeof each === "string" && each !== ""))
    return fault(`must be a list of paths or patterns: ["src/*.ts"]`, inside("files"));
  const folder = dirname(path);
  const [tsconfig, lock] = [text("tsconfig"), text("lock")].map((each) => each && resolve(folder, each));
  return { path, folder, files: files.map(String), tsconfig, lock };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
