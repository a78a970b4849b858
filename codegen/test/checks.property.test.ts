// Values of random types, as they should be and spoiled: a schema says yes to what can be written, and no to all else.
import fc from "fast-check";
import { expect, it } from "vitest";
import { encodePayload } from "../../packages/rpc/dist/form.js";
import { PayloadError } from "../../packages/rpc/dist/payload-error.js";
import { RpcError } from "../../packages/rpc/dist/rpc-error.js";
import type { Schema } from "../../packages/rpc/dist/schema.js";
import type { Method } from "../../packages/rpc/dist/service.js";
import { worlds, type World } from "./models.js";
import { isSendable, Party } from "./world-code.js";
import { drawFrom, Endless, valueOf, type Draw } from "./world-values.js";

const worldCount = 250;
const valuesPerType = 8;

/** Two of a kind with what is right somewhere, so that several tests of a union see each. */
const junk = [
  7.5,
  1,
  "junk",
  "a",
  true,
  null,
  undefined,
  [],
  [["a", 1]],
  {},
  { junk: 1 },
  new Date(NaN),
  Uint8Array.of(1),
];

/** With a method that takes each of its types. */
function withEach({ method, types }: World): World {
  const parameters = [...types.keys()].map((id) => ({
    name: id,
    optional: false,
    type: { kind: "named" as const, id },
  }));
  return { method: { ...method, parameters }, types };
}

/** The same value with junk in its place, or in that of one of its parts. */
function spoiled(value: unknown, draw: Draw): unknown {
  const other = junk[draw(junk.length - 1)];
  if (typeof value !== "object" || value === null || draw(3) === 0) return other;
  if (Array.isArray(value) && value.length > 0) {
    const index = draw(value.length - 1);
    if (draw(3) === 0) return withHole(value, index);
    return value.with(index, spoiled(value[index], draw)) as unknown;
  }
  if (value instanceof Set && value.size > 0) {
    const [first, ...others] = value as Set<unknown>;
    return new Set([spoiled(first, draw), ...others]);
  }
  if (value instanceof Map && value.size > 0) {
    const [[key, content] = [], ...others] = value as Map<unknown, unknown>;
    const entry = draw(1) === 0 ? [spoiled(key, draw), content] : [key, spoiled(content, draw)];
    return new Map([entry as [unknown, unknown], ...others]);
  }
  const keys = Object.keys(value);
  const key = keys[draw(keys.length)];
  if (key === undefined || Object.getPrototypeOf(value) !== Object.prototype) return other;
  return { ...value, [key]: spoiled((value as Record<string, unknown>)[key], draw) };
}

function withHole(values: readonly unknown[], index: number): unknown[] {
  const sparse: unknown[] = [];
  sparse.length = values.length;
  for (const [at, each] of values.entries()) if (at !== index) sparse[at] = each;
  return sparse;
}

function isAsserted(schema: Schema<unknown>, value: unknown): boolean {
  try {
    return schema.assert(value) === value;
  } catch (error) {
    if (error instanceof RpcError) return false;
    throw error;
  }
}

function canBeWritten(method: Method, args: readonly unknown[]): boolean {
  try {
    encodePayload(method.request, args, "positional");
    return true;
  } catch (error) {
    if (error instanceof PayloadError) return false;
    throw error;
  }
}

it(
  "a schema takes what can be written, refuses all else, and tells the same faults",
  { timeout: 120_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const sampled = fc.sample(worlds.map(withEach).filter(isSendable), { numRuns: worldCount, seed });
    const draw = drawFrom(seed);
    const party = await Party.of(sampled, `checks-${seed}`);
    const answers = { yes: 0, no: 0 };
    for (const [number, world] of sampled.entries()) {
      const { method, model } = party.method(`m${number}`);
      for (let count = 0; count < valuesPerType; count++) {
        try {
          const values = model.parameters.map(({ type }) => valueOf(type, party.types, draw));
          for (const [index, { name }] of model.parameters.entries()) {
            const schema = party.schema(`${name}${number}`);
            if (!schema.is(values[index])) throw new Error(`a value of ${name} is refused`);
            const given = spoiled(values[index], draw);
            const expected = canBeWritten(method, values.with(index, given));
            const result = schema["~standard"].validate(given);
            const said = [schema.is(given), isAsserted(schema, given), "value" in result];
            if (said.some((each) => each !== expected))
              throw new Error(`a spoiled value of ${name} is ${expected ? "refused" : "taken"}`);
            answers[expected ? "yes" : "no"]++;
          }
        } catch (error) {
          if (error instanceof Endless) continue;
          throw new Error(`seed ${seed}: ${JSON.stringify([world.method, ...world.types.values()])}`, { cause: error });
        }
      }
    }
    // Neither is rare, so that the property is about both.
    expect(answers.yes).toBeGreaterThan(worldCount / 5);
    expect(answers.no).toBeGreaterThan(worldCount * valuesPerType);
  },
);
