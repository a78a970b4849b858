// What a contract means on the wire, in one canonical form, and fingerprints of it. Two spellings of the same structure
// give the same form: the names of types, documentation, bounds and the order of the source are not part of it.
import { createHash } from "node:crypto";
import type { MethodModel, OpenModel, TypeModel, UnionModel } from "./model.js";
import { inOrder } from "./order.js";
import { namedType, resolve, type Types } from "./types.js";
import { boxedAmong } from "./union.js";

/** One type, or one side of a method: what it is, and its parts as `[key, index of another entry]`. */
export type SchemaEntry = readonly [label: string, parts: readonly (readonly [key: string, entry: number])[]];

/**
 * A canonical schema: entry 0 is the whole, and equal types are one entry, so that recursion is a reference by number.
 * Plain JSON; equal JSON means equal structure, and the other way round.
 */
export type Schema = readonly SchemaEntry[];

/** What the client of a method sends: its shape, parameters and request item. */
function requestSchemaOf(method: MethodModel, types: Types): Schema {
  const graph = new Graph(types);
  const parts: [string, number][] = method.parameters.map(({ optional, type }, index) => [
    `${index}${optional ? "?" : ""}`,
    graph.read(type),
  ]);
  if (method.stream !== undefined) parts.push(["item", graph.read(method.stream.type)]);
  return graph.canonical(graph.add(method.shape, parts));
}

/** What it gets: the shape, the result or the response item, and the declared errors. */
export function responseSchemaOf(method: MethodModel, types: Types): Schema {
  const graph = new Graph(types);
  const errors = method.errors.map((id): [string, number] => [
    `throws ${namedType(id, types).name}`,
    graph.read({ kind: "named", id }),
  ]);
  const result: [string, number][] = method.result === undefined ? [] : [["result", graph.read(method.result)]];
  return graph.canonical(graph.add(method.shape, [...result, ...inOrder(errors)]));
}

/** The canonical schema of one type. */
export function schemaOfType(type: TypeModel, types: Types): Schema {
  const graph = new Graph(types);
  return graph.canonical(graph.read(type));
}

/**
 * Of what a method sends and of what it gets, each the first 8 bytes of SHA-256 over the canonical schema: 32 hex digits.
 * The method's own name is not part of it.
 */
export function fingerprintOf(method: MethodModel, types: Types): string {
  const schemas = [requestSchemaOf(method, types), responseSchemaOf(method, types)];
  return schemas.map((each) => digest(JSON.stringify(each))).join("");
}

/** Over the names of all methods with their fingerprints, whatever their order: 16 hex digits. */
export function fingerprintOfService(methods: readonly (readonly [name: string, fingerprint: string])[]): string {
  return digest(JSON.stringify(inOrder(methods)));
}

/**
 * The members of a union as the wire counts them: flat, without repetitions, in an order that follows from their structure
 * alone and not, as the model's, from the names of types.
 */
export function wireMembers(union: UnionModel, types: Types): readonly TypeModel[] {
  const byStructure = new Map<string, TypeModel>();
  for (const each of flatMembers(union, types)) byStructure.set(JSON.stringify(schemaOfType(each, types)), each);
  return inOrder([...byStructure]).map(([, type]) => type);
}

interface GraphNode {
  readonly label: string;
  /** In an order of its own for a union, whose parts all have the same key. */
  readonly parts: readonly (readonly [key: string, node: number])[];
}

/** The types as a graph: names are edges, so that a recursive type is a cycle. */
class Graph {
  readonly #types: Types;
  readonly #nodes: GraphNode[] = [];
  readonly #named = new Map<string, number>();

  constructor(types: Types) {
    this.#types = types;
  }

  add(label: string, parts: GraphNode["parts"]): number {
    return this.#nodes.push({ label, parts }) - 1;
  }

  read(type: TypeModel): number {
    switch (type.kind) {
      case "primitive":
        return this.add(type.name, []);
      case "literal":
        return this.add(`literal ${JSON.stringify(type.value)}`, []);
      case "bigint-literal":
        return this.add(`literal ${type.digits}n`, []);
      case "binary":
        return this.add(type.name, []);
      case "template":
        return this.add(`template ${type.text}`, []);
      case "brand":
        return this.read(type.of);
      case "array":
      case "set":
        return this.add(type.kind, [["", this.read(type.element)]]);
      case "record":
        return this.add("record", this.#open(type, ""));
      case "map":
        return this.add("map", [
          ["key", this.read(type.key)],
          ["value", this.read(type.value)],
        ]);
      case "tuple":
        return this.add("tuple", [
          ...type.elements.map((each, index): [string, number] => [
            `${index}${index < type.required ? "" : "?"}`,
            this.read(each),
          ]),
          ...(type.rest === undefined ? [] : [["...", this.read(type.rest)] as const]),
        ]);
      case "object": {
        const parts = type.properties.map((each): [string, number] => {
          const presence = each.optional ? "?" : each.undefinable ? "|" : "";
          // Quoted: a field may be called "a?".
          return [JSON.stringify(each.name) + presence, this.read(each.type)];
        });
        if (type.open !== undefined) parts.push(...this.#open(type.open, "*"));
        return this.add("object", inOrder(parts));
      }
      case "union": {
        const members = flatMembers(type, this.#types);
        const [only] = members;
        if (members.length === 1 && only !== undefined) return this.read(only);
        const isBoxed = boxedAmong(members, this.#types);
        return this.add(
          "union",
          members.map((each) => ["", isBoxed(each) ? this.add("boxed bigint", []) : this.read(each)]),
        );
      }
      case "named":
        return this.#readNamed(type.id);
    }
  }

  #open({ key, value }: OpenModel, name: string): [string, number][] {
    const isAny = key.kind === "primitive" && key.name === "string";
    return [...(isAny ? [] : [["key", this.read(key)] as [string, number]]), [name, this.read(value)]];
  }

  #readNamed(id: string): number {
    const known = this.#named.get(id);
    if (known !== undefined) return known;
    const type = resolve({ kind: "named", id }, this.#types);
    // A type that can name itself is a node before its parts are read; what has no parts cannot.
    const node = this.add("", []);
    this.#named.set(id, node);
    const read = this.#nodes[this.read(type)];
    if (read !== undefined) this.#nodes[node] = read;
    return node;
  }

  /** What can be reached from `root`, each structure once, numbered in the order in which it is met. */
  canonical(root: number): Schema {
    const structures = this.#structures(root);
    const entries: [string, [string, number][]][] = [];
    const numbers = new Map<string, number>();
    const visit = (index: number): number => {
      const structure = structures.get(index) ?? "";
      const known = numbers.get(structure);
      if (known !== undefined) return known;
      const number = entries.length;
      numbers.set(structure, number);
      const { label, parts } = this.#node(index);
      const entry: [string, [string, number][]] = [label, []];
      entries.push(entry);
      const to = parts.map(([key, part]) => ({ key, part, structure: structures.get(part) ?? "" }));
      const ordered = label === "union" ? uniqueByStructure(to) : to;
      for (const { key, part } of ordered) entry[1].push([key, visit(part)]);
      return number;
    };
    visit(root);
    return entries;
  }

  /**
   * Which nodes are of one structure: refines by what their parts are until nothing more is told apart. What it gives a
   * node follows from the structure alone, so that it also orders the members of a union.
   */
  #structures(root: number): ReadonlyMap<number, string> {
    const reached = this.#reach(root);
    let structures = new Map<number, string>();
    for (let before = -1, count = 0; count > before;) {
      const next = new Map<number, string>();
      for (const index of reached) {
        const { label, parts } = this.#node(index);
        const to = parts.map(([key, part]) => ({ key, structure: structures.get(part) ?? "" }));
        const told = label === "union" ? uniqueByStructure(to) : to;
        next.set(index, digest(JSON.stringify([label, told])));
      }
      structures = next;
      before = count;
      count = new Set(structures.values()).size;
    }
    return structures;
  }

  #reach(root: number): ReadonlySet<number> {
    const reached = new Set([root]);
    // A Set is walked over what is added on the way, too.
    for (const index of reached) for (const [, part] of this.#node(index).parts) reached.add(part);
    return reached;
  }

  #node(index: number): GraphNode {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`the graph holds no node ${index}`);
    return node;
  }
}

function uniqueByStructure<Part extends { readonly structure: string }>(parts: readonly Part[]): Part[] {
  const unique = new Map(parts.map((each) => [each.structure, each]));
  return inOrder([...unique]).map(([, part]) => part);
}

/** Members of unions inside are members of the whole; both booleans are `boolean`. */
export function flatMembers(union: UnionModel, types: Types): TypeModel[] {
  const flat = union.members.flatMap((each) => {
    const type = resolve(each, types);
    return type.kind === "union" ? flatMembers(type, types) : [each];
  });
  const isBoolean = (type: TypeModel) => type.kind === "literal" && typeof type.value === "boolean";
  if (new Set(flat.filter(isBoolean).map((each) => each.kind === "literal" && each.value)).size < 2) return flat;
  return [...flat.filter((each) => !isBoolean(each)), { kind: "primitive", name: "boolean" }];
}

/** What was digested before: the methods of a contract reach the same types again and again. */
const digests = new Map<string, string>();

function digest(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  // A generator that stays open must not keep every version of every contract.
  if (digests.size >= 16_384) digests.clear();
  const made = createHash("sha256").update(text).digest("hex").slice(0, 16);
  digests.set(text, made);
  return made;
}
