// Doc comments as text: their lines, and the tags that mean something to a contract.

/** The lines of a comment, without its frame. */
export function linesOf(comment: string): readonly string[] {
  const lines = comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? line : line.replace(/^\s*\*? ?/, "")).trimEnd());
  const first = lines[0]?.trim() ?? "";
  const all = [first, ...lines.slice(1)];
  while (all.length > 0 && all[0] === "") all.shift();
  while (all.length > 0 && all[all.length - 1] === "") all.pop();
  return all;
}

/** What the tags of a comment say of a call or a contract. */
export interface Tags {
  readonly oneway: boolean;
  readonly idempotent: boolean;
  /** Text after the tag; undefined without one. */
  readonly timeout: string | undefined;
  readonly service: string | undefined;
  /** The name in braces of each `@throws`; undefined where there are no braces. */
  readonly throws: readonly (string | undefined)[];
}

/** Reads the tags, at the start of a line or after the text of one. */
export function tagsOf(doc: readonly string[]): Tags {
  // Between backticks, and in an inline tag such as {@link X}, an @ is text.
  const text = doc.join("\n").replace(/`[^`]*`/g, "");
  const after = (tag: string) =>
    new RegExp(`(?:^|\\s)@${tag}\\b[ \\t]*([^\\s@]*(?:[ \\t]*(?:ms|s|min)\\b)?)`).exec(text)?.[1];
  return {
    oneway: after("oneway") !== undefined,
    idempotent: after("idempotent") !== undefined || after("readonly") !== undefined,
    timeout: after("timeout"),
    service: after("service"),
    throws: [...text.matchAll(/(?:^|\s)@throws\b[ \t]*(\{[^}]*\})?/g)].map(([, braces]) => braces?.slice(1, -1).trim()),
  };
}

const units = new Map([
  ["ms", 1],
  ["s", 1000],
  ["min", 60_000],
]);

/** `500ms`, `2 s`, `1.5min` in ms; undefined for anything else, and for what is not above zero. */
export function durationMs(text: string): number | undefined {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*(ms|s|min)$/.exec(text) ?? [];
  const ms = Number(amount) * (units.get(unit) ?? 0);
  return ms > 0 ? ms : undefined;
}
