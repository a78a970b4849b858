import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgePattern } from "../dist/pattern.js";

function faultOfPattern(source: string): string | undefined {
  const judgement = judgePattern(source);
  return "fault" in judgement ? judgement.fault : undefined;
}

describe("a pattern that can run for ever is refused", () => {
  it.each([
    "(a+)+",
    "(a*)*",
    "^(a+)+$",
    "(a|a)*",
    "(a|ab|b)*",
    "([a-z]+)*$",
    "(\\w+\\s?)*",
    "(.*a){9}",
    "(a+){9,}",
    "(a?a?)*",
    "(?:a+b?)+",
    "((ab)+)+",
    "(?=(a+)+)b",
    "(?<!(a|a)*)b",
    "(?<name>a+)+",
    "(\\d+|[0-5])+",
    "(\\p{L}|[a-z])*",
    "(.|\\n|x)*",
    "([^]|\u{1f600})*",
  ])("%s", (source) => {
    expect(faultOfPattern(source)).toMatch(/^nested quantifiers that read the same text in several ways/);
  });

  it.each(["(a)\\1", "(?<x>a)\\k<x>"])("and one that looks back at a group: %s", (source) => {
    expect(faultOfPattern(source)).toMatch(/^a reference to a group/);
  });

  it("and one too long to be sure of", () => {
    expect(faultOfPattern("ab".repeat(80))).toMatch(/^this pattern is too long/);
  });

  it.each(["[a-", "a{", "\\d+)", "[\\-a]+\\_", "(?<x"])("and one that does not compile: %s", (source) => {
    expect(faultOfPattern(source)).toMatch(/^this is no regular expression with the flag u: /);
  });
});

describe("a pattern whose steps are bounded passes", () => {
  it.each([
    "^[A-Z]{2}-\\d+$",
    "^[a-z0-9]+(-[a-z0-9]+)*$",
    "^(\\d{1,3}\\.){3}\\d{1,3}$",
    "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$",
    "^(?=.*\\d)(?=.*[a-z]).{8,64}$",
    "^#(?:[0-9a-fA-F]{3}){1,2}$",
    "(a|b)*",
    "(ab|cd)+",
    '(?:[^"\\\\]|\\\\.)*',
    "^\\p{Lu}[\\p{L}'’ -]*$",
    "(a?)*",
    "a**".slice(0, 2),
    "",
    "^$|^x$",
    "[\\]]+\\u{1f600}\\x41\\u0042\\cJ\\b",
    "(a+b)+c",
    "(\\d{1,2}){1,3}",
  ])("%s", (source) => {
    expect(faultOfPattern(source)).toBeUndefined();
  });
});

describe("a pattern bounds the text that it reads", () => {
  it.each([
    ["^[A-Z]{2}-\\d+$", Infinity],
    ["^[^@]+@[a-z.]+$", Infinity],
    ["^(a|b)*c?$", Infinity],
    ["foo", Infinity],
    // Where it may begin at each place, or two loops can hand over at each place: with the square of the length.
    ["[a-z]+!", 1024],
    ["^a|b+$", 1024],
    ["^a*a*$", 1024],
    ["^a*b*a*b*$", 1024],
    ["^\\w+\\d*x$", 1024],
    ["^[^@]+@[^@]+\\.[^@]+$", 1024],
    ["^(?=.*\\d)(?=.*[a-z]).{8,64}$", 1024],
    // With the cube, and so on.
    ["^a*a*a*$", 101],
    ["a*a*$", 101],
    ["^(?=.*\\d.*x)[a-z]*$", 101],
    ["^(?:a*){2,3}$", 101],
    ["^(?:(?:(?:.)*){2,3}){2,3}$", 4],
    // Loops that no text leads through both of.
    ["^a*ba*b*$", Infinity],
    ["^(?:ab)*(?:ba)*$", Infinity],
    ["^(?:ab)*a(?:ba)*$", 1024],
  ])("%s: %d", (source, longest) => {
    expect(judgePattern(source)).toEqual({ longest });
  });
});

describe("whatever pattern passes", () => {
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom("a", "b", "[ab]", "."),
      fc.tuple(tie("pattern"), tie("pattern")).map(([x, y]) => `${x}${y}`),
      fc.tuple(tie("pattern"), tie("pattern")).map(([x, y]) => `(?:${x}|${y})`),
      fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2,3}", "{2,}", "*?")).map(([x, q]) => `(?:${x})${q}`),
    ),
  }));

  it("comes to an end on the longest text that almost matches", () => {
    let passed = 0;
    // A pattern that runs for ever would take 2 ** 36 steps and more: a hang, and not a slow test.
    fc.assert(
      fc.property(pattern, fc.constantFrom("a", "b", "ab", "aab", "abb"), (source, word) => {
        const whole = `^(?:${source})$`;
        const judgement = judgePattern(whole);
        if ("fault" in judgement) return;
        passed++;
        const length = Math.min(judgement.longest, 10_000) - 1;
        const text = `${word.repeat(length).slice(0, length)}\n`;
        expect(new RegExp(whole, "u").test(text)).toBe(false);
      }),
      { numRuns: 1000 },
    );
    expect(passed).toBeGreaterThan(200);
  });
});
