// What text a template literal type allows, as a regular expression that reads each text in one way.
import { ts } from "./compiler.js";

/** How long text may be where a template has several holes, in characters. */
const maxOpenTemplate = 4096;

/** What may stand in a hole of a template literal type. */
const templateForms: ReadonlyMap<ts.TypeFlags, string> = new Map([
  [ts.TypeFlags.String, "[^]*"],
  [ts.TypeFlags.Number, String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`],
  [ts.TypeFlags.BigInt, String.raw`-?\d+`],
]);

/** Anchored, for the flag `u`; undefined where a hole takes what no pattern tells, or a text could be read for ever. */
export function templatePattern(type: ts.TemplateLiteralType): string | undefined {
  const forms = type.types.map((each) => templateForms.get(each.flags));
  const texts = type.types.filter((each) => each.flags === ts.TypeFlags.String).length;
  // What two open holes cost grows with the square of the text, and with each further one by a power more; numbers side
  // by side are as open.
  const sideBySide = type.texts.slice(1, -1).some((each) => each === "");
  if (texts > 2 || (sideBySide && forms.length > 2) || forms.some((each) => each === undefined)) return undefined;
  const bound = forms.length > 1 ? `(?=[^]{0,${maxOpenTemplate}}$)` : "";
  const parts = type.texts.map((text, index) => escaped(text) + (forms[index] ?? ""));
  return `^${bound}${parts.join("")}$`;
}

function escaped(text: string): string {
  return text
    .replace(/[$()*+./?[\\\]^{|}]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
}
