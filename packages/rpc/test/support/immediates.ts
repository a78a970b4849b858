// How often the next turn of the event loop is asked for, by whomever: what a test may count where it must not measure time.
import { createHook } from "node:async_hooks";
import { onTestFinished } from "vitest";

/** Counts from now on until the test is finished. Those that the test itself awaits count as well. */
export function countImmediates(): { readonly count: number } {
  const immediates = { count: 0 };
  const hook = createHook({
    init(_, type) {
      if (type === "Immediate") immediates.count++;
    },
  }).enable();
  onTestFinished(() => void hook.disable());
  return immediates;
}
