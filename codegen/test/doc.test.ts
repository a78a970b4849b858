import { describe, expect, it } from "vitest";
import { durationMs, linesOf, tagsOf } from "../dist/doc.js";

describe("the lines of a doc comment", () => {
  it.each([
    ["/** One line. */", ["One line."]],
    ["/**\n   * Two\n   * lines.\n   */", ["Two", "lines."]],
    ["/** First\n * second */", ["First", "second"]],
    ["/**\n * a\n *\n *   indented\n */", ["a", "", "  indented"]],
    ["/**\r\n * a\r\n */", ["a"]],
    ["/** */", []],
  ])("of %j are %j", (comment, lines) => {
    expect(linesOf(comment)).toEqual(lines);
  });
});

describe("the tags of a doc comment", () => {
  it("stand at the start of a line or after the text of one", () => {
    expect(tagsOf(["Shows it. @oneway"]).oneway).toBe(true);
    expect(tagsOf(["Shows it.", "@oneway"]).oneway).toBe(true);
    expect(tagsOf(["Shows it."]).oneway).toBe(false);
  });

  it("are not read inside code, addresses or longer words", () => {
    expect(tagsOf(["Unlike `@oneway`, mail me@oneway or @onewayish."]).oneway).toBe(false);
  });

  it("@readonly and @idempotent both allow a second run", () => {
    expect(tagsOf(["@readonly"]).idempotent).toBe(true);
    expect(tagsOf(["@idempotent"]).idempotent).toBe(true);
    expect(tagsOf([""]).idempotent).toBe(false);
  });

  it("carry what follows them", () => {
    const tags = tagsOf([
      "@service shop.orders.v1 @timeout 500 ms and more",
      "@throws {A} one @throws {B}",
      "@throws when",
    ]);
    expect(tags.service).toBe("shop.orders.v1");
    expect(tags.timeout).toBe("500 ms");
    expect(tags.throws).toEqual(["A", "B", undefined]);
  });

  it("without anything behind them carry an empty text", () => {
    expect(tagsOf(["@timeout", "@idempotent"]).timeout).toBe("");
  });
});

describe("a duration", () => {
  it.each([
    ["500ms", 500],
    ["2s", 2000],
    ["2 s", 2000],
    ["1.5min", 90_000],
    ["0ms", undefined],
    ["-1s", undefined],
    ["5", undefined],
    ["", undefined],
    ["1h", undefined],
  ])("%j is %j ms", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});
