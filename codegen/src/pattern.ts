// Which regular expressions may check text from strangers: those that a backtracking matcher cannot run for ever on.
//
// A pattern runs for ever where one stretch of text can be read in two ways inside a loop: each stretch doubles the ways
// to read the whole. That is a cycle in the product of the pattern's automaton with itself (Weber and Seidl, "On the
// degree of ambiguity of finite automata", 1991). The automaton is Glushkov's: a state for each character of the pattern.
import { parsePattern, type Piece } from "./pattern-syntax.js";

/** More states than any pattern that people read; the product has their square. */
const maxStates = 150;

/** What is wrong with a pattern, and what to write; undefined where it may be used. */
export function faultOfPattern(source: string): string | undefined {
  try {
    // Only compiled, to hear what the language says of it.
    void new RegExp(source, "u");
  } catch (error) {
    return `this is no regular expression with the flag u: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { pieces, hasBackreference } = parsePattern(source);
  if (hasBackreference) return "a reference to a group can run for ever: write the pattern without it";
  for (const piece of pieces) {
    const automaton = new Automaton(piece);
    if (automaton.states > maxStates) return "this pattern is too long to be checked: write a shorter one";
    if (automaton.isEndless()) {
      return "nested quantifiers that read the same text in several ways can run for ever: write the repetition once";
    }
  }
  return undefined;
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

  constructor(piece: Piece) {
    this.#build(piece);
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
      for (const [i, toA] of (this.#next[a] ?? []).entries()) {
        for (const [j, toB] of (this.#next[b] ?? []).entries()) {
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

  #overlap(a: number, b: number): boolean {
    const other = this.#sets[b];
    return this.#sets[a]?.some((isIn, index) => isIn === 1 && other?.[index] === 1) ?? false;
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

/** The strongly connected component of each node (Kosaraju), without recursion: paths can be long. */
function componentsOf(edges: readonly (readonly number[])[]): Int32Array {
  const order: number[] = [];
  const seen = new Uint8Array(edges.length);
  for (let root = 0; root < edges.length; root++) {
    if (seen[root] === 1) continue;
    seen[root] = 1;
    const path: { node: number; edge: number }[] = [{ node: root, edge: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = edges[top.node]?.[top.edge++];
      if (to === undefined) {
        order.push(top.node);
        path.pop();
      } else if (seen[to] !== 1) {
        seen[to] = 1;
        path.push({ node: to, edge: 0 });
      }
    }
  }
  const back = Array.from(edges, (): number[] => []);
  for (const [from, all] of edges.entries()) for (const to of all) back[to]?.push(from);
  const component = new Int32Array(edges.length).fill(-1);
  for (const root of order.toReversed()) {
    if (component[root] !== -1) continue;
    const waiting = [root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (component[node] !== -1) continue;
      component[node] = root;
      waiting.push(...(back[node] ?? []));
    }
  }
  return component;
}
