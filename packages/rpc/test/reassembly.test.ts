import * as fc from "fast-check";
import { expect, it, onTestFinished, vi } from "vitest";
import { Reassembly } from "../dist/reassembly.js";
import { spanOf, viewOf } from "../dist/span.js";

/** How much is allocated while `run` runs, call by call. */
function allocations(run: () => void): number[] {
  const spies = [vi.spyOn(Buffer, "alloc"), vi.spyOn(Buffer, "allocUnsafe"), vi.spyOn(Buffer, "allocUnsafeSlow")];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  run();
  return spies.flatMap((spy) => spy.mock.calls.map(([bytes]) => bytes));
}

// Holds PROTOCOL.md §7.2b.
it("gives the message back, however it was cut", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (whole, places) => {
        const bytes = Buffer.from(whole);
        const ends = [...places.map((place) => 1 + (place % whole.length)), whole.length].sort((a, b) => a - b);
        const [first = whole.length, ...rest] = ends;
        const message = new Reassembly(whole.length, 1, { bytes, from: 0, to: first });
        let at = first;
        for (const end of rest) {
          message.add({ bytes, from: at, to: end });
          at = end;
          expect(message.length).toBe(end);
        }
        expect(viewOf(message.whole())).toEqual(bytes);
      },
    ),
  );
});

it("allocates nothing near a total that a peer only claims", () => {
  const sizes = allocations(() => {
    const message = new Reassembly(2 ** 30, 1, spanOf(new Uint8Array(100)));
    message.add(spanOf(new Uint8Array(100)));
  });
  expect(sizes).not.toEqual([]);
  for (const bytes of sizes) expect(bytes).toBeLessThanOrEqual(400);
});

it("holds no more than four times what has arrived, and copies in all less than four times the message", () => {
  const total = 100_000;
  const sizes = allocations(() => {
    const message = new Reassembly(total, 1, spanOf(Uint8Array.of(0)));
    for (let length = 1; length < total; length++) {
      message.add(spanOf(Uint8Array.of(length & 0xff)));
    }
    expect(viewOf(message.whole())).toHaveLength(total);
  });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(total);
  expect(sizes.reduce((sum, bytes) => sum + bytes)).toBeLessThan(4 * total);
});

it("lies in memory of a message that rests, and one that does not keeps its own", () => {
  const read = new Reassembly(20_000, 1, spanOf(new Uint8Array(20_000).fill(1)));
  read.rest();
  const sizes = allocations(() => {
    const next = new Reassembly(10_000, 1, spanOf(new Uint8Array(10_000).fill(2)));
    const other = new Reassembly(10_000, 1, spanOf(new Uint8Array(10_000).fill(3)));
    expect([next, other].map((message) => new Set(viewOf(message.whole())))).toEqual([new Set([2]), new Set([3])]);
  });
  expect(sizes).toEqual([10_000]);
});

it("keeps no more than four times what it takes of the memory that rests", () => {
  const long = new Reassembly(40_001, 1, spanOf(new Uint8Array(40_001).fill(1)));
  long.rest();
  const sizes = allocations(() => {
    const short = new Reassembly(10_000, 1, spanOf(new Uint8Array(10_000).fill(2)));
    const next = new Reassembly(10_001, 1, spanOf(new Uint8Array(10_001).fill(3)));
    expect([short, next].map((message) => message.whole().bytes.length)).toEqual([10_000, 40_001]);
  });
  expect(sizes).toEqual([10_000]);
});

it("is memory of its own: the fragments may be used again", () => {
  const fragment = Buffer.from("ab");
  const message = new Reassembly(4, 36, spanOf(fragment));
  fragment.write("cd");
  message.add(spanOf(fragment));
  fragment.fill(0);
  expect([viewOf(message.whole()).toString(), message.total, message.cost]).toEqual(["abcd", 4, 36]);
});
