// The process of one contender: what others do to the types that the engine has seen of a function is not its affair.
// Told a time in ms of CPU, it answers with the ns of one operation.
import { measure } from "mitata";
import { allSuites } from "./suites.js";

const [suiteName, rowName] = process.argv.slice(2);
const suite = (await allSuites()).find(({ name }) => name === suiteName);
const row = suite?.rows.find(({ name }) => name === rowName);
if (row === undefined) throw new Error(`no contender ${rowName} in ${suiteName}`);
row.verify();

process.on("message", (cpuMs: number) => {
  void measure(row.run, { min_cpu_time: cpuMs * 1e6, inner_gc: false }).then(({ avg }) =>
    process.send?.(avg / (row.operations ?? 1)),
  );
});
process.send?.("ready");
