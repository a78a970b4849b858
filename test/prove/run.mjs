// `pnpm prove`: loads the proofs, which are TypeScript, and runs one.
import { loadTypescript } from "../support/load-typescript.mjs";

const { main } = /** @type {typeof import("./main.js")} */ (await loadTypescript(new URL("main.ts", import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
