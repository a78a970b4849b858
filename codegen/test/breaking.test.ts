// Every rule of what breaks, and every change that does not, on contracts as people write them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findBreaks, type Finding } from "../dist/breaking.js";
import { rules } from "../dist/breaking-rules.js";
import { generate } from "../dist/index.js";
import { readSnapshot, snapshotOf, writeSnapshot, type Snapshot } from "../dist/lock.js";

/** The members of a contract before and after; what stands before `---` is declared beside it. */
interface Case {
  readonly old: string;
  readonly now: string;
  /** What is found, besides the rule: `place: old → new`. */
  readonly found: readonly string[];
}

const outOfStock = "export interface OutOfStockN { left: number }\n---\n";
const gone = "export interface GoneN { sku: string }\n---\n";

/** By rule; the first finding is of that rule. */
const breaking: Readonly<Record<keyof typeof rules, Case>> = {
  "service-removed": { old: "call(): Promise<void>;", now: "", found: ["CN: CN → nothing"] },
  "method-removed": {
    old: "call(): Promise<void>; other(): Promise<void>;",
    now: "other(): Promise<void>;",
    found: ["CN.call: unary → nothing"],
  },
  "shape-changed": {
    old: "call(): Promise<string[]>;",
    now: "call(): AsyncIterable<string>;",
    found: ["CN.call: unary → server-stream"],
  },
  "parameter-required": {
    old: "call(a: string): Promise<void>;",
    now: "call(a: string, b: number): Promise<void>;",
    found: ["CN.call(b): nothing → number"],
  },
  "parameters-moved": {
    old: "call(from: string, to: string): Promise<void>;",
    now: "call(to: string, from: string): Promise<void>;",
    found: ["CN.call(from, to): from, to → to, from"],
  },
  "request-type": {
    old: "call(order: { lines: { qty: number }[] }): Promise<void>;",
    now: "call(order: { lines: { qty: string }[] }): Promise<void>;",
    found: ["CN.call(order.lines[].qty): number → string"],
  },
  "request-member": {
    old: 'call(size: "s" | "m" | "l"): Promise<void>;',
    now: 'call(size: "s" | "m"): Promise<void>;',
    found: ['CN.call(size): "l" | "m" | "s" → "m" | "s"'],
  },
  "request-required": {
    old: "call(order: { note?: string }): Promise<void>;",
    now: "call(order: { note: string }): Promise<void>;",
    found: ["CN.call(order.note): string | undefined → string"],
  },
  "request-bound": {
    old: "call(order: {\n/** @minimum 1 @maximum 9 */ qty: number }): Promise<void>;",
    now: "call(order: {\n/** @minimum 2 @maximum 9 */ qty: number }): Promise<void>;",
    found: ["CN.call(order.qty): @minimum 1 → @minimum 2"],
  },
  "request-form": {
    old: "call(value: bigint): Promise<void>;",
    now: "call(value: bigint | string): Promise<void>;",
    found: ["CN.call(value): bigint → bigint | string"],
  },
  "response-type": {
    old: "call(): Promise<{ at: Date }>;",
    now: "call(): Promise<{ at: string }>;",
    found: ["CN.call(): result.at: Date → string"],
  },
  "response-member": {
    old: 'call(): AsyncIterable<"s" | "m">;',
    now: 'call(): AsyncIterable<"s" | "m" | "l">;',
    found: ['CN.call(): result: "m" | "s" → "l" | "m" | "s"'],
  },
  "response-required": {
    old: "call(): Promise<{ id: string }>;",
    now: "call(): Promise<{ id?: string }>;",
    found: ["CN.call(): result.id: string → string | undefined"],
  },
  "response-bound": {
    old: "call(): Promise<{\n/** @maxLength 8 */ id: string }>;",
    now: "call(): Promise<{\n/** @maxLength 9 */ id: string }>;",
    found: ["CN.call(): result.id: @maxLength 8 → @maxLength 9"],
  },
  "response-form": {
    old: "call(): Promise<bigint | number>;",
    now: "call(): Promise<bigint>;",
    found: ["CN.call(): result: bigint | number → bigint"],
  },
  "error-added": {
    old: "call(): Promise<void>;",
    now: `${outOfStock}/** @throws {OutOfStockN} */ call(): Promise<void>;`,
    found: ["CN.call() throws OutOfStockN: nothing → OutOfStockN"],
  },
  "idempotent-dropped": {
    old: "/** @idempotent */ call(): Promise<void>;",
    now: "call(): Promise<void>;",
    found: ["CN.call: @idempotent → nothing"],
  },
  "contract-renamed": {
    old: "@service shop.CN\ncall(): Promise<void>;",
    now: "@service shop.CN\n@name OtherN\ncall(): Promise<void>;",
    found: ["CN: CN → OtherN"],
  },
  "parameter-added": {
    old: "call(a: string): Promise<void>;",
    now: "call(a: string, b?: number): Promise<void>;",
    found: ["CN.call(b): nothing → number"],
  },
  "parameter-removed": {
    old: "call(a: string, b: number): Promise<void>;",
    now: "call(a: string): Promise<void>;",
    found: ["CN.call(b): number → nothing"],
  },
  "request-field": {
    old: "call(order: { id: string; note?: string }): Promise<void>;",
    now: "call(order: { id: string }): Promise<void>;",
    found: ["CN.call(order.note): string → nothing"],
  },
  "request-mark": {
    old: "call(all: readonly string[]): Promise<void>;",
    now: "call(all: string[]): Promise<void>;",
    found: ["CN.call(all): readonly string[] → string[]"],
  },
  "request-undefined": {
    old: "call(order: { note?: string }): Promise<void>;",
    now: "call(order: { note: string | undefined }): Promise<void>;",
    found: ["CN.call(order.note): string, optional → string"],
  },
  "response-field": {
    old: "call(): Promise<{ id: string; note?: string }>;",
    now: "call(): Promise<{ id: string }>;",
    found: ["CN.call(): result.note: string → nothing"],
  },
  "response-unused": {
    old: 'call(): Promise<"a" | "b">;',
    now: 'call(): Promise<"a">;',
    found: ['CN.call(): result: "a" | "b" → "a"'],
  },
  "response-mark": {
    old: "call(): Promise<string[]>;",
    now: "call(): Promise<readonly string[]>;",
    found: ["CN.call(): result: string[] → readonly string[]"],
  },
  "error-removed": {
    old: `${gone}/** @throws {GoneN} */ call(): Promise<void>;`,
    now: "call(): Promise<void>;",
    found: ["CN.call() throws GoneN: GoneN → nothing"],
  },
};

/** Other places where the same rules hold. */
const also: readonly (readonly [rule: keyof typeof rules, old: string, now: string])[] = [
  [
    "request-type",
    "call(pair: [a: string, b?: string]): Promise<void>;",
    "call(pair: [string, string]): Promise<void>;",
  ],
  ["request-type", "call(pair: [string, ...string[]]): Promise<void>;", "call(pair: [string]): Promise<void>;"],
  ["request-field", "call(pair: [string, string]): Promise<void>;", "call(pair: [string]): Promise<void>;"],
  ["response-mark", "call(): Promise<[string]>;", "call(): Promise<[string, string]>;"],
  ["response-type", "call(): Promise<[string, string]>;", "call(): Promise<[string]>;"],
  ["parameters-moved", "call(id: string): Promise<void>;", "call(tenant: string, id?: string): Promise<void>;"],
  [
    "request-undefined",
    "call(order: { id: string }): Promise<void>;",
    "call(order: { id: string; note: string | undefined }): Promise<void>;",
  ],
  // Whoever has an `a` is read as the second, which is the first on the wire.
  [
    "request-type",
    "call(x: { a: number; b: string }): Promise<void>;",
    "export interface FirstN { b: string }\nexport interface SecondN { a: string }\n---\ncall(x: FirstN | SecondN): Promise<void>;",
  ],
  ["request-type", "call(all: Map<string, number>): Promise<void>;", "call(all: Map<string, Date>): Promise<void>;"],
  ["request-type", "call(all: Record<string, number>): Promise<void>;", "call(all: { a?: string }): Promise<void>;"],
  [
    "request-type",
    "call(rows: AsyncIterable<Date>): Promise<void>;",
    "call(rows: AsyncIterable<string>): Promise<void>;",
  ],
  ["request-type", "call(all: Set<string>): Promise<void>;", "call(all: string[]): Promise<void>;"],
  ["request-member", "call(all: (string | null)[]): Promise<void>;", "call(all: (string | Date)[]): Promise<void>;"],
  [
    "request-required",
    'call(shape: { kind: "a"; x: 1 } | { kind: "b" }): Promise<void>;',
    'call(shape: { kind: "a"; x: 1 } | { kind: "b"; y: 2 }): Promise<void>;',
  ],
  [
    "request-bound",
    "call(/** @maximum 9 */ a: number): Promise<void>;",
    "call(/** @maximum 8 */ a: number): Promise<void>;",
  ],
  ["response-type", "call(): Promise<{ id: string }>;", "call(): Promise<void>;"],
  [
    "response-type",
    `${outOfStock}/** @throws {OutOfStockN} */ call(): Promise<void>;`,
    `${outOfStock.replace("number", "string")}/** @throws {OutOfStockN} */ call(): Promise<void>;`,
  ],
  ["parameter-required", "call(a?: string): Promise<void>;", "call(a: string): Promise<void>;"],
];

/** Changes that nobody notices; the names are those of the documentation. */
const safe: Readonly<Record<string, readonly [old: string, now: string]>> = {
  "a method is added": ["call(): Promise<void>;", "call(): Promise<void>; more(): Promise<void>;"],
  "members are reordered": [
    'call(o: { a: 1; b: 2 }, s: "x" | "y"): Promise<void>; other(): Promise<void>;',
    'other(): Promise<void>; call(o: { b: 2; a: 1 }, s: "y" | "x"): Promise<void>;',
  ],
  "a type or a parameter is renamed": [
    "export interface ItemN { id: string; next?: ItemN }\n---\ncall(item: ItemN): Promise<ItemN>;",
    "export interface ThingN { id: string; next?: ThingN }\n---\ncall(thing: ThingN): Promise<ThingN>;",
  ],
  "a request has a new optional field": [
    "call(order: { id: string }): Promise<void>;",
    "call(order: { id: string; note?: string }): Promise<void>;",
  ],
  "a field or a parameter of a request may be left out": [
    "call(order: { id: string }, now: boolean): Promise<void>;",
    "call(order: { id?: string }, now?: boolean): Promise<void>;",
  ],
  "a request takes a new member of a union or an enum": [
    'call(rows: AsyncIterable<"a" | Date>): Promise<void>;',
    'call(rows: AsyncIterable<"a" | "b" | Date | null>): Promise<void>;',
  ],
  "a bound of a request is wider, or gone": [
    "call(order: {\n/** @maxItems 3 */ q: number[];\n/** @integer */ n: number }): Promise<void>;",
    "call(order: {\n/** @maxItems 4 */ q: number[]; n: number }): Promise<void>;",
  ],
  "a request takes a new member with bounds that the others cannot miss": [
    "call(order: { id: number }): Promise<void>;",
    "call(order: {\n/** @maxLength 8 */ id: number | string }): Promise<void>;",
  ],
  "an answer has a new field": [
    "call(): Promise<{ id: string }>;",
    "call(): Promise<{ id: string; more: { at: Date } }>;",
  ],
  "a field of an answer is always there": ["call(): Promise<{ id?: string }>;", "call(): Promise<{ id: string }>;"],
  "an answer is never null any more": ["call(): Promise<string | null>;", "call(): Promise<string>;"],
  "a bound of an answer is narrower": [
    "call(): Promise<{\n/** @maximum 9 */ q: number }>;",
    "call(): Promise<{\n/** @maximum 8 */ q: number }>;",
  ],
  "a method that returned nothing returns something": ["call(): Promise<void>;", "call(): Promise<{ id: string }>;"],
  "a declared error has a new field": [
    `${outOfStock}/** @throws {OutOfStockN} */ call(): Promise<void>;`,
    `${outOfStock.replace("left", "sku: string; left")}/** @throws {OutOfStockN} */ call(): Promise<void>;`,
  ],
  "a method becomes idempotent": ["call(): Promise<void>;", "/** @idempotent */ call(): Promise<void>;"],
  "documentation and timeouts change": [
    "/** Does it. @timeout 1s */ call(): Promise<void>;",
    "/** Does it well. @timeout 2s */ call(): Promise<void>;",
  ],
};

const folder = mkdtempSync(join(tmpdir(), "tautline-breaking-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** All cases as one file: the case at index 7 is the interface C7. */
function snapshot(name: string, cases: readonly string[]): Snapshot {
  const text = cases.map((each, index) => {
    const [body = "", declarations = ""] = each.split("---\n").toReversed();
    const [, service] = /^@service (.*)\n/m.exec(body) ?? [];
    const [, contract = "CN"] = /^@name (.*)\n/m.exec(body) ?? [];
    const members = body.replace(/^@.*\n/gm, "");
    const doc = service === undefined ? "" : `/** @service ${service} */\n`;
    const written = members === "" ? "" : `${doc}export interface ${contract} { ${members} }\n`;
    return (declarations + written).replace(/\b([A-Z][A-Za-z]*)N\b/g, `$1${index}`);
  });
  const path = join(folder, `${name}.ts`);
  writeFileSync(path, `${text.join("\n")}\nexport interface Always { call(): Promise<void> }\n`);
  const { outputs, diagnostics } = generate([path]);
  expect(diagnostics).toEqual([]);
  const [output] = outputs;
  if (output === undefined) throw new Error("nothing was generated");
  // What is compared has been written and read again.
  return readSnapshot(writeSnapshot(snapshotOf("contract.ts", output.model)), "the snapshot");
}

const pairs = [
  ...Object.values(breaking).map(({ old, now }) => [old, now] as const),
  ...Object.values(safe),
  ...also.map(([, old, now]) => [old, now] as const),
];
const old = snapshot(
  "old",
  pairs.map(([each]) => each),
);
const now = snapshot(
  "now",
  pairs.map(([, each]) => each),
);

/** What the case at an index finds, with `N` in place of the index again. */
function findings(index: number): Finding[] {
  const own = (all: Snapshot): Snapshot => ({
    ...all,
    services: Object.fromEntries(Object.entries(all.services).filter(([name]) => name.endsWith(`C${index}`))),
  });
  return findBreaks(own(old), own(now));
}

describe("a change breaks by the rule", () => {
  it.each(Object.entries(breaking).map(([rule, each], index) => ({ rule, index, ...each })))(
    "$rule",
    ({ rule, index, found }) => {
      const all = findings(index);
      expect(all.map(({ place, old, new: now }) => `${place}: ${old} → ${now}`)).toEqual(
        found.map((each) => each.replace(/\b([A-Z][A-Za-z]*)N\b/g, `$1${index}`)),
      );
      expect(all[0]).toMatchObject({ rule, ...rules[rule as keyof typeof rules] });
    },
  );
});

describe("the rule also holds:", () => {
  const first = Object.keys(breaking).length + Object.keys(safe).length;
  it.each(also.map(([rule, old, now], index) => ({ rule, old, now, index: first + index })))(
    "$rule from $old to $now",
    ({ rule, index }) => {
      expect(findings(index).map((each) => each.rule)).toContain(rule);
    },
  );
});

describe("nothing breaks where", () => {
  it.each(Object.keys(safe).map((name, index) => ({ name, index: Object.keys(breaking).length + index })))(
    "$name",
    ({ index }) => {
      expect(findings(index)).toEqual([]);
    },
  );
});

it("methods and types may be called as a snapshot's own fields are", () => {
  const members = "name(a: kind): Promise<type>; kind(): Promise<name>; type(): Promise<void>;";
  const types = ["name", "kind", "type"].map((each) => `export interface ${each} { ${each}: string }\n`);
  const written = snapshot("own", [`${types.join("")}---\n${members}`]);
  expect(Object.keys(written.services["C0"]?.methods ?? {})).toEqual(["kind", "name", "type"]);
  expect(Object.keys(written.services["C0"]?.types ?? {})).toEqual(["kind", "name", "type"]);
});

describe("the documentation", () => {
  const text = readFileSync(new URL("../../docs/breaking.md", import.meta.url), "utf8");

  it("has every rule as it is", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    const expected = Object.entries(rules).map(
      ([name, { level, change, breaks, remedy }]) =>
        `| \`${name}\` | ${level} | ${change} | ${breaks.join(", ")} | ${remedy} |`,
    );
    expect(rows).toEqual(expected);
  });

  it("has every change that is safe", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("- "));
    expect(rows).toEqual(Object.keys(safe).map((each) => `- ${each}`));
  });
});
