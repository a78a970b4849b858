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
  [
    "Uppercase<string>",
    "this template literal type cannot be checked: only number, bigint and at most two of string may stand in its holes, with text between three holes or more; write string, or a union of literals [Uppercase<string>]",
  ],
  [
    "`${string}-${string}-${string}`",
    "this template literal type cannot be checked: only number, bigint and at most two of string may stand in its holes, with text between three holes or more; write string, or a union of literals [`${string}-${string}-${string}`]",
  ],
  [
    "`${number}${bigint}${number}`",
    "this template literal type cannot be checked: only number, bigint and at most two of string may stand in its holes, with text between three holes or more; write string, or a union of literals [`${number}${bigint}${number}`]",
  ],
  [
    "`a${Uppercase<string>}`",
    "this template literal type cannot be checked: only number, bigint and at most two of string may stand in its holes, with text between three holes or more; write string, or a union of literals [`a${Uppercase<string>}`]",
  ],
  [
    "string & { brand: 1 }",
    'a branded type needs a name that the generated file can import: export type Sku = string & { readonly __brand: "Sku" } [string & { brand: 1; }]',
  ],
  [
    "N",
    "a computed member of an enum has no value that is known here: give it a constant [N]",
    'export enum N { A = "a".length }',
  ],
  ["RangeError", "an Error cannot be sent: declare an interface and name it in @throws {Name} [RangeError]"],
  [
    "DataView",
    "this view of binary data cannot be sent: send its bytes as Uint8Array, or number[] [DataView<ArrayBufferLike>]",
  ],
  [
    "SharedArrayBuffer",
    "this view of binary data cannot be sent: send its bytes as Uint8Array, or number[] [SharedArrayBuffer]",
  ],
  [
    "Uint8Array<ArrayBuffer>",
    "binary data is sent without its buffer: write the type without an argument [Uint8Array<ArrayBuffer>]",
  ],
  [
    "Float32Array<SharedArrayBuffer>",
    "binary data is sent without its buffer: write the type without an argument [Float32Array<SharedArrayBuffer>]",
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
    "{ [key: symbol]: string }",
    "an object can have one index signature, with keys of string, number or a template literal: write Record<string, T>, or Map<K, V> for other keys [{ [key: symbol]: string; }]",
  ],
  [
    "{ [key: string]: string; [key: number]: 'a' }",
    'an object can have one index signature, with keys of string, number or a template literal: write Record<string, T>, or Map<K, V> for other keys [{ [key: string]: string; [key: number]: "a"; }]',
  ],
  [
    "{ [Symbol.iterator]: string }",
    "a symbol key cannot be sent: name the field by a string [{ [Symbol.iterator]: string; }]",
  ],
  [
    "[...string[], number]",
    "a tuple's rest must be its last element: move it to the end, or write an object with a field for each part [[...string[], number]]",
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
    name: "an enum, a brand and a declared error that are not exported",
    source: contract(
      "/** @throws {Gone} */ m(a: Hidden, b: Sku): Promise<void>",
      'enum Hidden { A }\ntype Sku = string & { readonly __brand: "Sku" };\ninterface Gone { a: string }',
    ),
    said: [
      "1:44 C.m() throws Gone: the generated file cannot import Gone: export it from its module (and, if that is another package, import it by name in this file)",
      "1:46 C.m(a): the generated file cannot import Hidden: export it from its module (and, if that is another package, import it by name in this file)",
      "1:57 C.m(b): the generated file cannot import Sku: export it from its module (and, if that is another package, import it by name in this file)",
    ],
  },
  {
    name: "what is not exported and met again, once",
    source: contract(
      "m(a: Hidden | Sku, b: Sku | null): Promise<Sku | Hidden>",
      'enum Hidden { A = "a", B = "b" }\ntype Sku = number & { readonly __brand: "Sku" };',
    ),
    said: [
      "1:24 C.m(a): the generated file cannot import Hidden: export it from its module (and, if that is another package, import it by name in this file)",
      "1:24 C.m(a): the generated file cannot import Sku: export it from its module (and, if that is another package, import it by name in this file)",
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
      '1:24 C.m(a): A and B cannot be told apart: give each a field of the same name with a literal of its own (kind: "circle"), or a required field that the other does not have',
    ],
  },
  {
    name: "a discriminant that may be absent, or is shared",
    source:
      taking('{ kind?: "a" } | { kind: "b" }') +
      contract("m(): Promise<void>").replace("C", "D").replace("m()", 'm(b: { t: "a" | "b" } | { t: "b"; u?: 1 })'),
    said: [
      '1:24 C.m(a): { kind?: "a" } and { kind: "b" } cannot be told apart: give each a field of the same name with a literal of its own (kind: "circle"), or a required field that the other does not have',
      '2:24 D.m(b): { t: "a" | "b" } and { t: "b"; u?: 1 } cannot be told apart: give each a field of the same name with a literal of its own (kind: "circle"), or a required field that the other does not have',
    ],
  },
  {
    name: "kinds that look alike on the wire",
    source: contract(
      "m(a: string[] | Set<string>, b: bigint | number | [1], c: 5n | 'x', d: Map<string, string> | [string]): Promise<void>",
    ),
    said: [
      '1:24 C.m(a): Set<string> and string[] look alike on the wire (both array): put them into objects with a literal field (kind: "…") that tells them apart',
      '1:51 C.m(b): bigint and [1] look alike on the wire (both array): put them into objects with a literal field (kind: "…") that tells them apart',
      '1:77 C.m(c): "x" and 5n look alike on the wire (both text): put them into objects with a literal field (kind: "…") that tells them apart',
      '1:90 C.m(d): Map<string, string> and [string] look alike on the wire (both array): put them into objects with a literal field (kind: "…") that tells them apart',
    ],
  },
  {
    name: "views on the same bytes",
    source: taking("Uint8Array | Float64Array"),
    said: [
      '1:24 C.m(a): Uint8Array and Float64Array look alike on the wire (both bytes): put them into objects with a literal field (kind: "…") that tells them apart',
    ],
  },
  {
    name: "the two of several objects that look alike, open ones among them",
    source:
      taking("{ a: 1 } | { b: 1; c?: 1 } | { c?: 2 } | { d?: 1 }") +
      contract("m(): Promise<void>").replace("C", "D").replace("m()", "m(b: { a: 1 } | { b: 1; [key: string]: 1 })"),
    said: [
      '1:24 C.m(a): { c?: 2 } and { d?: 1 } cannot be told apart: give each a field of the same name with a literal of its own (kind: "circle"), or a required field that the other does not have',
      '2:24 D.m(b): { a: 1 } and { b: 1; [key: string]: 1 } cannot be told apart: give each a field of the same name with a literal of its own (kind: "circle"), or a required field that the other does not have',
    ],
  },
  {
    name: "an object beside a record",
    source: taking("Record<string, string> | { a: string }"),
    said: [
      '1:24 C.m(a): { a: string } and Record<string, string> look alike on the wire (both map): put them into objects with a literal field (kind: "…") that tells them apart',
    ],
  },
  {
    name: "no contract",
    source: "\nexport interface Data { a: string }\ninterface Hidden { m(): Promise<void> }",
    said: [
      "2:1 no contract here: export an interface without type parameters whose members are all methods that return Promise<T>, AsyncIterable<T>, or void with @oneway",
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
    name: "type parameters of methods",
    source: "export interface C { n<U>(a: U): Promise<void> }",
    said: [
      "1:22 C.n: a method cannot have type parameters: the other end cannot know them; write the types",
      "1:27 C.n(a): a type that depends on a type parameter is not known here: write the type itself [U]",
    ],
  },
  {
    name: "nothing but an interface with type parameters",
    source: "export interface C<T> { m(a: T): Promise<void> }",
    said: [
      "1:1 no contract here: export an interface without type parameters whose members are all methods that return Promise<T>, AsyncIterable<T>, or void with @oneway",
    ],
  },
  {
    name: "calls without a name",
    source: [
      "export interface C extends D { m(): Promise<void>; (a: string): Promise<void> }",
      "export interface D { new (a: string): Promise<void>; [name: string]: (a: string) => Promise<void> }",
    ].join("\n"),
    said: ["1:52", "2:22", "2:54"].map(
      (place) =>
        `${place} C: a contract has only methods with names, and this is a call, a constructor or an index signature: write each call as a method`,
    ),
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
      "1:22 C.then: a method cannot have this name, it means something to JavaScript itself: choose another",
      "1:45 C.constructor: a method cannot have this name, it means something to JavaScript itself: choose another",
      "1:75 C.toString: a method cannot have this name, it means something to JavaScript itself: choose another",
      "1:104 C.__proto__: a method cannot have this name, it means something to JavaScript itself: choose another",
      "1:132 C.a-b: a method's name must be an identifier: letters, digits, _ and $",
      "1:156 C.[Symbol.iterator]: a method's name must be an identifier: letters, digits, _ and $",
    ],
  },
  {
    name: "a method that would be a constructor",
    source: contract('"new"(): Promise<void>'),
    said: ["1:22 C.new: a method cannot have this name, it means something to JavaScript itself: choose another"],
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
    said: ["2:57 C.m: two declared errors would have one class for their name, E: rename one of them"],
  },
  {
    name: "two declared errors of one class",
    source: contract(
      "/** @throws {gone} @throws {Gone} */ m(): Promise<void>",
      "export interface gone { a: string }\nexport interface Gone { a: string }",
    ),
    said: ["1:59 C.m: two declared errors would have one class for their name, Gone: rename one of them"],
  },
  {
    name: "a declared error with open keys",
    source: contract(
      "/** @throws {Gone} */ m(): Promise<void>",
      "export interface Gone { a: string; [key: string]: string }",
    ),
    said: [
      "1:44 C.m: @throws {Gone} must name an interface without an index signature: write a field with a Record for open keys",
    ],
  },
  {
    name: "a brand with a mark that cannot be imported",
    source: taking("Id<K>", "export class K { a = 1 }\nexport type Id<Of> = string & { readonly __of: Of };"),
    said: [
      '1:24 C.m(a): a branded type needs a name that the generated file can import: export type Sku = string & { readonly __brand: "Sku" } [Id<K>]',
    ],
  },
  {
    name: "bounds that say nothing that can be checked",
    source:
      "export interface C {\n" +
      [
        "@minimum low",
        "@maximum",
        "@maximum 1e400",
        "@minimum 9007199254740993 @maximum 9007199254740992",
        "@minLength -1",
        "@maxLength 1.5",
        "@maxItems many",
        "@format ipv4",
        "@pattern",
        "@pattern [a-",
        "@pattern (a+)+$",
        "@pattern (a)\\1",
        "@minimum 1 @minimum 2",
        "@minimum 2 @maximum 1",
        "@minLength 2 @maxLength 1",
        "@maxLength 1025 @pattern ^a*a*$",
        "@pattern a*a*$ @minLength 102",
      ]
        .map((tag, index) => `m${index}(/** ${tag} */ a: A): Promise<void>\n`)
        .join("")
        .replaceAll(": A)", ": string | number | Map<1, 1> | null)") +
      "}",
    said: [
      "2:24 C.m0(a): @minimum low: write a number (@minimum 1)",
      "3:20 C.m1(a): @maximum: write a number (@maximum 1)",
      "4:26 C.m2(a): @maximum 1e400: write a number (@maximum 1)",
      "5:63 C.m3(a): @minimum 9007199254740993: no value has room below @maximum 9007199254740992",
      "6:25 C.m4(a): @minLength -1: write a whole number from 0 (@minLength 100)",
      "7:26 C.m5(a): @maxLength 1.5: write a whole number from 0 (@maxLength 100)",
      "8:26 C.m6(a): @maxItems many: write a whole number from 0 (@maxItems 100)",
      "9:24 C.m7(a): @format ipv4: write one of uuid, email, uri, date-time",
      "10:20 C.m8(a): @pattern: write a regular expression (@pattern ^[A-Z]+$)",
      "11:24 C.m9(a): @pattern [a-: this is no regular expression with the flag u: Invalid regular expression: /[a-/u: Unterminated character class",
      "12:28 C.m10(a): @pattern (a+)+$: nested quantifiers that read the same text in several ways can run for ever: write the repetition once",
      "13:27 C.m11(a): @pattern (a)\\1: a reference to a group can run for ever: write the pattern without it",
      "14:34 C.m12(a): @minimum 2: this tag is there twice: keep one",
      "15:34 C.m13(a): @minimum 2: no value has room below @maximum 1",
      "16:38 C.m14(a): @minLength 2: no value has room below @maxLength 1",
      "17:44 C.m15(a): @pattern ^a*a*$: text of 1025 can be read in too many ways: write @maxLength 1024 or less",
      "18:42 C.m16(a): @pattern a*a*$: text of 102 can be read in too many ways: write @maxLength 101 or less",
    ],
  },
  {
    name: "bounds on a type that they do not fit",
    source: [
      "export interface C { m(a: A, /** @maxItems 1 */ b: [string, ...string[]]): Promise<void> }",
      "export interface A {",
      "  /** @minLength 1 */ a: number;",
      "  /** @minimum 1 */ b: string[];",
      "  /** @integer */ c: bigint;",
      "  /** @pattern a */ d: Date | null;",
      '  /** @format uuid */ e: "a" | "b";',
      "}",
    ].join("\n"),
    said: [
      "1:49 C.m(b): @maxItems says nothing of [string, ...string[]]: remove it, or put it on a field or parameter of its own with a type that it fits (an array, Set or Map)",
      "3:23 C.m(a.a): @minLength says nothing of number: remove it, or put it on a field or parameter of its own with a type that it fits (string or binary data)",
      "4:21 C.m(a.b): @minimum says nothing of string[]: remove it, or put it on a field or parameter of its own with a type that it fits (number or bigint)",
      "5:19 C.m(a.c): @integer says nothing of bigint: remove it, or put it on a field or parameter of its own with a type that it fits (number)",
      "6:21 C.m(a.d): @pattern says nothing of Date | null: remove it, or put it on a field or parameter of its own with a type that it fits (string)",
      '7:23 C.m(a.e): @format says nothing of "a" | "b": remove it, or put it on a field or parameter of its own with a type that it fits (string)',
    ],
  },
  {
    name: "bounds on a method, on a stream, and on a parameter that is not there",
    source: contract(
      "/** @minimum 1 */ m(a: number): Promise<void>; /** @param b @minimum 1 */ n(a: number): Promise<void>; o(/** @minimum 1 */ a: AsyncIterable<number>): Promise<void>",
    ),
    said: [
      "1:40 C.m: a bound on a method bounds nothing: write it before a parameter (/** @minimum 1 */ count: number) or behind @param count",
      "1:96 C.n: @param b bounds a parameter that is not there: correct its name",
      "1:145 C.o(a): a bound on a stream bounds nothing: put it on a field of the stream's items",
    ],
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
