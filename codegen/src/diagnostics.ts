// What cannot be sent, why, and what to write instead: every sentence that the generator says is in this file.
import type { Position } from "./model.js";
import { compareText } from "./order.js";
import type { Refusal } from "./source.js";

/** What is wrong with a contract. `line` and `column` count from 1; `file` is relative to the working directory. */
export interface Diagnostic extends Position {
  /** What, why, and what to write instead. */
  readonly message: string;
}

/** Collects everything that is wrong in one run, so that one run shows it all. */
export class Diagnostics {
  readonly #found = new Map<string, Diagnostic>();
  #reports = 0;

  /** The same sentence about the same place is kept once. */
  report(position: Position, message: string): void {
    const { file, line, column } = position;
    this.#reports++;
    this.#found.set(`${file}:${line}:${column}:${message}`, { file, line, column, message });
  }

  /** How often something was reported, repetitions included: whether a file is in order shows in the difference. */
  get count(): number {
    return this.#reports;
  }

  /** By file, line and column. */
  sorted(): Diagnostic[] {
    return [...this.#found.values()].sort(
      (a, b) =>
        compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.message, b.message),
    );
  }
}

/** A tag of a bound that cannot be used as it is written. */
export interface BoundFault {
  readonly tag: string;
  /** What stands behind the tag. */
  readonly text: string;
  /** Why not, and what to write. */
  readonly want: string;
}

/** What each bound can be put on. */
const boundTypes: Readonly<Record<string, string>> = {
  minimum: "number or bigint",
  maximum: "number or bigint",
  integer: "number",
  minLength: "string or binary data",
  maxLength: "string or binary data",
  pattern: "string",
  format: "string",
  maxItems: "an array, Set or Map",
};

const refusals: Readonly<Record<Refusal, string>> = {
  any: "any cannot be checked: write the type (a name whose module cannot be found is any as well; only ECMAScript's own types are known here)",
  unknown: "unknown cannot be checked: write the type, or a union of what it may be",
  never: "never has no value: leave it out",
  void: "void is no value: write undefined, or null",
  symbol: "a symbol means nothing in another process: send a string",
  object: "object and {} say nothing of what is inside: write an interface with the fields, or Record<string, T>",
  function: "a function cannot be sent: send data, and call back through a method or a stream of the contract",
  class:
    "an instance of a class cannot be sent: its methods and private fields would be lost; write an interface with the fields",
  promise: "a Promise cannot be sent inside a value: await it first and send what it gives",
  stream: "a stream cannot be sent inside a value: make it the method's result or its last parameter",
  generic: "a type that depends on a type parameter is not known here: write the type itself",
  "template-literal":
    "this template literal type cannot be checked: only number, bigint and at most two of string may stand in its holes, with text between three holes or more; write string, or a union of literals",
  "nameless-brand":
    'a branded type needs a name that the generated file can import: export type Sku = string & { readonly __brand: "Sku" }',
  "computed-enum": "a computed member of an enum has no value that is known here: give it a constant",
  error: "an Error cannot be sent: declare an interface and name it in @throws {Name}",
  "typed-array": "this view of binary data cannot be sent: send its bytes as Uint8Array, or number[]",
  "buffer-argument": "binary data is sent without its buffer: write the type without an argument",
  "built-in": "this built-in type cannot be sent: write an interface with the fields, or send text",
  iterator:
    "an iterator cannot be sent: write T[] inside a value, or AsyncIterable<T> as the result or the last parameter",
  "index-key":
    "an object can have one index signature, with keys of string, number or a template literal: write Record<string, T>, or Map<K, V> for other keys",
  "symbol-key": "a symbol key cannot be sent: name the field by a string",
  "tuple-form":
    "a tuple's rest must be its last element: move it to the end, or write an object with a field for each part",
};

/** `path` leads to the offending part: `Orders.place(order.lines[].onDone)`. */
export function cannotSend(path: string, why: Refusal, text: string): string {
  return `${path}: ${refusals[why]}${text === "" ? "" : ` [${text}]`}`;
}

/** The sentences about contracts and their methods. */
export const say = {
  noFile: () => "this file cannot be read: check the path",
  syntax: (text: string) => `this is no TypeScript: ${text}`,
  noSource: () => "contracts are read from TypeScript sources: give a .ts or .mts file that is not a declaration file",
  noContract: () =>
    "no contract here: export an interface without type parameters whose members are all methods that return Promise<T>, AsyncIterable<T>, or void with @oneway",
  mixed: (name: string, data: string) =>
    `${name}.${data}: a contract has only methods, and this is data: move it into a method's result, or move the methods into an interface of their own`,
  nameless: (name: string) =>
    `${name}: a contract has only methods with names, and this is a call, a constructor or an index signature: write each call as a method`,
  sameExport: (name: string, other: string) =>
    `${name}: its generated names are those of ${other} too: rename one of the two`,
  sameService: (name: string, wire: string) =>
    `${name}: another contract of this file has the name "${wire}" on the wire: give each its own @service name`,
  serviceName: (name: string, wire: string) =>
    `${name}: @service ${JSON.stringify(wire)} is no name: write letters, digits and _, in parts joined by dots (@service shop.orders.v1)`,
  methodName: (path: string) =>
    `${path}: a method cannot have this name, it means something to JavaScript itself: choose another`,
  methodNameForm: (path: string) => `${path}: a method's name must be an identifier: letters, digits, _ and $`,
  optionalMethod: (path: string) =>
    `${path}: a method cannot be optional: a server that lacks it answers unimplemented; remove the ?`,
  overloads: (path: string) => `${path}: overloads are one name on the wire: give each form a name of its own`,
  genericMethod: (path: string) =>
    `${path}: a method cannot have type parameters: the other end cannot know them; write the types`,
  rest: (path: string, name: string) =>
    `${path}(...${name}): a rest parameter cannot be sent: write an array parameter`,
  pattern: (path: string) =>
    `${path}: a destructured parameter has no name: name it, and destructure it in the implementation`,
  thisParameter: (path: string) => `${path}: a contract has no this: remove the parameter`,
  streamPlace: (path: string, name: string) =>
    `${path}(${name}): a method takes at most one stream, as its last parameter: move it there`,
  streamOptional: (path: string, name: string) =>
    `${path}(${name}): a stream cannot be optional: an empty stream is one that ends at once; remove the ?`,
  synchronous: (path: string, text: string) =>
    `${path}: a call over a network cannot return at once: write Promise<${text}> (or AsyncIterable of it, for a stream)`,
  voidWithoutTag: (path: string) =>
    `${path}: only a one-way call returns void: mark it /** @oneway */, or write Promise<void> to wait for the answer`,
  tagWithoutVoid: (path: string) => `${path}: a @oneway call has no answer: return void, or remove @oneway`,
  oneWayStream: (path: string) =>
    `${path}: a @oneway call takes no stream: return Promise<void>, or send one message each`,
  oneWayThrows: (path: string) =>
    `${path}: a @oneway call has no answer, so nobody sees its @throws: remove it, or return Promise<void>`,
  notExported: (path: string, name: string) =>
    `${path}: the generated file cannot import ${name}: export it from its module (and, if that is another package, import it by name in this file)`,
  throwsForm: (path: string) => `${path}: @throws must name an exported interface in braces: @throws {OutOfStock}`,
  throwsUnknown: (path: string, name: string) =>
    `${path}: @throws {${name}} names no type of this file: declare and export the interface here, or import it`,
  throwsShape: (path: string, name: string) => `${path}: @throws {${name}} must name an interface with fields`,
  throwsOpen: (path: string, name: string) =>
    `${path}: @throws {${name}} must name an interface without an index signature: write a field with a Record for open keys`,
  throwsField: (name: string, field: string) =>
    `${name}.${field}: every error has a property of this name: rename the field`,
  throwsSame: (path: string, name: string) =>
    `${path}: two declared errors would have one class for their name, ${name}: rename one of them`,
  bound: (path: string, { tag, text, want }: BoundFault) => `${path}: @${tag}${text === "" ? "" : ` ${text}`}: ${want}`,
  boundFit: (path: string, tag: string, text: string) =>
    `${path}: @${tag} says nothing of ${text}: remove it, or put it on a field or parameter of its own with a type that it fits (${boundTypes[tag] ?? ""})`,
  boundStream: (path: string, name: string) =>
    `${path}(${name}): a bound on a stream bounds nothing: put it on a field of the stream's items`,
  boundNowhere: (path: string, name: string) =>
    name === ""
      ? `${path}: a bound on a method bounds nothing: write it before a parameter (/** @minimum 1 */ count: number) or behind @param count`
      : `${path}: @param ${name} bounds a parameter that is not there: correct its name`,
  timeout: (path: string, text: string) =>
    `${path}: @timeout ${JSON.stringify(text)} is no duration: write a number and ms, s or min (@timeout 500ms)`,
  endless: (path: string) =>
    `${path.slice(0, 60)}…: this type never ends, each use of it needs another: let it name itself with the same type arguments`,
  inheritedField: (path: string) =>
    `${path}: every JavaScript object inherits something of this name: rename the field`,
  unionObjects: (path: string, a: string, b: string) =>
    `${path}: ${a} and ${b} cannot be told apart: give each a field of the same name with a literal of its own (kind: "circle"), or a required field that the other does not have`,
  unionKinds: (path: string, a: string, b: string, wire: string) =>
    `${path}: ${a} and ${b} look alike on the wire (both ${wire}): put them into objects with a literal field (kind: "…") that tells them apart`,
};
