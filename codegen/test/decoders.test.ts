// A short run of `pnpm fuzz --target decoder`. What must not happen is told by the run itself.
import { expect, it } from "vitest";
import { compareDecoders } from "./decoder-differential.js";

it("decoders agree on mutated bytes, refuse by the two errors that they have, and keep nothing of a peer", async () => {
  const inputs = 15_000;
  const { failures, accepted } = await compareDecoders(inputs, 20_261_123);
  expect(failures).toEqual([]);
  // The mutations are gentle enough that both outcomes are well covered.
  for (const count of Object.values(accepted)) {
    expect(count).toBeGreaterThan(inputs / 30);
    expect(count).toBeLessThan(inputs / 3.5);
  }
});
