// Tells what became of development certificates: a table for people, JSON for machines.
import { bareTable, type Colors } from "./bare-table.js";
import type { CertificateFiles, DevelopmentCertificates } from "./certs.js";

/** An aligned table: each pair of files, what it is for, and when it expires (UTC). */
export function certsTable({ folder, authority, leaves }: DevelopmentCertificates, colors: Colors): string {
  const rows = [authority, ...leaves].map((files) => {
    const outcome = files.outcome === "kept" ? colors.dim(files.outcome) : colors.green(files.outcome);
    return [`${files.name}.pem`, `${files.name}-key.pem`, purpose(files), day(files.expires), outcome];
  });
  const table = bareTable(["certificate", "key", "for", "expires", ""], rows, colors);
  return `${folder}\n\n${table}\n\nFor development only: whoever reads ca-key.pem can be any of them.\n`;
}

/** The same as one JSON object; dates in ISO 8601. */
export function certsJson(made: DevelopmentCertificates): string {
  return `${JSON.stringify(made, null, 2)}\n`;
}

function purpose({ roles, spiffeId }: CertificateFiles): string {
  return roles.length === 0 ? "authority: what both ends trust" : `${roles.join(" and ")} ${spiffeId ?? ""}`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 16).replace("T", " ");
}
