// `pnpm prove`: loads the proofs, which are TypeScript, and runs one.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

/** @type {{ module: typeof import("./main.js") }} */
const { module } = await runnerImport(fileURLToPath(new URL("main.ts", import.meta.url)), { logLevel: "error" });
process.exitCode = await module.main(process.argv.slice(2));
