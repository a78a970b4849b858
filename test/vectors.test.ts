// The vectors of the wire against this implementation: encoded to exactly these bytes, decoded to exactly these fields, and
// refused with exactly these reasons.
import { readFileSync } from "node:fs";
import { Batch, memoryPair, type Framing } from "@tautline/core";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "../packages/rpc/dist/codec.js";
import {
  decodeHello,
  decodeMetadata,
  decodeOutcome,
  encodeHello,
  encodeMetadata,
  encodeOutcome,
  pickSettings,
} from "../packages/rpc/dist/envelope.js";
import { frameKinds, type Frame } from "../packages/rpc/dist/frame.js";
import { frameFraming } from "../packages/rpc/dist/framing.js";
import { defaultLimits } from "../packages/rpc/dist/limits.js";
import { MalformedValue } from "../packages/rpc/dist/malformed-value.js";
import { Metadata } from "../packages/rpc/dist/metadata.js";
import { Session } from "../packages/rpc/dist/session.js";
import { spanOf, viewOf } from "../packages/rpc/dist/span.js";
import { goAwayReasons } from "../packages/rpc/dist/violation.js";

interface Vector {
  readonly name: string;
  readonly section: string;
  readonly bytes: string;
}

interface FrameVector extends Vector {
  readonly decodeOnly?: boolean;
  readonly frame: Readonly<Record<string, unknown>> & { readonly kind: Frame["kind"] };
}

interface ValueVector extends Vector {
  readonly decodeOnly?: boolean;
  readonly value: unknown;
}

interface RefusedVector extends Vector {
  readonly violation: string;
  readonly reason: string;
}

function read(name: string): { readonly vectors: unknown } {
  const text = readFileSync(new URL(`vectors/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text) as { readonly vectors: unknown };
}

const frames = read("frames").vectors as readonly FrameVector[];
const values = read("values").vectors as readonly ValueVector[];
const refused = read("refused").vectors as readonly RefusedVector[];
const refusedValues = read("refused-values").vectors as readonly Vector[];

const helloBytes = Buffer.from("0000000c010000000000544155540180", "hex");
const bounds = { maxDepth: 32, maxValues: 65_536 };
const framing = frameFraming({ ...defaultLimits, maxFrameBytes: 16_777_216 });

function bytesOf({ bytes }: Vector): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

/** A test's name must be whole, which a field in its pattern is not. */
function titled<V extends Vector>(vectors: readonly V[]): [title: string, vector: V][] {
  return vectors.map((vector) => [`${vector.name} (§${vector.section})`, vector]);
}

/** JSON's notation of what it lacks, as values.json describes it. */
function valueOf(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(valueOf);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json);
  const [tag, content] = entries[0] ?? [];
  if (tag === "$undefined") return undefined;
  if (tag === "$bytes") return Buffer.from(String(content), "hex");
  if (tag === "$date") return new Date(Number(content));
  if (tag === "$int") return BigInt(String(content));
  if (tag === "$float") return Number(content);
  return Object.fromEntries(entries.map(([key, part]) => [key, valueOf(part)]));
}

const maps = ["settings", "metadata", "outcome"];
const hexes = ["fragment", "opaque"];

/** The fields of a vector as the codec has them: maps as msgpack, hex as bytes. */
function frameOf({ frame }: FrameVector): Frame {
  const fields = Object.entries(frame).map(([name, field]): [string, unknown] => {
    if (hexes.includes(name)) return [name, Buffer.from(String(field), "hex")];
    if (!maps.includes(name)) return [name, field];
    const map = valueOf(field) as object;
    // HELLO's map is there even when it is empty; the others are left out then.
    return [name, Object.keys(map).length === 0 && name !== "settings" ? Buffer.alloc(0) : encodeValue(map)];
  });
  const { fragment, ...made }: { fragment?: Buffer } = Object.fromEntries(fields);
  return { ...made, ...(fragment && spanOf(fragment)) } as Frame;
}

function hexFields(frame: Frame): Record<string, unknown> {
  const entries = Object.entries(frame)
    .filter(([name]) => !["bytes", "from", "to"].includes(name))
    .concat("bytes" in frame ? [["fragment", viewOf(frame)]] : []);
  return Object.fromEntries(
    entries.map(([name, field]: [string, unknown]) => [
      name,
      field instanceof Uint8Array ? Buffer.from(field).toString("hex") : field,
    ]),
  );
}

/** The one frame that whole bytes of a connection hold, HELLO before it where it needs one. */
function frameIn(vector: Vector): Frame {
  const decoder = framing.decoder();
  const found: Frame[] = [];
  const bytes = bytesOf(vector);
  if (bytes[4] !== frameKinds.hello) decoder.push(helloBytes, []);
  decoder.push(bytes, found);
  expect(decoder.bufferedBytes).toBe(0);
  expect(found).toHaveLength(1);
  return found[0] as Frame;
}

describe("frames", () => {
  it.each(titled(frames))("%s: is read as these fields", (_, vector) => {
    expect(hexFields(frameIn(vector))).toEqual(hexFields(frameOf(vector)));
  });

  it.each(titled(frames.filter((vector) => vector.decodeOnly !== true)))(
    "%s: is written as these bytes",
    (_, vector) => {
      const batch = new Batch();
      framing.encode(frameOf(vector), batch);
      expect(Buffer.concat(batch.take()).toString("hex")).toBe(bytesOf(vector).toString("hex"));
    },
  );

  it.each(titled(frames.filter(({ frame }) => maps.some((name) => name in frame))))(
    "%s: its map is what the envelope reads",
    (_, vector) => {
      const decoded = frameIn(vector);
      if (decoded.kind === "hello") {
        const { agent = "", services = {}, ...settings } = vector.frame["settings"] as Record<string, unknown>;
        const hello = decodeHello(decoded.settings);
        const known = Object.entries(settings).filter(([name]) => name in hello.settings);
        expect(hello).toEqual({
          agent,
          services: new Map(
            Object.entries(services as Record<string, { $bytes: string }>).map(([name, { $bytes }]) => [name, $bytes]),
          ),
          settings: { ...pickSettings(defaultLimits), ...Object.fromEntries(known) },
        });
      } else if (decoded.kind === "end") {
        const { trailers, ...outcome } = decodeOutcome(decoded.outcome);
        const shown = trailers === undefined ? outcome : { ...outcome, trailers: Object.fromEntries(trailers) };
        expect(shown).toEqual(valueOf(vector.frame["outcome"]));
      } else if (decoded.kind === "open" || decoded.kind === "head") {
        expect(Object.fromEntries(decodeMetadata(decoded.metadata, 15_000))).toEqual(valueOf(vector.frame["metadata"]));
      }
    },
  );

  it("has a vector for every kind", () => {
    const kinds = new Set(frames.map((vector) => bytesOf(vector)[4]));
    for (const kind of Object.values(frameKinds)) expect(kinds).toContain(kind);
  });
});

describe("what this implementation writes", () => {
  it("is the settings of HELLO as the vector has them", () => {
    const vector = frames.find(({ name }) => name === "HELLO with every setting, and two services") as FrameVector;
    const hello = frameIn(vector);
    if (hello.kind !== "hello") throw new Error("the vector is no HELLO");
    expect(Buffer.from(encodeHello(decodeHello(hello.settings))).toString("hex")).toBe(
      Buffer.from(hello.settings).toString("hex"),
    );
  });

  it("is the outcome of END and the metadata of OPEN as the vectors have them", () => {
    for (const vector of frames) {
      const frame = frameIn(vector);
      if (frame.kind === "end" && frame.outcome.length > 0) {
        const json = valueOf(vector.frame["outcome"]) as Record<string, unknown>;
        const trailers =
          json["trailers"] === undefined ? {} : { trailers: new Metadata(json["trailers"] as Record<string, string>) };
        expect(Buffer.from(encodeOutcome({ ...json, ...trailers }, 1000))).toEqual(frame.outcome);
      }
      if (frame.kind === "open" || frame.kind === "head") {
        const metadata = new Metadata(valueOf(vector.frame["metadata"]) as Record<string, string>);
        expect(Buffer.from(encodeMetadata(metadata, 1024))).toEqual(Buffer.from(frame.metadata));
      }
    }
  });
});

describe("values", () => {
  it.each(titled(values))("%s: is read", (_, vector) => {
    expect(decodeValue(bytesOf(vector), bounds)).toStrictEqual(valueOf(vector.value));
  });

  it.each(titled(values.filter((vector) => vector.decodeOnly !== true)))(
    "%s: is written as these bytes",
    (_, vector) => {
      expect(Buffer.from(encodeValue(valueOf(vector.value))).toString("hex")).toBe(bytesOf(vector).toString("hex"));
    },
  );

  it.each(titled(refusedValues))("%s: is refused", (_, vector) => {
    expect(() => decodeValue(bytesOf(vector), bounds)).toThrowError(MalformedValue);
  });
});

describe("violations", () => {
  it.each(titled(refused))("%s: is answered by GOAWAY", async (_, vector) => {
    const framing = frameFraming(defaultLimits);
    // Takes raw bytes beside frames, so that one end can say what no encoder would.
    const either: Framing<Frame, Frame | Uint8Array> = {
      encode: (item, batch) => (item instanceof Uint8Array ? batch.append(item) : framing.encode(item, batch)),
      decoder: () => framing.decoder(),
    };
    const [client, server] = memoryPair(either);
    const session = new Session(server, {
      role: "server",
      limits: defaultLimits,
      owner: { accept() {}, takesNoMore() {} },
      helloTimeoutMs: 10_000,
      hello: Buffer.of(0x80),
    });
    client.send(bytesOf(vector));
    const received: Frame[] = [];
    for await (const frames of client) received.push(...frames);
    await client.close();
    await session.closed;
    expect(received.at(-1)).toMatchObject({ kind: "go-away", reason: vector.reason });
  });

  it("has a vector for each that the bytes of one client can show, with a reason that exists", () => {
    const shown = new Set(refused.map(({ violation }) => violation));
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
      expect(shown).toContain(`V${number}`);
    for (const { reason } of refused) expect(goAwayReasons).toContain(reason);
  });
});
