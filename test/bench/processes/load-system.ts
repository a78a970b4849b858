// Loads one system by the address of its module: an adapter of this build, or that of another one (`--compare`).
import type { produced } from "../systems/source.js";
import type { System } from "../systems/system.js";

export interface LoadedSystem {
  readonly system: System;
  /** The counter of the build that the adapter belongs to. */
  readonly source: typeof produced;
}

export async function loadSystem(module: string): Promise<LoadedSystem> {
  const { system } = (await import(module)) as { system: System };
  const folder = module.slice(0, module.lastIndexOf("/systems/"));
  const source = (await import(`${folder}/systems/source.js`)) as { produced: typeof produced };
  return { system, source: source.produced };
}
