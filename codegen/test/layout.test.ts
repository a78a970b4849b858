import { describe, expect, it } from "vitest";
import { list, newline, render } from "../dist/layout.js";

const words = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => String(index).padEnd(length, "x"));

describe("a list", () => {
  it("stands on one line where it fits in 120 columns, to the last one", () => {
    const fits = [list("(", ["a".repeat(58), "b".repeat(57)], ")"), ";"];
    expect(render(fits)).toHaveLength(120);
    expect(render([...fits, "!"]).split("\n")).toEqual(["(", `  ${"a".repeat(58)},`, `  ${"b".repeat(57)},`, ");!"]);
  });

  it("breaks outside before inside", () => {
    const inner = list("[", words(3, 20), "]");
    const [first, second] = render(list("f(", [inner, inner], ");")).split("\n");
    expect(first).toBe("f(");
    expect(second).toBe(`  ${render(inner)},`);
  });

  it("breaks for what follows it on its line, and not for the lines behind", () => {
    const parameters = list("f(", words(2, 40), ") {");
    expect(render([parameters, { indent: [newline, "x".repeat(110)] }])).toContain(`${words(2, 40).join(", ")}) {`);
    expect(render([list("f(", words(2, 40), ")"), `: ${"R".repeat(60)} {`])).toMatch(/^f\(\n/);
  });

  it("is padded inside its braces only on one line", () => {
    expect(render(list("{", ["a"], "}", " "))).toBe("{ a }");
    expect(render(list("{", [], "}", " "))).toBe("{}");
    expect(render(list("{", words(4, 40), "}", " ")).split("\n")[0]).toBe("{");
  });
});

describe("an empty line", () => {
  it("is not indented", () => {
    expect(render(["a", { indent: [newline, newline, "b"] }])).toBe("a\n\n  b");
  });
});
