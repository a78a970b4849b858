// Where the contract's sources are, seen from the compiled adapters.
import { fileURLToPath } from "node:url";

export function contractFile(name: string): string {
  return fileURLToPath(new URL(`../../../contract/${name}`, import.meta.url));
}
