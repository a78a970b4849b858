import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, failures, inside, maxFailures, mismatch, refuse } from "../dist/failures.js";
import { PayloadError } from "../dist/payload-error.js";

/** As generated code copies an array of numbers. */
function copyNumbers(value: readonly unknown[], at: string | number): unknown[] {
  const before = failures();
  const to = value.map((each, index) => (typeof each === "number" ? each : mismatch(each, index, "number")));
  return inside(to, before, at);
}

function copyGrid(value: readonly (readonly unknown[])[], at: string): unknown[][] {
  const before = failures();
  return inside(value.map(copyNumbers), before, at);
}

function errorOf(work: () => unknown): PayloadError {
  try {
    work();
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("what is wrong with a payload", () => {
  it("is thrown at its root, every place of it", () => {
    const error = errorOf(() => collect(copyGrid, [[1, "a"], [2, 3], [null]], "grid"));
    expect(error.failures).toEqual([
      { path: ["grid", 0, 1], expected: "number", actual: "string" },
      { path: ["grid", 2, 0], expected: "number", actual: "null" },
    ]);
    expect(error.more).toBe(false);
    expect(error.message).toBe("grid[0][1]: expected number, got string; grid[2][0]: expected number, got null");
  });

  it("has for each place the path that leads there, whatever the shape", () => {
    const cell = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.constant("wrong"));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 3 }), (grid) => {
        const wrong = grid.flatMap((row, y) => row.flatMap((each, x) => (each === "wrong" ? [["grid", y, x]] : [])));
        const found = wrong.length === 0 ? [] : errorOf(() => collect(copyGrid, grid, "grid")).failures;
        expect(found.map(({ path }) => path)).toEqual(wrong);
      }),
    );
  });

  it("is nothing where all is well, and the copy is returned", () => {
    expect(collect(copyGrid, [[1], [2]], "grid")).toEqual([[1], [2]]);
  });

  it("is told up to a bound; beyond it, that there is more", () => {
    const wrong = (count: number) => new Array<string>(count).fill("wrong");
    const full = errorOf(() => collect(copyNumbers, wrong(maxFailures), "all"));
    expect(full.failures).toHaveLength(maxFailures);
    expect(full.more).toBe(false);
    expect(full.message).not.toContain("more");
    const over = errorOf(() => collect(copyNumbers, wrong(maxFailures + 1), "all"));
    expect(over.failures).toEqual(full.failures);
    expect(over.more).toBe(true);
    expect(over.message).toBe(`${full.message}; and more`);
  });

  it("and lies beyond the bound leaves the paths of the others alone", () => {
    const rows = [new Array<string>(maxFailures).fill("wrong"), ["wrong"]];
    const { failures: found } = errorOf(() => collect(copyGrid, rows, "grid"));
    expect(found.map(({ path }) => path)).toEqual(Array.from({ length: maxFailures }, (_, x) => ["grid", 0, x]));
  });

  it("is not recorded twice: what was refused passes every later check in silence", () => {
    const copy = () => mismatch(refuse("list", "at most 2 items", "array of 3"), "list", "array");
    expect(errorOf(() => collect(copy)).message).toBe("list: expected at most 2 items, got array of 3");
  });

  it("is thrown on the spot where nobody collects", () => {
    expect(() => mismatch(1, "at", "string")).toThrow("at: expected string, got number");
    expect(() => refuse("at", "this", "that")).toThrow(PayloadError);
  });
});

describe("a payload inside another's", () => {
  const inner = () => collect(copyNumbers, ["wrong"], "inner");

  it("throws its own failures and leaves the outer one's alone", () => {
    const outer = (before: number) => {
      mismatch("wrong", "first", "number");
      expect(errorOf(inner).message).toBe("inner[0]: expected number, got string");
      mismatch("wrong", "second", "number");
      return inside("copied", before, "outer");
    };
    expect(errorOf(() => collect(outer, 0)).failures.map(({ path }) => path)).toEqual([
      ["outer", "first"],
      ["outer", "second"],
    ]);
  });

  it("neither takes from the outer one's bound nor tells it of more", () => {
    const many = new Array<string>(maxFailures + 1).fill("wrong");
    const outer = () => {
      mismatch("wrong", "outer", "number");
      expect(errorOf(() => collect(copyNumbers, many, "inner")).failures).toHaveLength(maxFailures);
    };
    const { failures: found, more } = errorOf(() => collect(outer));
    expect([found.length, more]).toEqual([1, false]);
  });
});

it.each([
  [
    "the copy throws",
    () => {
      mismatch(1, "at", "string");
      throw new RangeError("too deep");
    },
    RangeError,
  ],
  ["the value is wrong", () => mismatch(1, "at", "string"), PayloadError],
])("nothing is left over when %s", (_, copy, thrown) => {
  expect(() => collect(copy)).toThrow(thrown);
  expect(failures()).toBe(0);
  expect(collect(failures)).toBe(0);
  // And nobody collects: this would be recorded, and lost.
  expect(() => mismatch(1, "next", "string")).toThrow("next: expected string, got number");
});

describe("the text of an error", () => {
  const failure = (path: readonly (string | number)[], expected = "string") => ({ path, expected, actual: "number" });

  it("names positions in brackets and fields behind points", () => {
    expect(new PayloadError([failure(["order", "lines", 3, "sku"])], false).message).toBe(
      "order.lines[3].sku: expected string, got number",
    );
    expect(new PayloadError([failure([3, "sku"])], false).message).toContain("[3].sku: ");
  });

  it("cuts a long path, and a long expectation, in the middle", () => {
    const names = Array.from({ length: 40 }, (_, index) => `field${index}`);
    const { details } = new PayloadError([failure(names, `"${"x".repeat(500)}"`)], false);
    const [told] = details.failures;
    expect(told?.path).toHaveLength(200);
    expect(told?.path).toMatch(/^field0\.field1\..*….*\.field38\.field39$/);
    expect(told?.expected).toMatch(/^"x{99}…x{98}"$/);
  });

  it("of many long places stays within two kilobytes, and says that there is more", () => {
    const long = (index: number) => failure(["root", "n".repeat(300), index]);
    const all = Array.from({ length: maxFailures }, (_, index) => long(index));
    const { message, failures: kept, more } = new PayloadError(all, false);
    expect(message.length).toBeLessThan(2048);
    expect(message).toMatch(/; and more$/);
    expect([kept.length, more]).toEqual([maxFailures, false]);
  });

  it("has a form for programs, with the same places", () => {
    const { details } = new PayloadError([failure(["order", "id"]), failure(["order", "lines", 0])], true);
    expect(details).toEqual({
      failures: [
        { path: "order.id", expected: "string", actual: "number" },
        { path: "order.lines[0]", expected: "string", actual: "number" },
      ],
      more: true,
    });
    expect(new PayloadError([failure(["id"])], false).details).not.toHaveProperty("more");
  });
});
