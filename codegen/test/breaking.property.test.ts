// What `breaking` calls safe on the wire is safe: random pairs of contracts, and the code that is generated from both.
import fc from "fast-check";
import { expect, it } from "vitest";
import { liftPayload, lowerPayload } from "../../packages/rpc/dist/form.js";
import type { PayloadType } from "../../packages/rpc/dist/service.js";
import { findBreaks } from "../dist/breaking.js";
import { snapshotOf } from "../dist/lock.js";
import type { ObjectModel, ParameterModel, PropertyModel, ServiceFile, TypeModel } from "../dist/model.js";
import { changesOf, reachedTypes, replaceType, worlds, type World } from "./models.js";
import { fileOf, isSendable, Party } from "./world-code.js";
import { drawFrom, Endless, valueOf, type Draw } from "./world-values.js";

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
  if (typeof minimum !== "number" || typeof maximum !== "number") return [];
  const others = [{ minimum: 1 - minimum, maximum }, { minimum, maximum: 17 - maximum }, { minimum }, { maximum }];
  return others.map((bounds) => ({ ...type, properties: type.properties.with(index, { ...property, bounds }) }));
}

function crosses<T>(from: PayloadType<T>, to: PayloadType<T>, value: T): void {
  liftPayload(to, lowerPayload(from, value));
}

it("what is safe on the wire passes the other end's generated validators", { timeout: 120_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const sampled = fc.sample(pairs, { numRuns: pairCount, seed });
  const draw = drawFrom(seed);
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
