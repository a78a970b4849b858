// The demo: `node dist/demo.js [--json] [--mb <size>] [--files <count>]`. Starts the server as a process of its own, is its
// client, expects a lot, and exits with 1 where anything is not as expected. Leaves the certificates and nothing else.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { perform } from "./demo/performance.js";
import { showReport } from "./demo/report.js";
import { Screen } from "./demo/screen.js";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    mb: { type: "string", default: "40" },
    files: { type: "string", default: "400" },
  },
});
const size = { bytes: wholeNumber("mb", values.mb) * 1e6, files: wholeNumber("files", values.files) };
const screen = new Screen(values.json ? undefined : process.stdout);

const workspace = await mkdtemp(join(tmpdir(), "tautline-depot-"));
// Whatever ends this process: the server ends with it, and its files are nobody's any more.
process.once("exit", () => rmSync(workspace, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const report = await perform(workspace, size, screen);
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else showReport(report, screen);
// Set, not exited with: what was written to a pipe still goes out.
process.exitCode = report.ok ? 0 : 1;

function wholeNumber(option: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`--${option} is "${text}": it must be a whole number`);
  return Number(text);
}
