// What a declaration says of itself: where it stands, what it is called, and its comment.
import { basename, relative, sep } from "node:path";
import { ts } from "./compiler.js";
import { linesOf } from "./doc.js";
import type { Position } from "./model.js";

export function positionOf(node: ts.Node): Position {
  const source = node.getSourceFile();
  return placeIn(source, node.getStart(source));
}

/** Of a character of a source, counted from 0. */
export function placeIn(source: ts.SourceFile, offset: number): Position {
  const { line, character } = source.getLineAndCharacterOfPosition(offset);
  const path = relative(process.cwd(), source.fileName).split(sep).join("/");
  return { file: path === "" ? basename(source.fileName) : path, line: line + 1, column: character + 1 };
}

/** Undefined for a name that is a symbol of the program (`[Symbol.iterator]`). */
export function nameOf(symbol: ts.Symbol): string | undefined {
  const name = ts.unescapeLeadingUnderscores(symbol.escapedName);
  return name.startsWith("__@") || name.startsWith("__#") ? undefined : name;
}

/** The doc comment before a declaration, on its line or above: the checker alone overlooks the former after a brace. */
export function docOf(node: ts.Node): readonly string[] {
  const source = node.getSourceFile();
  const start = node.getStart(source);
  const beside = (ts.getTrailingCommentRanges(source.text, node.pos) ?? []).filter(
    ({ end }) => !source.text.slice(end, start).includes("\n"),
  );
  const ranges = [...beside, ...(ts.getLeadingCommentRanges(source.text, node.pos) ?? [])];
  const comment = ranges.map(({ pos, end }) => source.text.slice(pos, end)).findLast((text) => text.startsWith("/**"));
  return comment === undefined ? [] : linesOf(comment);
}
