// Pieces of programs that several emitters write.
import { newline, type Layout } from "./layout.js";
import { quote } from "./spelling.js";

/** A doc comment and the line break behind it; nothing for no lines. */
export function docLines(doc: readonly string[]): Layout[] {
  const [first] = doc;
  if (first === undefined) return [];
  if (doc.length === 1) return [`/** ${first} */`, newline];
  return ["/**", doc.map((line) => [newline, line === "" ? " *" : ` * ${line}`]), newline, " */", newline];
}

/** `open`, the body indented, and a closing brace. */
export function block(open: Layout, body: Layout): Layout {
  return [open, { indent: [newline, body] }, newline, "}"];
}

/** One statement behind a condition. */
export function guarded(condition: Layout, statement: Layout): Layout {
  return { group: [condition, { indent: [{ line: " " }, statement] }] };
}

/** A declared field of `value`. */
export function fieldOf(name: string): string {
  return `value[${quote(name)}]`;
}
