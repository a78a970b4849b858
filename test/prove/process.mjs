// A process of a proof: loads one of the modules beside this one, which are TypeScript, and runs it.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [name, ...argv] = process.argv.slice(2);
/** @type {{ module: { main(argv: readonly string[]): Promise<void> } }} */
const { module } = await runnerImport(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), { logLevel: "error" });
await module.main(argv);
