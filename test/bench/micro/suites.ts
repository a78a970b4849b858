// All suites, in the order in which they are shown.
import { codecSuites } from "./codecs.js";
import { frameSuites } from "./frames.js";
import type { Suite } from "./suite.js";
import { validatorSuites } from "./validators.js";

export async function allSuites(): Promise<readonly Suite[]> {
  return [...validatorSuites(), ...(await codecSuites()), ...(await frameSuites())];
}
