// Tells what the doctor found: lines for people, JSON for machines.
import type { Colors } from "./bare-table.js";
import type { Examination } from "./doctor.js";
import type { Finding, FindingLevel } from "./doctor-findings.js";

/** A line for each finding, with what to do below it, and a sum. */
export function doctorLines({ host, port }: Examination, findings: readonly Finding[], colors: Colors): string {
  const marks: Readonly<Record<FindingLevel, string>> = {
    good: colors.green("ok     "),
    note: colors.dim("note   "),
    warning: colors.yellow("warning"),
    problem: colors.red("PROBLEM"),
  };
  const lines = findings.flatMap(({ level, about, message, remedy }) => [
    `${marks[level]}  ${about.padEnd(11)}  ${printable(message)}`,
    ...(remedy === undefined ? [] : [`${" ".repeat(22)}→ ${remedy}`]),
  ]);
  const count = (level: FindingLevel): number => findings.filter((finding) => finding.level === level).length;
  return `${host}:${port}\n\n${lines.join("\n")}\n\n${count("problem")} problems, ${count("warning")} warnings\n`;
}

/** The same as one JSON object. */
export function doctorJson({ host, port, servername }: Examination, findings: readonly Finding[]): string {
  return `${JSON.stringify({ host, port, servername, findings }, null, 2)}\n`;
}

/** A stranger's certificate and server say what they like: it must not steer the terminal, nor turn what it shows. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, "?");
}
