import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOfPattern } from "../dist/pattern.js";

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

  it("comes to an end on text that almost matches", () => {
    let passed = 0;
    // A pattern that runs for ever would double its steps thirty times and more: a hang, and not a slow test.
    fc.assert(
      fc.property(pattern, fc.constantFrom("a", "b", "ab", "aab", "abb"), (source, word) => {
        const whole = `^(?:${source})$`;
        if (faultOfPattern(whole) !== undefined) return;
        passed++;
        expect(new RegExp(whole, "u").test(`${word.repeat(36 / word.length)}\n`)).toBe(false);
      }),
      { numRuns: 1000 },
    );
    expect(passed).toBeGreaterThan(200);
  });
});
