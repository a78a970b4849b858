// Who may call what, of the services that a module of the user's makes. It loads that module, and starts nothing.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  describeAccess,
  mayCall,
  RpcError,
  type AccessOptions,
  type AccessRow,
  type ServiceBinding,
} from "@tautline/rpc";
import { CommandError } from "./command-error.js";

/** One method, and whether each of the identities that were asked about may call it. */
export interface AuthzRow extends AccessRow {
  readonly may: Readonly<Record<string, boolean>>;
}

export interface Authz {
  readonly rows: readonly AuthzRow[];
  /** The identities that were asked about. */
  readonly identities: readonly string[];
  /** Whether a hook, whose answers are not known, decides as well. */
  readonly hook: boolean;
}

/**
 * The table of every service that `path` exports: in options of a server (an object with `services`), or by itself.
 *
 * @throws CommandError where the module cannot be loaded or has none, names a role that `serve` would refuse, or an identity is not one
 */
export async function readAccess(path: string, identities: readonly string[] = []): Promise<Authz> {
  const wrong = identities.find((identity) => !/^(spiffe:\/\/|dns:)./.test(identity));
  if (wrong !== undefined) throw new CommandError(`"${wrong}" is no identity: it begins with "spiffe://" or "dns:".`);
  const exported = await load(path);
  const servers = exported.filter(isServerOptions);
  const served = new Set(servers.flatMap(({ services }) => services));
  const alone = exported.flat().filter(isBinding);
  const unserved = alone.filter((binding) => !served.has(binding));
  const rows = [...servers.map((options) => tableOf(path, options)), describeAccess(unserved)].flat();
  if (rows.length === 0) {
    throw new CommandError(
      `${path} exports no service: export what you pass to serve, as const options = { services: [ordersService.handle(…)] }.`,
    );
  }
  return {
    rows: rows.map((row) => ({
      ...row,
      may: Object.fromEntries(identities.map((identity) => [identity, mayCall(row, identity)])),
    })),
    identities,
    hook: servers.some(({ authorize }) => authorize !== undefined),
  };
}

function tableOf(path: string, options: ServerAccess): readonly AccessRow[] {
  try {
    return describeAccess(options.services, options);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new CommandError(`no server starts with what ${path} exports: ${error.message}.`);
  }
}

async function load(path: string): Promise<readonly unknown[]> {
  try {
    const module: unknown = await import(pathToFileURL(resolve(path)).href);
    return typeof module === "object" && module !== null
      ? Object.values<unknown>(module as Record<string, unknown>)
      : [];
  } catch (error) {
    const hint = /\.[mc]?tsx?$/.test(path) ? " It must be JavaScript: build first." : "";
    throw new CommandError(
      `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}.${hint}`,
    );
  }
}

type ServerAccess = AccessOptions & { readonly services: readonly ServiceBinding[] };

function isServerOptions(value: unknown): value is ServerAccess {
  return (
    typeof value === "object" &&
    value !== null &&
    "services" in value &&
    Array.isArray(value.services) &&
    value.services.every(isBinding)
  );
}

function isBinding(value: unknown): value is ServiceBinding {
  return (
    typeof value === "object" &&
    value !== null &&
    "service" in value &&
    "handlers" in value &&
    value.handlers instanceof Map
  );
}
