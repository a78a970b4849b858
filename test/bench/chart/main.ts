// `pnpm bench chart FILE`: a result as SVG, beside its file.
import { readFile, writeFile } from "node:fs/promises";
import type { Report } from "../harness/report.js";
import type { MicroReport } from "../harness/micro-report.js";
import { drawReport } from "./panels.js";

export async function runChart(argv: readonly string[]): Promise<void> {
  const [file, out = file?.replace(/(\.json)?$/, ".svg")] = argv;
  if (file === undefined || out === undefined) {
    console.error(
      "usage: pnpm bench chart FILE [OUT]\n  FILE is what --json wrote; OUT is FILE with .svg in place of .json",
    );
    process.exitCode = 2;
    return;
  }
  const report = JSON.parse(await readFile(file, "utf8")) as Report | MicroReport;
  await writeFile(out, drawReport(report));
  console.log(out);
}
