// What `breaking` calls safe on the wire is safe: random pairs of contracts, and the code that is generated from both.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { transformWithOxc } from "vite";
import { afterAll, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../../packages/rpc/dist/codec.js";
import type { Method, PayloadType, Service } from "../../packages/rpc/dist/service.js";
import { findBreaks } from "../dist/breaking.js";
import { emit } from "../dist/emit.js";
import { snapshotOf } from "../dist/lock.js";
import type {
  MethodModel,
  NamedType,
  ObjectModel,
  ParameterModel,
  PropertyModel,
  ServiceFile,
  TypeModel,
} from "../dist/model.js";
import { faultOf } from "../dist/union.js";
import { changesOf, isNumber, mapTypes, reachedTypes, replaceType, worlds, type World } from "./models.js";

const folder = mkdtempSync(join(tmpdir(), "tautline-breaking-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const pairCount = 250;
const valuesPerPair = 4;

interface Pair {
  readonly old: World;
  readonly now: World;
}

/** An old contract, and one that differs from it by a few changes, or altogether. */
const pairs: fc.Arbitrary<Pair> = fc
  .record({
    old: worlds.filter(isSendable),
    other: worlds,
    isOther: fc.nat(9).map((each) => each === 0),
    steps: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 2 }),
  })
  .map(({ old, other, isOther, steps }) => ({ old, now: isOther ? other : steps.reduce(change, old) }))
  .filter(({ now }) => isSendable(now));

function change(world: World, [at, which]: [number, number]): World {
  const reached = reachedTypes(world);
  const target = reached[at % (reached.length + 1)];
  if (target === undefined) return changeParameters(world, which);
  const changes = which % 2 === 0 ? changesOf(target) : loosenings(target);
  const changed = changes[(which >> 1) % changes.length];
  return changed === undefined ? world : replaceType(world, target, changed);
}

function changeParameters({ method, types }: World, which: number): World {
  const last = method.parameters.length - 1;
  const more: ParameterModel = { name: "more", optional: which % 4 < 2, type: { kind: "primitive", name: "date" } };
  const parameters = which % 2 === 0 ? [...method.parameters, more] : method.parameters.slice(0, last);
  return { method: { ...method, parameters }, types };
}

/** Changes that widen a type, so that pairs which are safe in one direction are not rare. */
function loosenings(type: TypeModel): TypeModel[] {
  if (type.kind === "object") return type.properties.flatMap((each, index) => otherBounds(type, each, index));
  if (type.kind === "union") return [];
  const union = (more: TypeModel): TypeModel => ({ kind: "union", members: [type, more] });
  return [union({ kind: "primitive", name: "null" }), union({ kind: "literal", value: "more" })];
}

function otherBounds(type: ObjectModel, property: PropertyModel, index: number): TypeModel[] {
  const { minimum, maximum } = property.bounds ?? {};
  if (minimum === undefined || maximum === undefined) return [];
  const others = [{ minimum: 1 - minimum, maximum }, { minimum, maximum: 17 - maximum }, { minimum }, { maximum }];
  return others.map((bounds) => ({ ...type, properties: type.properties.with(index, { ...property, bounds }) }));
}

/** As the reader leaves unions: flat, and of members that can be told apart. */
function isSendable({ method, types }: World): boolean {
  const { parameters } = method;
  const isOrdered = parameters.every(({ optional }, index) => !optional || parameters[index + 1]?.optional !== false);
  return (
    isOrdered &&
    reachedTypes({ method, types }).every(
      (type) =>
        type.kind !== "union" ||
        (type.members.length > 1 &&
          type.members.every((each) => each.kind !== "union") &&
          faultOf(type.members, types, "") === undefined),
    )
  );
}

/** The worlds as the methods of one contract, their types told apart by a number. */
function fileOf(all: readonly World[]): ServiceFile {
  const numbered = all.map((world, index) => {
    const rename = (id: string) => `${id}${index}`;
    const { method, types } = mapTypes(world, (type) =>
      type.kind === "named" ? { kind: "named", id: rename(type.id) } : type,
    );
    return {
      method: { ...method, name: `m${index}`, errors: method.errors.map(rename) },
      types: [...types.values()].map((each): NamedType => ({
        ...each,
        id: rename(each.id),
        name: rename(each.name),
        from: undefined,
      })),
    };
  });
  const position = { file: "contract.ts", line: 1, column: 1 };
  const methods = numbered.map(({ method }) => method);
  return {
    source: "contract.ts",
    contracts: [
      {
        name: "Pairs",
        serviceName: "Pairs",
        from: { specifier: "./pairs.js", name: "Pairs" },
        doc: [],
        methods,
        position,
      },
    ],
    types: numbered.flatMap(({ types }) => types),
  };
}

async function load(file: ServiceFile, name: string): Promise<Service<never>> {
  const runtime = new URL("../../packages/rpc/dist/generated.js", import.meta.url).href;
  const { code } = await transformWithOxc(emit(file), `${name}.ts`);
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, code.replace('"@tautline/rpc/generated"', JSON.stringify(runtime)));
  const { pairsService } = (await import(pathToFileURL(path).href)) as { pairsService: Service<never> };
  return pairsService;
}

const limits = { maxDepth: 64, maxValues: 1_000_000 };

function crosses<T>(from: PayloadType<T>, to: PayloadType<T>, value: T): void {
  to.lift(decodeValue(encodeValue(from.lower(value)), limits));
}

class Endless extends Error {}

type Draw = (max: number) => number;

/** A value of a type, by the numbers that `draw` gives. @throws Endless for a type that has no small value */
function valueOf(type: TypeModel, types: ReadonlyMap<string, NamedType>, draw: Draw, depth = 0): unknown {
  if (depth > 8) throw new Endless();
  const of = (inner: TypeModel) => valueOf(inner, types, draw, depth + 1);
  const many = (inner: TypeModel) => (depth > 4 ? [] : Array.from({ length: draw(2) }, () => of(inner)));
  switch (type.kind) {
    case "primitive":
      return primitives[type.name][draw(2)];
    case "literal":
      return type.value;
    case "array":
      return many(type.element);
    case "set":
      return new Set(many(type.element));
    case "record":
      return Object.fromEntries(many(type.value).map((each, index) => [["tag", "x", "key"][index], each]));
    case "map":
      return new Map(many(type.key).map((each) => [each, of(type.value)]));
    case "tuple": {
      const length = type.required + draw(type.elements.length - type.required);
      const fixed = type.elements.slice(0, length).map(of);
      return type.rest === undefined || length < type.elements.length ? fixed : [...fixed, ...many(type.rest)];
    }
    case "object": {
      const fields = type.properties.flatMap(({ name, optional, undefinable, type, bounds }): [string, unknown][] => {
        if ((optional || undefinable) && (depth > 4 || draw(2) === 0)) return undefinable ? [[name, undefined]] : [];
        const { minimum = 0, maximum = 9 } = bounds ?? {};
        const isBounded = bounds !== undefined && isNumber(type);
        return [[name, isBounded ? [minimum, 5, maximum][draw(2)] : of(type)]];
      });
      return Object.fromEntries(fields);
    }
    case "union": {
      const member = type.members[draw(type.members.length - 1)];
      return member === undefined ? undefined : of(member);
    }
    case "named": {
      const named = types.get(type.id);
      if (named === undefined) throw new Error(`no type ${type.id}`);
      return of(named.type);
    }
    default:
      throw new Error(`no values of ${type.kind} here`);
  }
}

const primitives = {
  string: ["", "a", "héllo"],
  number: [0, -1.5, 2 ** 40],
  boolean: [true, false, true],
  bigint: [0n, -(2n ** 60n), 10n ** 30n],
  date: [new Date(0), new Date(-1), new Date(1_700_000_000_123)],
  bytes: [new Uint8Array(), Uint8Array.of(1), Uint8Array.of(1, 2)],
  null: [null, null, null],
  undefined: [undefined, undefined, undefined],
};

it("what is safe on the wire passes the other end's generated validators", { timeout: 120_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const sampled = fc.sample(pairs, { numRuns: pairCount, seed });
  const [numbers] = fc.sample(fc.infiniteStream(fc.nat()), { numRuns: 1, seed });
  const draw: Draw = (max) => Number(numbers?.next().value) % (max + 1);
  const broken = brokenMethods(fileOf(sampled.map(({ old }) => old)), fileOf(sampled.map(({ now }) => now)));
  const safe = sampled.filter((_, index) => !broken.has(`m${index}`));
  const old = await Party.of(
    safe.map((each) => each.old),
    "old",
  );
  const now = await Party.of(
    safe.map((each) => each.now),
    "now",
  );
  let crossed = 0;
  for (const [index, pair] of safe.entries()) {
    for (let count = 0; count < valuesPerPair; count++) {
      try {
        crossMethod(old, now, `m${index}`, draw);
        crossed++;
      } catch (error) {
        if (error instanceof Endless) continue;
        throw new Error(`seed ${seed}: ${show(pair.old)}\nbecame\n${show(pair.now)}`, { cause: error });
      }
    }
  }
  // Neither answer is rare, so that the property is about both.
  expect(crossed).toBeGreaterThan((pairCount * valuesPerPair) / 20);
  expect(broken.size).toBeGreaterThan(pairCount / 20);
});

function brokenMethods(old: ServiceFile, now: ServiceFile): ReadonlySet<string | undefined> {
  const findings = findBreaks(snapshotOf("contract.ts", old), snapshotOf("contract.ts", now));
  return new Set(findings.filter(({ level }) => level === "wire").map(({ place }) => /m\d+/.exec(place)?.[0]));
}

/** One version of the contract, with the code generated from it. */
class Party {
  readonly #service: Service<never>;
  readonly #file: ServiceFile;
  readonly types: ReadonlyMap<string, NamedType>;

  private constructor(service: Service<never>, file: ServiceFile) {
    this.#service = service;
    this.#file = file;
    this.types = new Map(file.types.map((each) => [each.id, each]));
  }

  static async of(worlds: readonly World[], name: string): Promise<Party> {
    const file = fileOf(worlds);
    return new Party(await load(file, name), file);
  }

  method(name: string): { readonly model: MethodModel; readonly method: Method } {
    const model = this.#file.contracts[0]?.methods.find((each) => each.name === name);
    const method = this.#service.methods.get(name);
    if (model === undefined || method === undefined) throw new Error(`no method ${name}`);
    return { model, method };
  }
}

/** Old requests go to the new end, and new answers to the old one. */
function crossMethod(old: Party, now: Party, name: string, draw: Draw): void {
  const before = old.method(name);
  const after = now.method(name);
  const send = ({ optional, type }: ParameterModel) =>
    optional && draw(1) === 0 ? undefined : valueOf(type, old.types, draw);
  crosses(before.method.request, after.method.request, before.model.parameters.map(send));
  const { requestItem } = before.method;
  if (requestItem !== undefined && after.method.requestItem !== undefined && before.model.stream !== undefined)
    crosses(requestItem, after.method.requestItem, send(before.model.stream));
  const { response } = after.method;
  if (response !== undefined && before.method.response !== undefined) {
    const { result } = after.model;
    crosses(response, before.method.response, result === undefined ? undefined : valueOf(result, now.types, draw));
  }
  for (const { declaredName, fields } of after.method.errors) {
    const known = before.method.errors.find((each) => each.declaredName === declaredName);
    const value = valueOf({ kind: "named", id: declaredName }, now.types, draw);
    if (known !== undefined) crosses<never>(fields, known.fields, value as never);
  }
}

function show(world: World | undefined): string {
  return JSON.stringify({ method: world?.method, types: [...(world?.types.values() ?? [])] });
}
