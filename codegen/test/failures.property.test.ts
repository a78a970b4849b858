// Payloads of random types, spoiled in several places: what is told to be wrong is what was spoiled, and all of it.
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodePayload, liftPayload, lowerPayload } from "../../packages/rpc/dist/form.js";
import { PayloadError, type PayloadFailure } from "../../packages/rpc/dist/payload-error.js";
import type { Method } from "../../packages/rpc/dist/service.js";
import { reachedTypes, worlds, type World } from "./models.js";
import { isSendable, Party } from "./world-code.js";
import { drawFrom, Endless, valueOf, type Draw } from "./world-values.js";

const worldCount = 250;
const valuesPerWorld = 8;
const mostFaults = 4;

/** Keys and indices that lead from the arguments to a part of them, as they come off the wire. */
type Place = readonly (string | number)[];

interface Fault {
  readonly place: Place;
  readonly junk: unknown;
}

/** None of them is a literal of the random types: a union's object does not turn into another member. */
const junk = [7.5, "junk", true, null, [], [[]], {}, { junk: 1 }, new Date(0), Uint8Array.of(1), 99n] as const;

/** Parameters that paths tell apart. */
function withNames({ method, types }: World): World {
  const parameters = method.parameters.map((each, index) => ({ ...each, name: `p${index}` }));
  return { method: { ...method, parameters }, types };
}

function isOpen(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A bigint in a union is one value, though an array holds it. */
function isBoxedBigint(value: readonly unknown[]): boolean {
  return value.length === 1 && typeof value[0] === "string" && /^-?\d+$/.test(value[0]);
}

/** Every place in a value, but not the value itself. */
function placesIn(value: unknown): Place[] {
  const entries: [string | number, unknown][] = isOpen(value)
    ? Object.entries(value)
    : Array.isArray(value) && !isBoxedBigint(value)
      ? [...value.entries()]
      : [];
  return entries.flatMap(([step, part]) => [[step], ...placesIn(part).map((place) => [step, ...place])]);
}

function partAt(value: unknown, step: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
}

/** The same value with something else in one place. */
function spoiled(value: unknown, { place: [step, ...place], junk }: Fault): unknown {
  if (step === undefined) return junk;
  const part = spoiled(partAt(value, step), { place, junk });
  if (Array.isArray(value)) return (value as unknown[]).with(Number(step), part);
  return { ...(value as object), [step]: part };
}

function spoiledBy(value: unknown, faults: readonly Fault[]): unknown {
  return faults.reduce(spoiled, value);
}

function isInside(place: Place, outer: Place): boolean {
  return outer.every((step, index) => place[index] === step);
}

/** Up to four faults, none inside another. */
function drawFaults(args: unknown, draw: Draw): Fault[] {
  const places = placesIn(args);
  const faults: Fault[] = [];
  for (let count = draw(mostFaults - 1); count >= 0 && places.length > 0; count--) {
    const place = places[draw(places.length - 1)] ?? [];
    const isApart = faults.every((each) => !isInside(place, each.place) && !isInside(each.place, place));
    if (isApart) faults.push({ place, junk: junk[draw(junk.length - 1)] });
  }
  return faults;
}

function refusalOf(work: () => unknown): PayloadError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
}

/** Where in the arguments a failure is: paths name parameters, the sides of a map's entry, and a record's entries by number. */
function placeOf({ path: [parameter, ...steps] }: PayloadFailure, args: unknown): Place {
  const place: (string | number)[] = [Number(String(parameter).slice(1))];
  let value = partAt(args, place[0] ?? 0);
  for (const step of steps) {
    let key = step;
    if (isOpen(value) && typeof step === "number") key = Object.keys(value)[step] ?? step;
    if (Array.isArray(value) && typeof step === "string") key = step === "key" ? 0 : 1;
    place.push(key);
    value = partAt(value, key);
  }
  return place;
}

/** The faults that a refusal tells of. @throws where it tells of something that is none */
function faultsTold(refusal: PayloadError, args: unknown, faults: readonly Fault[]): Set<Fault> {
  return new Set(
    refusal.failures.map((failure) => {
      const place = placeOf(failure, args);
      const fault = faults.find((each) => isInside(place, each.place));
      if (fault === undefined) throw new Error(`${failure.path.join(".")} is told to be wrong, and was not touched`);
      return fault;
    }),
  );
}

/** @returns how many faults were told */
function checkRefusals(method: Method, args: unknown, faults: readonly Fault[], isSimple: boolean): number {
  let left = faults;
  let told = 0;
  for (let round = 1; ; round++) {
    const given = spoiledBy(args, left);
    const refusal = refusalOf(() => liftPayload(method.request, given));
    if (refusal === undefined) return told;
    // Only a union whose object cannot be told, and the bound, leave faults for later.
    if (isSimple && round > 1) throw new Error("a fault was not told with the others");
    const mended = faultsTold(refusal, given, left);
    for (const fault of mended) {
      const alone = spoiled(args, fault);
      const own = refusalOf(() => liftPayload(method.request, alone));
      if (own === undefined) throw new Error(`${fault.place.join(".")} is told to be wrong, and alone it passes`);
      faultsTold(own, alone, [fault]);
    }
    told += mended.size;
    left = left.filter((each) => !mended.has(each));
  }
}

/** Calls `check` for values of random methods. @returns how often it answered with each number */
async function checkAll(
  check: (method: Method, values: readonly unknown[], draw: Draw, isSimple: boolean) => number,
): Promise<ReadonlyMap<number, number>> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const sampled = fc.sample(worlds.filter(isSendable).map(withNames), { numRuns: worldCount, seed });
  const draw = drawFrom(seed);
  const party = await Party.of(sampled, `worlds-${seed}`);
  const counts = new Map<number, number>();
  for (const [index, world] of sampled.entries()) {
    const { method, model } = party.method(`m${index}`);
    const isSimple = reachedTypes(world).every(({ kind }) => kind !== "union");
    for (let count = 0; count < valuesPerWorld; count++) {
      try {
        const values = model.parameters.map(({ type }) => valueOf(type, party.types, draw));
        const told = check(method, values, draw, isSimple);
        counts.set(told, (counts.get(told) ?? 0) + 1);
      } catch (error) {
        if (error instanceof Endless) continue;
        throw new Error(`seed ${seed}: ${JSON.stringify([world.method, ...world.types.values()])}`, { cause: error });
      }
    }
  }
  return counts;
}

/** Neither of them is rare, so that the property is about both. */
function expectOneAndSeveral(counts: ReadonlyMap<number, number>): void {
  const several = [...counts].reduce((sum, [told, times]) => (told > 1 ? sum + times : sum), 0);
  expect(counts.get(1)).toBeGreaterThan((worldCount * valuesPerWorld) / 20);
  expect(several).toBeGreaterThan((worldCount * valuesPerWorld) / 20);
}

/** Where and with what, in no order; each form names the members of a union in its own. */
function placesOf(refusal: PayloadError | undefined): string[] {
  return (refusal?.failures ?? []).map(({ path, actual }) => `${path.join(".")}: ${actual}`).sort();
}

const slow = { timeout: 120_000 };

it("every failure that is told is a fault, and once all are mended the value passes", slow, async () => {
  const counts = await checkAll((method, values, draw, isSimple) => {
    const args = lowerPayload(method.request, values);
    return checkRefusals(method, args, drawFaults(args, draw), isSimple);
  });
  expectOneAndSeveral(counts);
});

it("what leaves by position is refused for the same places as what leaves by name", slow, async () => {
  const counts = await checkAll((method, values, draw) => {
    const given = spoiledBy(values, drawFaults(values, draw)) as readonly unknown[];
    const named = refusalOf(() => lowerPayload(method.request, given));
    const positional = refusalOf(() => encodePayload(method.request, given, "positional"));
    const places = placesOf(named);
    // Each has an order of its own, and beyond the bound others are the first.
    if (named?.more !== true) expect(placesOf(positional)).toEqual(places);
    return places.length;
  });
  expectOneAndSeveral(counts);
});
