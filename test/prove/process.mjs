// A process of a proof: loads one of the modules beside this one, which are TypeScript, and runs it.
import { loadTypescript } from "../support/load-typescript.mjs";

const [name, ...argv] = process.argv.slice(2);
const module = await loadTypescript(new URL(`${name}.ts`, import.meta.url));
await /** @type {{ main(argv: readonly string[]): Promise<void> }} */ (module).main(argv);
