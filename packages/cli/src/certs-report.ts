// Tells what became of development certificates: a table for people, JSON for machines.
import Table from "cli-table3";
import type picocolors from "picocolors";
import type { CertificateFiles, DevelopmentCertificates } from "./certs.js";

type Colors = ReturnType<typeof picocolors.createColors>;

/** An aligned table: each pair of files, what it is for, and when it expires (UTC). */
export function certsTable({ folder, authority, leaves }: DevelopmentCertificates, colors: Colors): string {
  const table = new Table({
    head: ["certificate", "key", "for", "expires", ""].map((title) => colors.dim(title)),
    chars: bare,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  for (const files of [authority, ...leaves]) {
    const outcome = files.outcome === "kept" ? colors.dim(files.outcome) : colors.green(files.outcome);
    table.push([`${files.name}.pem`, `${files.name}-key.pem`, purpose(files), day(files.expires), outcome]);
  }
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return `${folder}\n\n${lines.join("\n")}\n\nFor development only: whoever reads ca-key.pem can be any of them.\n`;
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

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
