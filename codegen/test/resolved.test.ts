// What the compiler makes of types before they are read: utility, mapped and conditional types, generics, inheritance, and
// types of other files and packages. Each comes out as what is sent.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";
import type { NamedType, TypeModel } from "../dist/model.js";
import { spell } from "../dist/spelling.js";

const base = `
export interface Order { id: string; count: number; note?: string | null; made: Date | undefined }
export interface Priced<Amount> { price: Amount; tax: Amount | null }
export interface Paid extends Order, Priced<bigint> { readonly paid: true }
export interface Merged { a: string }
export interface Merged { b: number }
export type Event = { kind: "made"; order: Order } | { kind: "gone"; id: string } | { kind: "kept"; until: Date };
export type Page<Entry, Cursor = string> = { entries: Entry[]; next: Cursor | null };
export type Nested<T> = T extends (infer Part)[] ? Nested<Part> : T;
export type Flags<Keys extends string> = { [Key in Keys as \`is\${Capitalize<Key>}\`]: boolean };
export type Mutable<T> = { -readonly [Key in keyof T]-?: T[Key] };
export const colours = ["red", "blue"] as const;
export type Left = { right: Right | null; name: string };
export type Right = { left: Left | null; size: number };
export class Model { save(): void {} }
export type Id<Of> = string & { readonly __of: Of };
export type ModelId = Id<Model>;
export interface Ref<Of> { id: string; of?: Ref<Of> }
export interface Crud<T> { get(key: string): Promise<T> }
export type Column<T> = { readonly select: T; readonly update: never };
export type Row<T> = { [Key in keyof T]: T[Key] extends Column<infer U> ? U : T[Key] };
export interface Crew extends Crud<Ref<Model>> { ids(): Promise<ModelId> }
export enum Level { Low = 1, High = 1 << 4, Text = "t" }
`;

const order = "{ id: string; count: number; note?: string | null; made: Date | undefined }";

/** A type, and what is sent of it; readonly is not. */
const resolved: readonly (readonly [name: string, type: string, sent: string])[] = [
  ["Pick", 'Pick<Order, "id" | "note">', "{ id: string; note?: string | null }"],
  ["Omit", 'Omit<Order, "id" | "made" | "note">', "{ count: number }"],
  ["Partial", 'Partial<Pick<Order, "id">>', "{ id?: string }"],
  ["Required", 'Required<Pick<Order, "note">>', "{ note: string | null }"],
  ["Readonly", "Readonly<{ a: string[] }>", "{ a: string[] }"],
  ["Record of literal keys", 'Record<"a" | "b", number>', "{ a: number; b: number }"],
  ["Exclude", 'Exclude<"a" | "b" | "c", "b">', '"a" | "c"'],
  ["Extract", 'Extract<Event, { kind: "gone" }>', '{ kind: "gone"; id: string }'],
  ["NonNullable", 'NonNullable<Order["note"]>', "string"],
  ["Awaited", "Awaited<Promise<Promise<bigint>>>", "bigint"],
  ["ReturnType and Parameters", "[ReturnType<() => Date>, ...Parameters<(a: string) => void>]", "[Date, string]"],
  ["an indexed type", 'Event["kind"]', '"gone" | "kept" | "made"'],
  ["keyof", "keyof Order", '"count" | "id" | "made" | "note"'],
  ["typeof a constant", "(typeof colours)[number]", '"blue" | "red"'],
  ["a conditional type", 'Order extends { id: string } ? "yes" : "no"', '"yes"'],
  ["a recursive conditional type", "Nested<Date[][][]>", "Date"],
  [
    "a distributive conditional type",
    "Event extends infer E ? (E extends { id: string } ? E : never) : never",
    '{ kind: "gone"; id: string }',
  ],
  ["a mapped type with new names", 'Flags<"open" | "paid">', "{ isOpen: boolean; isPaid: boolean }"],
  ["a mapped type without modifiers", "Mutable<{ readonly a?: string }>", "{ a: string }"],
  ["Uppercase of literals", 'Uppercase<"a" | "b">', '"A" | "B"'],
  ["a template literal of literals", '`${"a" | "b"}-${1 | 2}`', '"a-1" | "a-2" | "b-1" | "b-2"'],
  [
    "inheritance",
    "Paid",
    "{ paid: true; id: string; count: number; note?: string | null; made: Date | undefined; price: bigint; tax: bigint | null }",
  ],
  ["merged interfaces", "Merged", "{ a: string; b: number }"],
  ["a generic interface at use", "Priced<Order>", `{ price: ${order}; tax: ${order} | null }`],
  ["a generic interface for a class", "Ref<Model>", "{ id: string; of?: Ref }"],
  ["a generic alias for a class", "ModelId", "string"],
  ["a mapped type over what is not sent", "Row<{ a: Column<Date>; b: string }>", "{ a: Date; b: string }"],
  ["a generic alias with a default", "Page<string>", "{ entries: string[]; next: string | null }"],
  ["an intersection", "{ a: string } & Priced<number> & { tax: number }", "{ a: string; price: number; tax: number }"],
  [
    "a union spread over an intersection",
    '({ k: "a" } | { k: "b" }) & { n: 1 }',
    '{ k: "a"; n: 1 } | { k: "b"; n: 1 }',
  ],
  ["mutual recursion", "Left", "{ right: { left: Left | null; size: number } | null; name: string }"],
  ["an enum of constant expressions", "Level", "Level.Low | Level.High | Level.Text"],
  ["a type of another file", "Far", "{ near: { a: string }; far: string }"],
  ["a type of a package", "Parcel<string>", "{ held: string; weight: number }"],
];

const folder = mkdtempSync(join(tmpdir(), "tautline-resolved-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
write("near/near.ts", "export interface Near { a: string }");
write("far.ts", 'import type { Near } from "./near/near.js";\nexport interface Far { near: Near; far: string }');
write("node_modules/parcels/package.json", '{"name":"parcels","types":"./index.d.ts"}');
write("node_modules/parcels/index.d.ts", "export interface Parcel<Held> { held: Held; weight: number }");
write("package.json", '{"type":"module"}');
write(
  "contract.ts",
  'import type { Far } from "./far.js";\nimport type { Parcel } from "parcels";\n' +
    base +
    `export interface C {\n${resolved.map(([, type], index) => `  m${index}(): Promise<${type}>;`).join("\n")}\n}`,
);
const { outputs, diagnostics } = generate([join(folder, "contract.ts")]);

describe("a type that the compiler resolves is sent as what it resolves to", () => {
  it("without a complaint", () => {
    expect(diagnostics).toEqual([]);
  });

  it.each(resolved.map(([name, type, sent], index) => ({ name, type, sent, index })))("$name", ({ sent, index }) => {
    const model = outputs[0]?.model;
    const result = model?.contracts[1]?.methods[index]?.result;
    expect(result && sentOf(result, new Map(model?.types.map((each) => [each.id, each])))).toBe(sent);
  });

  it("and an interface with type parameters is for others to extend", () => {
    expect(outputs[0]?.model.contracts.map(({ name, methods }) => [name, methods.map((each) => each.name)])).toEqual([
      ["Crew", ["ids", "get"]],
      ["C", resolved.map((_, index) => `m${index}`)],
    ]);
  });

  it("and types of other files and packages are imported whence the contract has them", () => {
    const text = outputs[0]?.text ?? "";
    expect(text).toContain('import type { Far } from "./far.js";');
    expect(text).toContain('import type { Parcel } from "parcels";');
    expect(text).toContain('import type { Near } from "./near/near.js";');
  });
});

/** The spelling of a type with every name written out, but for one inside itself, and without readonly. */
function sentOf(type: TypeModel, types: ReadonlyMap<string, NamedType>, within: readonly string[] = []): string {
  const spelled = spell(type, (id) => {
    const named = types.get(id);
    if (named === undefined || (named.isEnum && type.kind !== "named") || within.includes(id)) return id;
    return sentOf(named.type, types, [...within, id]);
  });
  return spelled.replaceAll("readonly ", "");
}
