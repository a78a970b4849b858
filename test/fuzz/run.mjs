// `pnpm fuzz`: loads the fuzzer, which is TypeScript, and runs it.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

/** @type {{ module: typeof import("./main.js") }} */
const { module } = await runnerImport(fileURLToPath(new URL("main.ts", import.meta.url)), { logLevel: "error" });
process.exitCode = await module.main(process.argv.slice(2));
