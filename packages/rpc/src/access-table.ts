// Who may call what, as a table for people: what @Allow, roles and the default of a server come to. It decides nothing.
import { checkRoles, type AccessOptions } from "./access.js";
import { isNamed, rolePrefix } from "./identity.js";
import type { ServiceBinding } from "./service.js";

/** Who may call one method. */
export interface AccessRow {
  /** `service/method`. */
  readonly path: string;
  /** `listed`: those of `callers`, and nobody else. `admitted`: whoever may connect. `nobody`: unless `authorize` says so. */
  readonly who: "listed" | "admitted" | "nobody";
  /** Roles replaced by those who have them; `role` is the one. Empty where nobody is listed. */
  readonly callers: readonly { readonly identity: string; readonly role: string | undefined }[];
}

/**
 * The table of a server with these services and options: every method, in the order of the contracts. Without options nobody has
 * a role.
 *
 * @throws RpcError `invalid-argument` for roles with which `serve` would not start
 */
export function describeAccess(services: readonly ServiceBinding[], options?: AccessOptions): readonly AccessRow[] {
  const { roles = {}, defaultDeny = false } = options ?? {};
  if (options !== undefined) {
    const methods = services.flatMap(({ handlers }) => [...handlers.values()]);
    checkRoles(new Map(Object.entries(roles)), methods);
  }
  const expand = (rule: string): AccessRow["callers"] => {
    if (!rule.startsWith(rolePrefix)) return [{ identity: rule, role: undefined }];
    const role = rule.slice(rolePrefix.length);
    const members = Object.hasOwn(roles, role) ? roles[role] : undefined;
    return (members ?? []).map((identity) => ({ identity, role }));
  };
  return services.flatMap(({ handlers }) =>
    Array.from(handlers, ([path, { settings }]): AccessRow => {
      if (settings.allow !== undefined) return { path, who: "listed", callers: settings.allow.flatMap(expand) };
      return { path, who: defaultDeny ? "nobody" : "admitted", callers: [] };
    }),
  );
}

/** Whether a row lets in the caller with this one name, `spiffe://…` or `dns:…`, as far as `authorize` agrees. */
export function mayCall({ who, callers }: AccessRow, identity: string): boolean {
  if (who !== "listed") return who === "admitted";
  const isDns = identity.startsWith("dns:");
  const names = { spiffeId: isDns ? undefined : identity, dnsNames: isDns ? [identity.slice("dns:".length)] : [] };
  return isNamed(
    names,
    callers.map((caller) => caller.identity),
  );
}
