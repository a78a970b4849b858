// A client's process: runs cases against a server that is up, each when it is told to.
import { readUsage } from "../harness/usage.js";
import { readCertificates } from "../systems/system.js";
import { findCase } from "../workloads/cases.js";
import { CaseRunner } from "../workloads/case-runner.js";
import { obey, say, type Command } from "./commands.js";
import { loadSystem } from "./load-system.js";

const [module = "", certificates = "", port = ""] = process.argv.slice(2);
const { system } = await loadSystem(module);
const runner = new CaseRunner(system, Number(port), readCertificates(certificates));
say({ ready: true });

const commands: [string, Command][] = [
  ["usage", (words) => readUsage(words[0] === "settled")],
  // check <case>: whether it can run here, and gives back what it was given.
  ["check", ([name = ""]) => runner.check(findCase(name))],
  // run <case> <seconds> <amount>
  ["run", ([name = "", seconds, amount]) => runner.run(findCase(name), Number(seconds), Number(amount))],
];
await obey(new Map(commands));
