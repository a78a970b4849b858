// What decodes, against what else there is to say about bytes: the guard against a reader written from the specification, the
// library behind it, and the readers of generated code against guard, library and checks. Bytes are what was encoded, mutated.
import fc from "fast-check";
import { decodeValue, encodeValue } from "../../packages/rpc/dist/codec.js";
import { decodePayload, encodePayload, type Form } from "../../packages/rpc/dist/form.js";
import { refuseValue } from "../../packages/rpc/dist/guard.js";
import { MalformedValue } from "../../packages/rpc/dist/malformed-value.js";
import { PayloadError } from "../../packages/rpc/dist/payload-error.js";
import type { PayloadType } from "../../packages/rpc/dist/service.js";
import { spanOf, viewOf } from "../../packages/rpc/dist/span.js";
import { readValue } from "../../packages/rpc/test/support/msgpack-reader.js";
import { anyValue, mutate, Random } from "../../packages/rpc/test/support/values.js";
import { worlds } from "./models.js";
import { isSendable, Party } from "./world-code.js";
import { Endless, valueOf } from "./world-values.js";

const bounds = { maxDepth: 32, maxValues: 65_536 };
const worldCount = 150;
const valuesPerWorld = 6;

/** What no encoder of ours writes, and a peer may: keys that pollute, extensions of the library, rare forms. */
const tricks = [
  "81a95f5f70726f746f5f5f81a16101",
  "82a16bc0d9095f5f70726f746f5f5fc0",
  "92d4724091a161014002",
  "92d66900000001de0001a46e616d65a173d67000000001",
  "d473009101",
  "d4650093a54572726f72a174d40000",
  "d84200000000000000400000000000000000",
  "92d66200000008c109c109a0b2736f6d6520746578746d6f72652074657874",
  "93d4000001d6ff00000001",
  "81da00016bdc0002dd00000001c0c50001ff",
];

export interface DecoderReport {
  readonly seed: number;
  readonly inputs: number;
  /** How many of the inputs were accepted: values of no type, and payloads in each form. */
  readonly accepted: Readonly<Record<"value" | Form, number>>;
  /** What must not be, with the bytes; the run ends at the first. */
  readonly failures: readonly string[];
}

/** The arguments of a method, as they were encoded. */
interface Sample {
  readonly type: PayloadType<readonly unknown[]>;
  readonly bytes: Readonly<Record<Form, Uint8Array>>;
  /** What the types are, for whoever looks into a failure. */
  readonly model: string;
}

/** @param onProgress called now and then with how many inputs there were */
export async function compareDecoders(
  inputs: number,
  seed: number,
  onProgress: (inputs: number) => void = () => {},
): Promise<DecoderReport> {
  const random = new Random(seed);
  const values = [
    ...fc.sample(anyValue, { numRuns: 500, seed }).map((value) => encodeValue(value)),
    ...tricks.map((hex) => Buffer.from(hex, "hex")),
  ];
  const samples = await samplesOf(seed, random);
  const accepted = { value: 0, named: 0, positional: 0 };
  let count = 0;
  const failures: string[] = [];
  for (; count < inputs && failures.length === 0; count++) {
    const kind = (["value", "named", "positional"] as const)[count % 3] ?? "value";
    const sample = samples[random.below(samples.length)];
    const slot = random.below(values.length);
    if (sample === undefined) throw new Error("no type of the sample can be sent");
    const bytes = mutate(kind === "value" ? (values[slot] ?? Buffer.of(0xc0)) : sample.bytes[kind], random);
    try {
      if (!(kind === "value" ? acceptsValue(bytes) : acceptsPayload(sample, kind, bytes))) continue;
      accepted[kind]++;
      // What was accepted is mutated further: what takes several steps is reached, too.
      if (kind === "value" && bytes.length < 2_000 && random.below(8) === 0) values[slot] = bytes;
    } catch (error) {
      const what = kind === "value" ? "" : `, of ${sample.model}`;
      failures.push(`${String(error)}: ${kind} ${bytes.toString("hex")}${what}`);
    }
    if (count % 4096 === 0) onProgress(count);
  }
  return { seed, inputs: count, accepted, failures };
}

async function samplesOf(seed: number, random: Random): Promise<readonly Sample[]> {
  const sampled = fc.sample(worlds.filter(isSendable), { numRuns: worldCount, seed });
  const party = await Party.of(sampled, `decoders-${seed}`);
  return sampled.flatMap((world, number) => {
    const { method, model } = party.method(`m${number}`);
    return Array.from({ length: valuesPerWorld }, (): Sample | undefined => {
      try {
        const args = model.parameters.map(({ type }) => valueOf(type, party.types, (max) => random.below(max + 1)));
        const bytesIn = (form: Form): Uint8Array => viewOf(encodePayload(method.request, args, form));
        const text = JSON.stringify([world.method.parameters, ...world.types.values()]);
        return {
          type: method.request,
          bytes: { named: bytesIn("named"), positional: bytesIn("positional") },
          model: text,
        };
      } catch (error) {
        if (error instanceof Endless) return undefined;
        throw error;
      }
    }).filter((each) => each !== undefined);
  });
}

/** @returns whether the guard lets the bytes through. @throws where it, the library or the specification disagree */
function acceptsValue(bytes: Buffer): boolean {
  const refusal = refuseValue(bytes, bounds);
  const expected = attempt(() => readValue(bytes, bounds), Error);
  if ((expected === undefined) !== (refusal !== undefined)) throw new Error(`the guard says ${refusal ?? "nothing"}`);
  const decoded = attempt(() => decodeValue(bytes, bounds), MalformedValue);
  if ((decoded === undefined) !== (refusal !== undefined)) throw new Error("the library disagrees with the guard");
  expectNothingLeftBehind();
  if (expected === undefined || decoded === undefined) return false;
  checkPlain(decoded.value);
  // Timestamps of impossible nanoseconds, or of years that no Date has, are one date to the library and another to the reader.
  if (!isSame(decoded.value, expected.value, "any")) throw new Error("the library reads something else");
  encodeValue(decoded.value);
  return true;
}

/** @returns whether the bytes are a payload of the type. @throws where the forms disagree about what it says */
function acceptsPayload({ type, bytes: good }: Sample, form: Form, bytes: Buffer): boolean {
  const read = (span: Uint8Array, as: Form): unknown => decodePayload(type, spanOf(span), as, bounds);
  const refusable = form === "positional" ? undefined : refuseValue(bytes, bounds);
  const payload = attempt(() => read(bytes, form), MalformedValue, PayloadError);
  // Whatever was wrong, the next payload is read as on its own.
  read(good[form], form);
  if (payload === undefined) return false;
  if (refusable !== undefined) throw new Error(`the guard refused it: ${refusable}`);
  const given = payload.value as readonly unknown[];
  for (const as of ["named", "positional"] as const) {
    if (!isSame(read(viewOf(encodePayload(type, given, as)), as), given)) throw new Error(`not the same ${as}`);
  }
  if (form === "positional") {
    // What a reader of generated code takes, the guard takes as well.
    const refusal = refuseValue(bytes, bounds);
    if (refusal !== undefined) throw new Error(`the guard refuses what was read: ${refusal}`);
    decodeValue(bytes, bounds);
  }
  return true;
}

/** The value, or undefined where it fails as it may. @throws any other error */
function attempt<T>(
  work: () => T,
  ...expected: readonly (abstract new (...args: never[]) => Error)[]
): { readonly value: T } | undefined {
  try {
    return { value: work() };
  } catch (error) {
    if (expected.some((each) => error instanceof each)) return undefined;
    throw error;
  }
}

/** Own data only, within the bounds: no functions, no object twice, no class but those that the protocol names. */
function checkPlain(value: unknown, depth = 0, seen = new Set<object>()): void {
  if (typeof value === "function" || typeof value === "symbol") throw new Error(`a ${typeof value}`);
  if (typeof value !== "object" || value === null) return;
  if (seen.has(value)) throw new Error("an object twice");
  seen.add(value);
  if (seen.size > bounds.maxValues) throw new Error("more values than the bound");
  if (value instanceof Date || Buffer.isBuffer(value)) return;
  if (depth + 1 > bounds.maxDepth) throw new Error("deeper than the bound");
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) throw new Error("an object of a class");
  for (const part of Object.values(value)) checkPlain(part, depth + 1, seen);
}

const witness = Buffer.from("83a16101a3666f6f92c0d40000a16282a17801a17902", "hex");
const numbers = Buffer.of(0x95, 0x40, 0x41, 0x5f, 0x7f, 0x50);

/** The library has learnt nothing of a peer: neither keys, nor records, whose uses look like numbers. */
function expectNothingLeftBehind(): void {
  const read = JSON.stringify([decodeValue(witness, bounds), decodeValue(numbers, bounds)]);
  if (read !== '[{"a":1,"foo":[null,null],"b":{"x":1,"y":2}},[64,65,95,127,80]]')
    throw new Error(`then it reads ${read}`);
}

/** Where zero has no sign, and what is undefined may be absent. */
function isSame(one: unknown, other: unknown, dates: "exact" | "any" = "exact"): boolean {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  const parts = (a: object, b: object): boolean =>
    Object.keys({ ...a, ...b }).every((key) => isSame(partOf(a, key), partOf(b, key), dates));
  if (one instanceof Date) return dates === "any" || isSame(one.getTime(), Number(other));
  if (one instanceof Uint8Array) return Buffer.compare(one, other as Uint8Array) === 0;
  if (one instanceof Set || one instanceof Map) return parts([...one], [...(other as Set<unknown>)]);
  return parts(one, other);
}

function partOf(of: object, key: string): unknown {
  return (of as Readonly<Record<string, unknown>>)[key];
}
