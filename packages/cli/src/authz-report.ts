// Tells who may call what: a table for people, JSON for machines.
import type { Authz, AuthzRow } from "./authz.js";
import { bareTable, type Colors } from "./bare-table.js";

/** A line for each caller of each method; with identities to ask about, a column for each. */
export function authzTable({ rows, identities, hook }: Authz, colors: Colors): string {
  const titles = ["method", "callers", "role", ...identities];
  const lines = rows.flatMap((row) => {
    const answers = identities.map((identity) => (row.may[identity] === true ? colors.green("yes") : colors.red("no")));
    const blanks = identities.map(() => "");
    return callersOf(row, colors).map(([caller, role], index) =>
      index === 0 ? [row.path, caller, role, ...answers] : ["", caller, role, ...blanks],
    );
  });
  const rest = hook ? "\nThe hook authorize decides as well; what it says is not known here.\n" : "";
  return `${bareTable(titles, lines, colors)}\n${rest}`;
}

/** The same as one JSON object. */
export function authzJson(access: Authz): string {
  return `${JSON.stringify(access, null, 2)}\n`;
}

function callersOf({ who, callers }: AuthzRow, colors: Colors): readonly (readonly [string, string])[] {
  if (who === "admitted") return [[colors.yellow("whoever may connect"), ""]];
  if (who === "nobody" || callers.length === 0) return [[colors.dim("nobody"), ""]];
  return callers.map(({ identity, role }) => [identity, role ?? ""]);
}
