// A server's process: serves one system, tells its port, and answers what it has used.
import { readUsage } from "../harness/usage.js";
import { readCertificates } from "../systems/system.js";
import type { produced } from "../systems/source.js";
import { obey, say } from "./commands.js";
import { loadSystem } from "./load-system.js";

const [module = "", certificates = ""] = process.argv.slice(2);
const { system, source } = await loadSystem(module);
say(await system.serve(readCertificates(certificates)));

const usage = (words: readonly string[]): unknown => ({
  ...readUsage(words[0] === "settled"),
  producedBytes: (source satisfies typeof produced).bytes,
});
await obey(new Map([["usage", usage]]));
