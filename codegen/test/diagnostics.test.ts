import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";

/** A source, and what is said of it: `line:column message`, in order. */
interface Row {
  readonly name: string;
  readonly source: string;
  readonly said: readonly string[];
}

/** The contract C with one method, on line 1; `more` follows it. */
const contract = (method: string, more = "") => `export interface C { ${method} }\n${more}`;
/** The contract with a parameter of this type: the parameter stands at 1:26. */
const taking = (type: string, more = "") => contract(`m(a: ${type}): Promise<void>`, more);

const refusedTypes: readonly (readonly [type: string, said: string, more?: string])[] = [
  [
    "any",
    "any cannot be checked: write the type (a name whose module cannot be found is any as well; only ECMAScript's own types are known here) [any]",
  ],
  [
    "Buffer",
    "any cannot be checked: write the type (a name whose module cannot be found is any as well; only ECMAScript's own types are known here) [Buffer]",
  ],
  ["unknown", "unknown cannot be checked: write the type, or a union of what it may be [unknown]"],
  ["never", "never has no value: leave it out [never]"],
  ["void", "void is no value: write undefined, or null [void]"],
  ["symbol", "a symbol means nothing in another process: send a string [symbol]"],
  [
    "object",
    "object and {} say nothing of what is inside: write an interface with the fields, or Record<string, T> [object]",
  ],
  ["{}", "object and {} say nothing of what is inside: write an interface with the fields, or Record<string, T> [{}]"],
  [
    "() => void",
    "a function cannot be sent: send data, and call back through a method or a stream of the contract [() => void]",
  ],
  [
    "Function",
    "a function cannot be sent: send data, and call back through a method or a stream of the contract [Function]",
  ],
  [
    "K",
    "an instance of a class cannot be sent: its methods and private fields would be lost; write an interface with the fields [K]",
    "export class K { a = 1 }",
  ],
  [
    "Promise<string>",
    "a Promise cannot be sent inside a value: await it first and send what it gives [Promise<string>]",
  ],
  ["`a${string}`", "a template literal type is not supported yet: write string, or a union of literals [`a${string}`]"],
  ["5n", "a bigint literal type is not supported yet: write bigint, or a number literal [5n]"],
  [
    "string & { brand: 1 }",
    "an intersection with a primitive (a branded type) is not supported yet: write the primitive [string & { brand: 1; }]",
  ],
  [
    "N",
    "a computed member of an enum has no value that is known here: give it a constant [N]",
    'export enum N { A = "a".length }',
  ],
  ["RangeError", "an Error cannot be sent: declare an interface and name it in @throws {Name} [RangeError]"],
  [
    "Float64Array",
    "only Uint8Array is supported yet: send its bytes as Uint8Array, or number[] [Float64Array<ArrayBufferLike>]",
  ],
  ["ArrayBuffer", "only Uint8Array is supported yet: send its bytes as Uint8Array, or number[] [ArrayBuffer]"],
  [
    "Uint8Array<ArrayBuffer>",
    "bytes are sent as a plain Uint8Array: write it without a type argument [Uint8Array<ArrayBuffer>]",
  ],
  ["RegExp", "this built-in type cannot be sent: write an interface with the fields, or send text [RegExp]"],
  [
    "WeakMap<object, string>",
    "this built-in type cannot be sent: write an interface with the fields, or send text [WeakMap<object, string>]",
  ],
  [
    "Iterable<string>",
    "an iterator cannot be sent: write T[] inside a value, or AsyncIterable<T> as the result or the last parameter [Iterable<string>]",
  ],
  [
    "AsyncGenerator<string>",
    "an iterator cannot be sent: write T[] inside a value, or AsyncIterable<T> as the result or the last parameter [AsyncGenerator<string, any, any>]",
  ],
  [
    "{ [key: number]: string }",
    "keys of an index signature must be string: write Record<string, T>, or Map<K, V> for other keys [{ [key: number]: string; }]",
  ],
  [
    "{ [key: string]: string; b: string }",
    "an index signature beside declared fields is not supported yet: move the open keys into a field of type Record<string, T> [{ [key: string]: string; b: string; }]",
  ],
  [
    "{ [Symbol.iterator]: string }",
    "a symbol key cannot be sent: name the field by a string [{ [Symbol.iterator]: string; }]",
  ],
  [
    "[string, number?]",
    "a tuple with optional or rest elements is not supported yet: write T[], or an object with optional fields [[string, number?]]",
  ],
  [
    "[string, ...number[]]",
    "a tuple with optional or rest elements is not supported yet: write T[], or an object with optional fields [[string, ...number[]]]",
  ],
];

const rows: readonly Row[] = [
  ...refusedTypes.map(([type, said, more]) => ({
    name: `the type ${type}`,
    source: taking(type, more),
    said: [`1:24 C.m(a): ${said}`],
  })),
  {
    name: "a part of a part is named by its path and its own place",
    source:
      "export interface Line { sku: string; onDone: () => void }\nexport interface Order { lines: Line[] }\nexport interface Orders { place(order: Order): Promise<void> }",
    said: [
      "1:38 Orders.place(order.lines[].onDone): a function cannot be sent: send data, and call back through a method or a stream of the contract [() => void]",
    ],
  },
  {
    name: "results, maps, sets, tuples and records are steps of a path",
    source: contract("m(): Promise<Map<symbol, { a: Set<unknown>; b: [string, Record<string, any>] }>>"),
    said: [
      "1:22 C.m(): result.keys(): a symbol means nothing in another process: send a string [symbol]",
      "1:49 C.m(): result.values().a[]: unknown cannot be checked: write the type, or a union of what it may be [unknown]",
      "1:66 C.m(): result.values().b[1][*]: any cannot be checked: write the type (a name whose module cannot be found is any as well; only ECMAScript's own types are known here) [any]",
    ],
  },
  {
    name: "a stream inside a value",
    source: contract("m(a: { s: AsyncIterable<string> }): AsyncIterable<AsyncIterable<string>>"),
    said: [
      "1:22 C.m(): result: a stream cannot be sent inside a value: make it the method's result or its last parameter [AsyncIterable<string>]",
      "1:29 C.m(a.s): a stream cannot be sent inside a value: make it the method's result or its last parameter [AsyncIterable<string>]",
    ],
  },
  {
    name: "a type of a module that cannot be found",
    source: 'import type { Gone } from "./gone.js";\n' + contract("m(): Promise<Gone>"),
    said: [
      "2:22 C.m(): result: any cannot be checked: write the type (a name whose module cannot be found is any as well; only ECMAScript's own types are known here) [Gone]",
    ],
  },
  {
    name: "a type that is not exported",
    source: contract("m(a: Hidden): Promise<void>", "interface Hidden { a: string }"),
    said: [
      "1:24 C.m(a): the generated file cannot import Hidden: export it from its module (and, if that is another package, import it by name in this file)",
    ],
  },
  {
    name: "a generic type that grows with every use",
    source: taking("List<string>", "export interface List<T> { next: List<T[]> | null }"),
    said: [
      "2:28 C.m(a.next.next.next.next.next.next.next.next.next.next.next…: this type never ends, each use of it needs another: let it name itself with the same type arguments",
    ],
  },
  {
    name: "a field that every object inherits",
    source: taking("{ toString: string; constructor?: string }"),
    said: [
      "1:29 C.m(a.toString): every JavaScript object inherits something of this name: rename the field",
      "1:47 C.m(a.constructor): every JavaScript object inherits something of this name: rename the field",
    ],
  },
  {
    name: "objects that no literal tells apart",
    source: taking("A | B", "export interface A { a: string }\nexport interface B { a?: string }"),
    said: [
      '1:24 C.m(a): these objects cannot be told apart: A, B; give each a field of the same name with a literal of its own (kind: "circle")',
    ],
  },
  {
    name: "a discriminant that may be absent, or is shared",
    source:
      taking('{ kind?: "a" } | { kind: "b" }') +
      contract("m(): Promise<void>").replace("C", "D").replace("m()", 'm(b: { t: "a" | "b" } | { t: "b"; u: 1 })'),
    said: [
      '1:24 C.m(a): these objects cannot be told apart: CMAA, CMAB; give each a field of the same name with a literal of its own (kind: "circle")',
      '2:24 D.m(b): these objects cannot be told apart: DMB, DMBB; give each a field of the same name with a literal of its own (kind: "circle")',
    ],
  },
  {
    name: "kinds that look alike on the wire",
    source: contract(
      "m(a: string[] | Set<string>, b: bigint | number, c: bigint | 'x', d: Map<string, string> | [string]): Promise<void>",
    ),
    said: [
      '1:24 C.m(a): Set<string> and string[] look alike on the wire (both array): put them into objects with a literal field (kind: "…") that tells them apart',
      '1:51 C.m(b): bigint and number look alike on the wire (both number): put them into objects with a literal field (kind: "…") that tells them apart',
      '1:71 C.m(c): "x" and bigint look alike on the wire (both text): put them into objects with a literal field (kind: "…") that tells them apart',
      '1:88 C.m(d): Map<string, string> and [string] look alike on the wire (both array): put them into objects with a literal field (kind: "…") that tells them apart',
    ],
  },
  {
    name: "an object beside a record",
    source: taking("Record<string, string> | { a: string }"),
    said: [
      '1:24 C.m(a): CMA and Record<string, string> look alike on the wire (both map): put them into objects with a literal field (kind: "…") that tells them apart',
    ],
  },
  {
    name: "no contract",
    source: "\nexport interface Data { a: string }\ninterface Hidden { m(): Promise<void> }",
    said: [
      "2:1 no contract here: export an interface whose members are all methods that return Promise<T>, AsyncIterable<T>, or void with @oneway",
    ],
  },
  {
    name: "calls beside data",
    source: "export interface C { m(): Promise<void>; count: number }",
    said: [
      "1:42 C.count: a contract has only methods, and this is data: move it into a method's result, or move the methods into an interface of their own",
    ],
  },
  {
    name: "type parameters",
    source: "export interface C<T> { m(a: T): Promise<void>; n<U>(a: U): Promise<void> }",
    said: [
      "1:18 C: a contract cannot have type parameters: write one interface for each use",
      "1:27 C.m(a): a type that depends on a type parameter is not known here: write the type itself [T]",
      "1:49 C.n: a method cannot have type parameters: the other end cannot know them; write the types",
      "1:54 C.n(a): a type that depends on a type parameter is not known here: write the type itself [U]",
    ],
  },
  {
    name: "two contracts that would share names",
    source:
      "/** @service wire */\nexport interface Orders { m(): Promise<void> }\n/** @service wire */\nexport interface orders { m(): Promise<void> }",
    said: [
      'Orders: orders: another contract of this file has the name "wire" on the wire: give each its own @service name',
      "orders: its generated names are those of Orders too: rename one of the two",
    ].map((said) => `4:18 ${said.replace(/^Orders: /, "")}`),
  },
  {
    name: "a service name that is none",
    source: "/** @service shop..orders */\nexport interface C { m(): Promise<void> }",
    said: [
      '2:18 C: @service "shop..orders" is no name: write letters, digits and _, in parts joined by dots (@service shop.orders.v1)',
    ],
  },
  {
    name: "methods whose names have a meaning of their own",
    source: contract(
      'then(): Promise<void>; constructor(): Promise<void>; toString(): Promise<string>; __proto__(): Promise<void>; "a-b"(): Promise<void>; [Symbol.iterator](): Promise<void>',
    ),
    said: [
      "1:22 C.then: a method cannot have this name, it has a meaning on every JavaScript object or promise: choose another",
      "1:45 C.constructor: a method cannot have this name, it has a meaning on every JavaScript object or promise: choose another",
      "1:75 C.toString: a method cannot have this name, it has a meaning on every JavaScript object or promise: choose another",
      "1:104 C.__proto__: a method cannot have this name, it has a meaning on every JavaScript object or promise: choose another",
      "1:132 C.a-b: a method's name must be an identifier: letters, digits, _ and $",
      "1:156 C.[Symbol.iterator]: a method's name must be an identifier: letters, digits, _ and $",
    ],
  },
  {
    name: "an optional method",
    source: contract("m?(): Promise<void>"),
    said: ["1:22 C.m: a method cannot be optional: a server that lacks it answers unimplemented; remove the ?"],
  },
  {
    name: "overloads",
    source: contract("m(a: string): Promise<void>; m(a: number): Promise<void>"),
    said: ["1:22 C.m: overloads are one name on the wire: give each form a name of its own"],
  },
  {
    name: "parameters that are not plain",
    source: contract("m(this: string, { a }: { a: string }, ...rest: string[]): Promise<void>"),
    said: [
      "1:24 C.m: a contract has no this: remove the parameter",
      "1:38 C.m: a destructured parameter has no name: name it, and destructure it in the implementation",
      "1:63 C.m(...rest): a rest parameter cannot be sent: write an array parameter",
    ],
  },
  {
    name: "streams in the wrong place",
    source: contract(
      "m(a: AsyncIterable<string>, b: string): Promise<void>; n(a: AsyncIterable<string>, b: AsyncIterable<string>): Promise<void>; o(a?: AsyncIterable<string>): Promise<void>",
    ),
    said: [
      "1:24 C.m(a): a method takes at most one stream, as its last parameter: move it there",
      "1:79 C.n(a): a method takes at most one stream, as its last parameter: move it there",
      "1:149 C.o(a): a stream cannot be optional: an empty stream is one that ends at once; remove the ?",
    ],
  },
  {
    name: "a result that does not wait",
    source: contract("m(): string; n(): Promise<void>"),
    said: [
      "1:22 C.m: a call over a network cannot return at once: write Promise<string> (or AsyncIterable of it, for a stream)",
    ],
  },
  {
    name: "void and @oneway without each other",
    source: contract("m(): void; /** @oneway */ n(): Promise<void>"),
    said: [
      "1:22 C.m: only a one-way call returns void: mark it /** @oneway */, or write Promise<void> to wait for the answer",
      "1:48 C.n: a @oneway call has no answer: return void, or remove @oneway",
    ],
  },
  {
    name: "a one-way call that streams or throws",
    source: contract(
      "/** @oneway @throws {E} */ m(a: AsyncIterable<string>): void",
      "export interface E { a: string }",
    ),
    said: [
      "1:49 C.m: a @oneway call has no answer, so nobody sees its @throws: remove it, or return Promise<void>",
      "1:49 C.m: a @oneway call takes no stream: return Promise<void>, or send one message each",
    ],
  },
  {
    name: "declared errors that are none",
    source: contract(
      "/** @throws when it fails @throws {Gone} @throws {Text} @throws {Bad} */ m(): Promise<void>",
      'export type Text = "a";\nexport interface Bad { message: string; left: number }',
    ),
    said: [
      "1:95 C.m: @throws must name an exported interface in braces: @throws {OutOfStock}",
      "1:95 C.m: @throws {Gone} names no type of this file: declare and export the interface here, or import it",
      "1:95 C.m: @throws {Text} must name an interface with fields",
      "3:24 Bad.message: every error has a property of this name: rename the field",
    ],
  },
  {
    name: "two declared errors of one name",
    source:
      'import type { E as Other } from "./shared/errors.js";\n' +
      contract("/** @throws {E} @throws {Other} */ m(): Promise<void>", "export interface E { a: string }"),
    said: ["2:57 C.m: two declared errors are called E: rename one of them"],
  },
  {
    name: "a duration that is none",
    source: contract(
      "/** @timeout soon */ m(): Promise<void>; /** @timeout 0ms */ n(): Promise<void>; /** @timeout 5 */ o(): Promise<void>",
    ),
    said: [
      '1:43 C.m: @timeout "soon" is no duration: write a number and ms, s or min (@timeout 500ms)',
      '1:83 C.n: @timeout "0ms" is no duration: write a number and ms, s or min (@timeout 500ms)',
      '1:121 C.o: @timeout "5" is no duration: write a number and ms, s or min (@timeout 500ms)',
    ],
  },
];

const folder = mkdtempSync(join(tmpdir(), "tautline-codegen-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
mkdirSync(join(folder, "shared"));
writeFileSync(join(folder, "shared/errors.ts"), "export interface E { b: string }");
const paths = rows.map((row, index) => {
  const path = join(folder, `row${index}.ts`);
  writeFileSync(path, row.source);
  return path;
});
// One run for all: each diagnostic names its file.
const { diagnostics, outputs } = generate(paths);

describe("what cannot be sent is refused where it stands, with what to write instead", () => {
  it.each(rows.map((row, index) => ({ ...row, file: `row${index}.ts` })))("$name", ({ file, said }) => {
    const mine = diagnostics.filter((each) => basename(each.file) === file);
    expect(mine.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(said);
  });

  it("and nothing is generated for such a file", () => {
    expect(outputs).toEqual([]);
  });
});

describe("a path that is no source", () => {
  it.each([
    ["missing.ts", "this file cannot be read: check the path"],
    [
      "orders.proto",
      "contracts are read from TypeScript sources: give a .ts or .mts file that is not a declaration file",
    ],
    [
      "orders.d.ts",
      "contracts are read from TypeScript sources: give a .ts or .mts file that is not a declaration file",
    ],
  ])("is named as it was given: %s", (file, message) => {
    expect(generate([file])).toMatchObject({ outputs: [], diagnostics: [{ file, line: 1, column: 1, message }] });
  });
});
