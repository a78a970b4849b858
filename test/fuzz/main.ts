// `pnpm fuzz`: the command line of the fuzzer.
import { parseArgs } from "node:util";
import { compareDecoders, type DecoderReport } from "../../codegen/test/decoder-differential.js";
import { fuzz, targets, type FuzzReport } from "./run.js";

const usage = `usage: pnpm fuzz [--runs FRAMES] [--seed N] [--target server|client|decoder] [--only NUMBER] [--json]
  --runs    frames to send, or inputs to decode: 100000 unless told
  --seed    what all choices follow from; a random one unless told
  --target  who is talked to; server and client unless told. Or the decoders of payloads, one compared with the other
  --only    one conversation alone: the number of a failure`;

/** @returns the exit code: 1 where something happened that must not, 2 for a wrong command line */
export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: "string", default: "100000" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      target: { type: "string" },
      only: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const isOfDecoders = values.target === "decoder";
  const chosen = targets.filter((each) => values.target === undefined || values.target === each);
  const numbers = [values.runs, values.seed, values.only ?? "0"].map(Number);
  if (values.help || (chosen.length === 0 && !isOfDecoders) || !numbers.every(Number.isSafeInteger)) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const frames = Number(values.runs);
  const only = values.only === undefined ? undefined : Number(values.only);
  const started = performance.now();
  const isShown = process.stderr.isTTY && !values.json;
  const onProgress = (sent: number): void => {
    if (isShown) process.stderr.write(`\r${sent} of ${frames}`);
  };
  if (isOfDecoders) {
    const report = await compareDecoders(frames, Number(values.seed), onProgress);
    if (isShown) process.stderr.write("\r\u001b[K");
    console.log(values.json ? JSON.stringify(report) : textOfDecoders(report, performance.now() - started));
    return report.failures.length === 0 ? 0 : 1;
  }
  const report = await fuzz({ frames, seed: Number(values.seed), targets: chosen, only, onProgress });
  if (isShown) process.stderr.write("\r\u001b[K");
  console.log(values.json ? JSON.stringify(report) : textOf(report, performance.now() - started));
  return report.failures.length === 0 ? 0 : 1;
}

function textOfDecoders({ seed, inputs, accepted, failures }: DecoderReport, ms: number): string {
  const rows = Object.entries(accepted).map(
    ([kind, count]) => `${kind.padEnd(12)}${String(count).padStart(8)} accepted`,
  );
  const summary = `${inputs} inputs, seed ${seed}, ${(ms / 1000).toFixed(1)} s: ${failures.length} failed`;
  return [...rows, ...failures, summary].join("\n");
}

function textOf({ seed, frames, conversations, outcomes, failures }: FuzzReport, ms: number): string {
  const rows = targets.flatMap((target) =>
    Object.entries(outcomes[target]).map(
      ([outcome, count]) => `${target.padEnd(8)}${outcome.padEnd(18)}${String(count).padStart(8)}`,
    ),
  );
  const faults = failures.map(({ target, number, fault }) =>
    target === undefined ? fault : `${fault}\n  again: pnpm fuzz --seed ${seed} --target ${target} --only ${number}`,
  );
  const summary = `${frames} frames in ${conversations} conversations, seed ${seed}, ${(ms / 1000).toFixed(1)} s: ${failures.length} failed`;
  return [...rows, ...faults, summary].join("\n");
}
