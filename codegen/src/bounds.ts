// The tags that bound a field or a parameter: what they say, what is wrong with them, and which types they fit.
import type { BoundFault } from "./diagnostics.js";
import type { Bounds, Format, Limit, TypeModel } from "./model.js";
import { judgePattern } from "./pattern.js";
import { resolve, type Types } from "./types.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const tags = ["minimum", "maximum", "minLength", "maxLength", "pattern", "format", "maxItems", "integer"];
const formats: ReadonlySet<string> = new Set<Format>(["uuid", "email", "uri", "date-time"]);

/** How long a text with a pattern may be, unless `@maxLength` says more. */
const maxMatchedLength = 4096;

/** Reads the bounds in a comment, at the start of a line or after the text of one. */
export function boundsOf(doc: readonly string[]): { readonly bounds: Bounds; readonly faults: readonly BoundFault[] } {
  const bounds: Writable<Bounds> = {};
  const faults: BoundFault[] = [];
  const seen = new Map<string, string>();
  let longest = Infinity;
  for (const { tag, text } of tagsIn(doc)) {
    const value = tag === "pattern" ? text : (text.split(/\s/)[0] ?? "");
    const refuse = (want: string) => faults.push({ tag, text: value, want });
    // The same bound may come from two declarations of one field.
    if ((seen.get(tag) ?? value) !== value) refuse("this tag is there twice: keep one");
    seen.set(tag, value);
    switch (tag) {
      case "minimum":
      case "maximum": {
        const limit = limitOf(value);
        if (limit === undefined) refuse(`write a number (@${tag} 1)`);
        else bounds[tag] = limit;
        break;
      }
      case "minLength":
      case "maxLength":
      case "maxItems":
        if (/^\d{1,15}$/.test(value)) bounds[tag] = Number(value);
        else refuse(`write a whole number from 0 (@${tag} 100)`);
        break;
      case "integer":
        bounds.integer = true;
        break;
      case "format":
        if (isFormat(value)) bounds.format = value;
        else refuse(`write one of ${[...formats].join(", ")}`);
        break;
      default: {
        const source = unquoted(value);
        const judgement =
          source === "" ? { fault: "write a regular expression (@pattern ^[A-Z]+$)" } : judgePattern(source);
        if ("fault" in judgement) {
          refuse(judgement.fault);
          break;
        }
        bounds.pattern = source;
        longest = judgement.longest;
      }
    }
  }
  const { minimum, maximum, minLength, maxLength } = bounds;
  if (minimum !== undefined && maximum !== undefined && limitValue(minimum) > limitValue(maximum))
    faults.push({ tag: "minimum", text: String(minimum), want: `no value has room below @maximum ${maximum}` });
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength)
    faults.push({ tag: "minLength", text: String(minLength), want: `no value has room below @maxLength ${maxLength}` });
  if (bounds.pattern !== undefined) {
    bounds.maxLength ??= Math.max(Math.min(maxMatchedLength, longest), minLength ?? 0);
    if (bounds.maxLength > longest) {
      const want = `text of ${bounds.maxLength} can be read in too many ways: write @maxLength ${longest} or less`;
      faults.push({ tag: "pattern", text: bounds.pattern, want });
    }
  }
  return { bounds, faults };
}

/**
 * The lines of a method's comment that bound its parameters, by name: the bounds behind `@param name`, on the same line.
 * Under the empty name stand bounds that are behind no `@param`.
 */
export function parameterDocs(doc: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const line of doc) {
    if (tagsIn([line]).length === 0) continue;
    const name = /(?:^|\s)@param\s+(?:\{[^}]*\}\s*)?\[?([\p{ID_Continue}$]+)/u.exec(line)?.[1] ?? "";
    found.set(name, [...(found.get(name) ?? []), line]);
  }
  return found;
}

/** The bounds that fit no part of a type. `@integer` is for numbers, since every bigint is one. */
export function strayBounds(bounds: Bounds, type: TypeModel, types: Types): string[] {
  const fitting = fittingBounds(type, types);
  const implied = bounds.pattern !== undefined ? ["maxLength"] : [];
  return Object.keys(bounds).filter((tag) => !fitting.has(tag) && !implied.includes(tag));
}

/** The bounds that say something of some value of a type. */
export function fittingBounds(type: TypeModel, types: Types): ReadonlySet<string> {
  const resolved = resolve(type, types);
  switch (resolved.kind) {
    case "primitive":
      switch (resolved.name) {
        case "string":
          return new Set(["minLength", "maxLength", "pattern", "format"]);
        case "number":
          return new Set(["minimum", "maximum", "integer"]);
        case "bigint":
          return new Set(["minimum", "maximum"]);
        case "bytes":
          return new Set(["minLength", "maxLength"]);
        default:
          return new Set();
      }
    case "template":
      return new Set(["minLength", "maxLength", "pattern", "format"]);
    case "binary":
      return new Set(["minLength", "maxLength"]);
    case "array":
    case "set":
    case "map":
      return new Set(["maxItems"]);
    case "brand":
      return fittingBounds(resolved.of, types);
    case "union":
      return new Set(resolved.members.flatMap((each) => [...fittingBounds(each, types)]));
    default:
      return new Set();
  }
}

/** The bounds in a comment, each with the text behind it. */
export function tagsIn(doc: readonly string[]): { readonly tag: string; readonly text: string }[] {
  // Between backticks an @ is text, but a pattern may stand between them.
  const text = doc
    .join("\n")
    .replace(/(@pattern[ \t]+)?`[^`]*`/g, (whole, pattern: string | undefined) => (pattern === undefined ? "" : whole));
  const tag = new RegExp(`(?:^|\\s)@(${tags.join("|")})\\b(?!-)[ \\t]*(.*?)(?=\\s@[a-zA-Z]|$)`, "gm");
  return [...text.matchAll(tag)].map(([, name = "", value = ""]) => ({ tag: name, text: value.trim() }));
}

/** Undefined for what is no number, and for one that is beyond all. */
function limitOf(text: string): Limit | undefined {
  const value = Number(text);
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value)) return undefined;
  const [, digits] = /^\+?(-?\d+)$/.exec(text) ?? [];
  return digits === undefined || Number.isSafeInteger(value) ? value : String(BigInt(digits));
}

/** A limit to compare with: both kinds of numbers compare with each other. */
export function limitValue(limit: Limit): number | bigint {
  return typeof limit === "string" ? BigInt(limit) : limit;
}

function unquoted(pattern: string): string {
  const [, inTicks, inSlashes] = /^`(.*)`$|^\/(.*)\/$/.exec(pattern) ?? [];
  return inTicks ?? inSlashes ?? pattern;
}

function isFormat(text: string): text is Format {
  return formats.has(text);
}
