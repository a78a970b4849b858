// `pnpm fuzz`: loads the fuzzer, which is TypeScript, and runs it.
import { loadTypescript } from "../support/load-typescript.mjs";

const { main } = /** @type {typeof import("./main.js")} */ (await loadTypescript(new URL("main.ts", import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
