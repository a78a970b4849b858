// `pnpm test:nodes`: loads what runs the suite, which is TypeScript, and runs it.
import { loadTypescript } from "../support/load-typescript.mjs";

const { main } = /** @type {typeof import("./main.js")} */ (await loadTypescript(new URL("main.ts", import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
