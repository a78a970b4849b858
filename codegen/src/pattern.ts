// Which regular expressions may check text from strangers, and how long that text may be: a backtracking matcher tries
// every way to read a text before it says no.
//
// Where one stretch of text can be read in two ways inside a loop, each stretch doubles the ways: such a pattern is refused.
// Where one loop can follow another on the same text (a*a*), there are as many ways as places to change over: the length to
// the power of the number of changes. Both are cycles in products of the pattern's automaton with itself (Weber and Seidl,
// "On the degree of ambiguity of finite automata", 1991). The automaton is Glushkov's: a state for each character of the
// pattern.
import { componentsOf } from "./components.js";
import { parsePattern, type Piece } from "./pattern-syntax.js";

/** More states than any pattern that people read; the product has their square. */
const maxStates = 150;

/** Of a matcher, for one text: a few milliseconds. */
const maxSteps = 2 ** 20;

/** `longest` is the length, in UTF-16 units, from which on a text could take too many steps. */
export type PatternJudgement = { readonly fault: string } | { readonly longest: number };

/** What is wrong with a pattern, and what to write; or where it may be used, for texts of which length. */
export function judgePattern(source: string): PatternJudgement {
  try {
    // Only compiled, to hear what the language says of it.
    void new RegExp(source, "u");
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { fault: `this is no regular expression with the flag u: ${what}` };
  }
  const { whole, apart, hasBackreference } = parsePattern(source);
  if (hasBackreference) return { fault: "a reference to a group can run for ever: write the pattern without it" };
  const automata: Automaton[] = [];
  for (const piece of [whole, ...apart]) {
    const automaton = new Automaton(piece);
    if (automaton.states > maxStates) return { fault: "this pattern is too long to be checked: write a shorter one" };
    if (automaton.isEndless()) {
      return {
        fault: "nested quantifiers that read the same text in several ways can run for ever: write the repetition once",
      };
    }
    automata.push(automaton);
  }
  const [degree = 0, ...apartDegrees] = automata.map((each) => each.degree());
  // What stands apart may be asked at each place of the text.
  const power = degree + (apartDegrees.length === 0 ? 0 : 1 + Math.max(...apartDegrees));
  return { longest: power === 0 ? Infinity : Math.floor(maxSteps ** (1 / (power + 1))) };
}

/** A part of a pattern, by the states in which it can begin and end. */
interface Part {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const nothing: Part = { nullable: true, first: [], last: [] };

class Automaton {
  /** What each state reads. */
  readonly #sets: Uint8Array[] = [];
  /** Which states follow it; one that follows in two ways is there twice. */
  readonly #next: number[][] = [];
  /** What each state reads, a bit for each kind of character that the pattern tells apart. */
  readonly #kinds: readonly bigint[];

  constructor(piece: Piece) {
    this.#build(piece);
    this.#kinds = this.states > maxStates ? [] : kindsOf(this.#sets);
  }

  get states(): number {
    return this.#sets.length;
  }

  /** Whether some cycle leads from a pair of equal states through a pair of ways that differ, and back. */
  isEndless(): boolean {
    const count = this.states;
    const isTwice: [from: number, to: number][] = [];
    const edges = Array.from({ length: count * count }, (): number[] => []);
    for (let pair = 0; pair < edges.length; pair++) {
      const [a, b] = [Math.floor(pair / count), pair % count];
      for (const [i, toA] of this.#after(a).entries()) {
        for (const [j, toB] of this.#after(b).entries()) {
          if (!this.#overlap(toA, toB)) continue;
          edges[pair]?.push(toA * count + toB);
          if (a === b && toA === toB && i !== j) isTwice.push([pair, toA * count + toB]);
        }
      }
    }
    const component = componentsOf(edges);
    if (isTwice.some(([from, to]) => component[from] === component[to])) return true;
    const equal = new Set(Array.from({ length: count }, (_, state) => component[state * count + state]));
    return edges.some((_, pair) => Math.floor(pair / count) !== pair % count && equal.has(component[pair]));
  }

  /**
   * The power of a text's length that the number of ways to read it can grow with; only where it is not endless. It is the
   * longest chain of pairs of loops, one behind the other, that can hand over anywhere on the same text.
   */
  degree(): number {
    const states = Array.from({ length: this.states }, (_, state) => state);
    const reached = states.map((state) => this.#reachedFrom(state));
    const loops = states.filter((state) => this.#after(state).some((next) => reached[next]?.has(state)));
    const degrees = new Map<number, number>();
    const degreeFrom = (state: number): number => {
      const known = degrees.get(state);
      if (known !== undefined) return known;
      let degree = 0;
      for (const p of loops) {
        if (!reached[state]?.has(p)) continue;
        for (const q of loops) {
          if (reached[q]?.has(p) || !reached[p]?.has(q) || !this.#handsOver(p, q, reached)) continue;
          degree = Math.max(degree, 1 + degreeFrom(q));
        }
      }
      degrees.set(state, degree);
      return degree;
    };
    return Math.max(0, ...states.map(degreeFrom));
  }

  /** Whether one text leads from p to p, from p to q and from q to q. */
  #handsOver(p: number, q: number, reached: readonly ReadonlySet<number>[]): boolean {
    const count = this.states;
    const key = (a: number, b: number, c: number) => (a * count + b) * count + c;
    const goal = key(p, q, q);
    const waiting: [number, number, number][] = [[p, p, q]];
    const seen = new Set<number>();
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const [a, b, c] = at;
      for (const toA of this.#after(a)) {
        if (!reached[toA]?.has(p)) continue;
        for (const toC of this.#after(c)) {
          if (!reached[toC]?.has(q) || !this.#overlap(toA, toC)) continue;
          for (const toB of this.#after(b)) {
            if (!reached[toB]?.has(q) || !this.#overlap(toA, toB, toC)) continue;
            const next = key(toA, toB, toC);
            if (next === goal) return true;
            if (seen.has(next)) continue;
            seen.add(next);
            waiting.push([toA, toB, toC]);
          }
        }
      }
    }
    return false;
  }

  #reachedFrom(state: number): ReadonlySet<number> {
    const reached = new Set([state]);
    for (const each of reached) for (const next of this.#after(each)) reached.add(next);
    return reached;
  }

  #after(state: number): readonly number[] {
    return this.#next[state] ?? [];
  }

  /** Whether some character is read by all of them. */
  #overlap(a: number, b: number, c = a): boolean {
    return ((this.#kinds[a] ?? 0n) & (this.#kinds[b] ?? 0n) & (this.#kinds[c] ?? 0n)) !== 0n;
  }

  #build(piece: Piece): Part {
    // The answer is "too long" from here on.
    if (this.states > maxStates) return nothing;
    switch (piece.kind) {
      case "empty":
        return nothing;
      case "character": {
        this.#sets.push(piece.set);
        this.#next.push([]);
        const state = this.states - 1;
        return { nullable: false, first: [state], last: [state] };
      }
      case "sequence":
        return piece.pieces.reduce((before: Part, each) => this.#join(before, this.#build(each)), nothing);
      case "choice": {
        const parts = piece.pieces.map((each) => this.#build(each));
        return {
          nullable: parts.some(({ nullable }) => nullable),
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
        };
      }
      case "repeat":
        return this.#repeat(piece.piece, piece.min, piece.max);
    }
  }

  #join(a: Part, b: Part): Part {
    for (const end of a.last) this.#next[end]?.push(...b.first);
    return {
      nullable: a.nullable && b.nullable,
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
    };
  }

  /** A few turns are written out, one inside the other; more are as good as endless. */
  #repeat(piece: Piece, min: number, max: number): Part {
    const few = 8;
    if (max > few) {
      const loop = this.#build(piece);
      for (const end of loop.last) this.#next[end]?.push(...loop.first);
      return min === 0 ? { ...loop, nullable: true } : loop;
    }
    let inner = nothing;
    for (let turn = max; turn > 0; turn--) {
      const joined = this.#join(this.#build(piece), inner);
      inner = turn > min ? { ...joined, nullable: true } : joined;
    }
    return inner;
  }
}

/** Characters that the same states read are of one kind. */
function kindsOf(sets: readonly Uint8Array[]): bigint[] {
  const [first] = sets;
  const kinds = new Set<string>();
  for (let sample = 0; sample < (first?.length ?? 0); sample++) {
    kinds.add(sets.map((set) => set[sample]).join(""));
  }
  return sets.map((_, state) => BigInt(`0b0${[...kinds].map((kind) => kind[state]).join("")}`));
}
