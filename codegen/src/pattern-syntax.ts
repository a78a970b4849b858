// The structure of a regular expression with the flag u: what repeats, what follows what, and which characters each part
// reads. Only for patterns that compile. ECMA-262 §22.2.1.

/** A part of a pattern. Assertions read nothing. */
export type Piece =
  | { readonly kind: "empty" }
  /** `set` has a 1 for each of the samples that it reads. */
  | { readonly kind: "character"; readonly set: Uint8Array }
  | { readonly kind: "sequence" | "choice"; readonly pieces: readonly Piece[] }
  | { readonly kind: "repeat"; readonly piece: Piece; readonly min: number; readonly max: number };

export interface ParsedPattern {
  readonly whole: Piece;
  /** What stands in its lookaheads and lookbehinds, each matched on its own. */
  readonly apart: readonly Piece[];
  readonly hasBackreference: boolean;
}

/** Reads a pattern that compiles. */
export function parsePattern(source: string): ParsedPattern {
  const parser = new Parser(source);
  const whole = parser.choice();
  // Where it may begin anywhere, it reads whatever stands before.
  const isAnchored = source.startsWith("^") && whole.kind !== "choice";
  return {
    whole: isAnchored ? whole : { kind: "sequence", pieces: [anything(source), whole] },
    apart: parser.apart,
    hasBackreference: parser.hasBackreference,
  };
}

const empty: Piece = { kind: "empty" };

class Parser {
  readonly apart: Piece[] = [];
  hasBackreference = false;
  readonly #source: string;
  readonly #samples: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#samples = samplesFor(source);
  }

  choice(): Piece {
    const pieces = [this.#sequence()];
    while (this.#take("|")) pieces.push(this.#sequence());
    return pieces.length === 1 ? (pieces[0] ?? empty) : { kind: "choice", pieces };
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at] ?? "")) {
      pieces.push(this.#quantified(this.#term()));
    }
    return { kind: "sequence", pieces };
  }

  #quantified(piece: Piece): Piece {
    const [text, , from, more, to] = this.#match(/([*+?]|\{(\d+)(,(\d*))?\})\??/y) ?? [];
    if (text === undefined) return piece;
    const sign = text[0];
    if (sign === "?") return { kind: "repeat", piece, min: 0, max: 1 };
    if (sign !== "{") return { kind: "repeat", piece, min: sign === "+" ? 1 : 0, max: Infinity };
    const min = Number(from);
    return { kind: "repeat", piece, min, max: more === undefined ? min : to === "" ? Infinity : Number(to) };
  }

  #term(): Piece {
    if (this.#match(/[\^$]|\\[bB]/y) !== undefined) return empty;
    if (this.#match(/\\(?:[1-9]|k<)/y) !== undefined) {
      this.hasBackreference = true;
      return empty;
    }
    const [group] = this.#match(/\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?/y) ?? [];
    if (group !== undefined) {
      const inside = this.choice();
      this.#take(")");
      if (!/[=!]$/.test(group)) return inside;
      this.apart.push(inside);
      return empty;
    }
    const atom =
      this.#match(/\[(?:\\.|[^\]\\])*\]/suy) ??
      this.#match(/\\(?:u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[a-zA-Z]|[pP]\{[^}]*\}|.)/suy) ??
      this.#match(/./suy);
    const reads = new RegExp(`^(?:${atom?.[0] ?? ""})$`, "u");
    return { kind: "character", set: Uint8Array.from(this.#samples, (each) => (reads.test(each) ? 1 : 0)) };
  }

  #take(text: string): boolean {
    const isThere = this.#source.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#source);
    if (found === null) return undefined;
    this.#at = sticky.lastIndex;
    return found;
  }
}

function anything(source: string): Piece {
  const every = Uint8Array.from(samplesFor(source), () => 1);
  return { kind: "repeat", piece: { kind: "character", set: every }, min: 0, max: Infinity };
}

/** Characters that stand for all others: the common ones, some of each script, and those that the pattern names. */
function samplesFor(source: string): string[] {
  const points = new Set<number>();
  for (let point = 0; point < 0x250; point++) points.add(point);
  for (let point = 0x250; point < 0x10000; point += 0x1f) points.add(point);
  for (let point = 0x10000; point < 0x20000; point += 0x3ff) points.add(point);
  for (const character of source) {
    const point = character.codePointAt(0) ?? 0;
    for (const each of [point - 1, point, point + 1]) points.add(Math.max(0, Math.min(each, 0x10ffff)));
  }
  return [...points].map((each) => String.fromCodePoint(each));
}
