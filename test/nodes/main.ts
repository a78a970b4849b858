// `pnpm test:nodes`: the suite on each Node.js that is supported, one after the other.
import { parseArgs } from "node:util";
import { lines, nodeOf, type Line } from "./binary.js";
import { notRun, runSuite } from "./suite.js";
import { tableOf, type Row } from "./table.js";

const usage = `usage: pnpm test:nodes [--only ${lines.join(",")}] [--no-eval 26] [--json] [FILTER...]
  --only     the lines of Node.js to run on; all of them unless told
  --no-eval  the lines on which no process of a test can make code of strings; none unless told
  --json     tell the results as JSON
  FILTER     files to run, as vitest takes them; all unless told
The binaries come from npm and are kept in the user's cache. Build first where this is not run by pnpm.`;

/** With it neither `eval` nor `new Function` works. */
const noEvalFlag = "--disallow-code-generation-from-strings";

/** @returns the exit code: 1 where something failed, 2 for a wrong command line */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals: filters } = parseArgs({
    args: argv.filter((each) => each !== "--"),
    allowPositionals: true,
    options: {
      only: { type: "string", default: lines.join(",") },
      "no-eval": { type: "string", default: "" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const chosen = linesOf(values.only);
  const strict = linesOf(values["no-eval"]);
  if (values.help || chosen === undefined || strict === undefined || chosen.length === 0) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const results: Row[] = [];
  for (const line of chosen) {
    const noEval = strict.includes(line);
    console.error(`\n== Node.js ${line}${noEval ? `, ${noEvalFlag}` : ""}`);
    const flags = noEval ? [noEvalFlag] : [];
    const result = await nodeOf(line).then(
      (node) => runSuite({ node, flags, filters, output: values.json ? 2 : 1 }),
      (error: unknown) => notRun(error instanceof Error ? error.message : String(error)),
    );
    results.push({ line, noEval, ...result });
  }
  console.log(values.json ? JSON.stringify(results) : tableOf(results));
  return results.every(({ failed }) => failed === 0) ? 0 : 1;
}

/** Undefined where one of them is none. */
function linesOf(text: string): readonly Line[] | undefined {
  const asked = text.split(",").filter((each) => each !== "");
  const known = lines.filter((line) => asked.includes(String(line)));
  return known.length === new Set(asked).size ? known : undefined;
}
