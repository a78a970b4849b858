import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeValue } from "../dist/codec.js";
import {
  decodeHello,
  decodeMetadata,
  decodeOutcome,
  encodeHello,
  encodeMetadata,
  encodeOutcome,
  pickSettings,
  type Outcome,
} from "../dist/envelope.js";
import { defaultLimits } from "../dist/limits.js";
import { Metadata } from "../dist/metadata.js";

const badHello = expect.objectContaining({ name: "Violation", reason: "bad-hello" });
const protocolError = expect.objectContaining({ name: "Violation", reason: "protocol-error" });
const defaults = pickSettings(defaultLimits);

describe("HELLO's settings", () => {
  /** Of a service; a map on the wire cannot have the key __proto__. */
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((text) => text !== "__proto__");
  const anySettings = fc
    .record({
      window: fc.integer({ min: 16_384, max: 2 ** 31 - 1 }),
      connectionWindow: fc.integer({ min: 16_384, max: 2 ** 31 - 1 }),
      maxFrameBytes: fc.integer({ min: 16_384, max: 16_777_216 }),
      maxMessageBytes: fc.integer({ min: 16_384, max: 2 ** 30 }),
      maxMetadataBytes: fc.integer({ min: 1024, max: 15_000 }),
      maxCalls: fc.integer({ min: 1, max: 2 ** 30 }),
    })
    .chain((settings) => fc.integer({ min: 0, max: settings.window }).map((reserve) => ({ ...settings, reserve })));

  it("come back as they were sent", () => {
    const anyServices = fc.array(fc.tuple(name, fc.stringMatching(/^[0-9a-f]{16}$/)), { maxLength: 20 });
    fc.assert(
      fc.property(anySettings, fc.string({ maxLength: 80 }), anyServices, (settings, agent, entries) => {
        const services = new Map(entries);
        expect(decodeHello(encodeHello({ settings, agent, services }))).toEqual({ settings, agent, services });
      }),
    );
  });

  it("have the defaults of PROTOCOL.md §5 where a key is missing", () => {
    expect(decodeHello(Buffer.of(0x80))).toEqual({
      settings: {
        window: 262_144,
        connectionWindow: 1_048_576,
        reserve: 16_384,
        maxFrameBytes: 65_536,
        maxMessageBytes: 4_194_304,
        maxMetadataBytes: 8192,
        maxCalls: 1024,
      },
      agent: "",
      services: new Map(),
    });
  });

  // Holds PROTOCOL.md §5.4.
  it("ignore keys that are not known, whatever they hold", () => {
    const map = { later: { deep: [1, null] }, constructor: 1, toString: "x", window: 20_000 };
    expect(decodeHello(encodeValue(map)).settings).toEqual({ ...defaults, window: 20_000 });
  });

  it("are the same map whichever form a whole number has", () => {
    // window as a float of 64 bits, maxCalls as an unsigned integer of 64 bits.
    const bytes = Buffer.from("82a677696e646f77cb40d3880000000000a86d617843616c6c73cf0000000000000007", "hex");
    expect(decodeHello(bytes).settings).toMatchObject({ window: 20_000, maxCalls: 7 });
  });

  it.each([
    ["window", 16_384, 2 ** 31 - 1],
    ["connectionWindow", 16_384, 2 ** 31 - 1],
    ["maxFrameBytes", 16_384, 16_777_216],
    ["maxMessageBytes", 16_384, 2 ** 30],
    ["maxMetadataBytes", 1024, 15_000],
    ["maxCalls", 1, 2 ** 30],
  ])("take %s from %d to %d, and nothing beside", (name, min, max) => {
    for (const value of [min, max])
      expect(decodeHello(encodeValue({ [name]: value })).settings).toMatchObject({ [name]: value });
    for (const value of [min - 1, max + 1, -1, min + 0.5, NaN, Infinity, `${min}`, null, true, [min], 2n ** 63n]) {
      expect(() => decodeHello(encodeValue({ [name]: value }))).toThrowError(badHello);
    }
  });

  it("take a reserve up to the window, also up to the default one", () => {
    expect(decodeHello(encodeValue({ reserve: 0 })).settings.reserve).toBe(0);
    expect(decodeHello(encodeValue({ reserve: 262_144 })).settings.reserve).toBe(262_144);
    expect(decodeHello(encodeValue({ reserve: 20_000, window: 20_000 })).settings.reserve).toBe(20_000);
    expect(() => decodeHello(encodeValue({ reserve: 262_145 }))).toThrowError(badHello);
    expect(() => decodeHello(encodeValue({ reserve: 20_001, window: 20_000 }))).toThrowError(badHello);
  });

  it("take an agent of 256 bytes of UTF-8 and not of 257", () => {
    const agent = `${"é".repeat(127)}ab`;
    expect(decodeHello(encodeValue({ agent })).agent).toBe(agent);
    for (const bad of [`${agent}c`, "漢".repeat(100), 7, null, ["a"]]) {
      expect(() => decodeHello(encodeValue({ agent: bad }))).toThrowError(badHello);
    }
  });

  it("pass the reserved map by, and refuse what is no map there", () => {
    expect(decodeHello(encodeValue({ extensions: { load: 0.5 } })).settings).toEqual(defaults);
    for (const bad of [null, 1, "x", [], new Date(0)]) {
      expect(() => decodeHello(encodeValue({ extensions: bad }))).toThrowError(badHello);
    }
  });

  it("take services with fingerprints of 8 bytes, and nothing else there", () => {
    const services = { "shop.orders": Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 255), constructor: new Uint8Array(8) };
    expect(decodeHello(encodeValue({ services })).services).toEqual(
      new Map([
        ["shop.orders", "00010203040506ff"],
        ["constructor", "0000000000000000"],
      ]),
    );
    for (const bad of [null, 1, "x", [], new Date(0)]) {
      expect(() => decodeHello(encodeValue({ services: bad }))).toThrowError(badHello);
    }
    for (const bad of [null, 7, "12345678", new Uint8Array(7), new Uint8Array(9), [1, 2, 3, 4, 5, 6, 7, 8], {}]) {
      expect(() => decodeHello(encodeValue({ services: { good: new Uint8Array(8), bad } }))).toThrowError(badHello);
    }
  });

  it("tell the first of many services, and stay below 48 KiB", () => {
    const all = Array.from({ length: 10_000 }, (_, n): [string, string] => [`shop.service-${n}`, "0123456789abcdef"]);
    const bytes = encodeHello({ settings: defaults, agent: "x".repeat(256), services: new Map(all) });
    expect(bytes.length).toBeLessThan(48 * 1024);
    const told = [...decodeHello(bytes).services];
    expect(told.length).toBeGreaterThan(1500);
    expect(told).toEqual(all.slice(0, told.length));
  });

  it.each([
    ["nothing", ""],
    ["no map", "90"],
    ["nil", "c0"],
    ["a timestamp", "d6ff00000000"],
    ["bytes behind the map", "8000"],
    ["a map that is cut off", "81"],
    ["the key __proto__", "81a95f5f70726f746f5f5f80"],
    ["a key that is not text", "810102"],
  ])("refuse %s", (_, hex) => {
    expect(() => decodeHello(Buffer.from(hex, "hex"))).toThrowError(badHello);
  });
});

describe("metadata", () => {
  const key = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,63}$/).filter((name) => !name.startsWith("tautline-"));
  const entries = fc.dictionary(key, fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array()), {
    maxKeys: 10,
    noNullPrototype: true,
  });

  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(entries, (entries) => {
        const metadata = new Metadata(entries);
        const received = decodeMetadata(encodeMetadata(metadata, 100_000), 100_000);
        expect(Object.fromEntries(received)).toEqual(
          Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, asReceived(value)])),
        );
      }),
    );
  });

  function asReceived(value: string | Uint8Array): string | Uint8Array {
    return typeof value === "string" ? value : Buffer.from(value);
  }

  it("is no bytes at all where there is none", () => {
    expect(encodeMetadata(undefined, 1024)).toHaveLength(0);
    expect(encodeMetadata(new Metadata(), 1024)).toHaveLength(0);
    expect(decodeMetadata(new Uint8Array(0), 1024).size).toBe(0);
  });

  it("is refused by its sender, before it is sent, one byte past the receiver's limit", () => {
    const metadata = new Metadata({ k: "v".repeat(1024 - 6) });
    expect(encodeMetadata(metadata, 1024)).toHaveLength(1024);
    metadata.set("k", "v".repeat(1024 - 5));
    expect(() => encodeMetadata(metadata, 1024)).toThrowError(
      expect.objectContaining({
        code: "invalid-argument",
        executed: "no",
        message: "the metadata is 1025 bytes long, and the peer takes 1024 (its limit maxMetadataBytes)",
      }),
    );
  });

  it("is a violation one byte past the receiver's own limit", () => {
    const bytes = encodeValue({ k: "v".repeat(1024 - 6) });
    expect(decodeMetadata(bytes, 1024).size).toBe(1);
    expect(() => decodeMetadata(bytes, 1023)).toThrowError(protocolError);
  });

  it("may have reserved keys when it comes from the peer", () => {
    expect(decodeMetadata(encodeValue({ "tautline-x": "1" }), 1024).text("tautline-x")).toBe("1");
  });

  it.each([
    ["an upper-case key", { Key: "v" }],
    ["an empty key", { "": "v" }],
    ["a key that begins with a dash", { "-k": "v" }],
    ["a key of 65 characters", { ["k".repeat(65)]: "v" }],
    ["a key with a line end behind it", { "k\n": "v" }],
    ["a number", { k: 1 }],
    ["nil", { k: null }],
    ["undefined", { k: undefined }],
    ["a map", { k: {} }],
    ["a timestamp", { k: new Date(0) }],
    ["no map", ["k", "v"]],
    ["text", "k"],
  ])("is a violation with %s", (_, value) => {
    expect(() => decodeMetadata(encodeValue(value), 1024)).toThrowError(protocolError);
  });

  it("is a violation where it is not one value", () => {
    for (const hex of ["81", "8000", "c1", "81a95f5f70726f746f5f5fa0"]) {
      expect(() => decodeMetadata(Buffer.from(hex, "hex"), 1024)).toThrowError(protocolError);
    }
  });
});

describe("the outcome of a call", () => {
  it("comes back as it was sent", () => {
    const text = fc.string({ unit: "binary" });
    const outcomes = fc.record(
      {
        message: text,
        executed: fc.constantFrom("no" as const, "maybe" as const, "yes" as const),
        error: text,
        fields: fc.dictionary(
          fc.string({ unit: "binary" }).filter((name) => name !== "__proto__"),
          fc.integer(),
          {
            noNullPrototype: true,
          },
        ),
        details: fc.array(fc.integer()),
        retryAfterMs: fc.maxSafeNat(),
        timing: fc.tuple(fc.nat(), fc.nat()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(outcomes, (outcome) => {
        expect(decodeOutcome(encodeOutcome(outcome, 100_000))).toEqual(outcome);
      }),
    );
  });

  it("has its trailers as metadata", () => {
    const { trailers } = decodeOutcome(encodeOutcome({ trailers: new Metadata({ cost: "7" }) }, 1000));
    expect(trailers?.text("cost")).toBe("7");
  });

  it("is no bytes at all where it says nothing", () => {
    expect(encodeOutcome({}, 1000)).toHaveLength(0);
    expect(encodeOutcome({ message: undefined, trailers: undefined }, 1000)).toHaveLength(0);
    expect(decodeOutcome(new Uint8Array(0))).toEqual({});
  });

  // Holds PROTOCOL.md §6.4.4.
  it("loses its details, then the end of its message, then the message, to stay within the peer's frame", () => {
    const outcome: Outcome = {
      message: "m".repeat(1000),
      executed: "yes",
      error: "OutOfStock",
      details: "d".repeat(1000),
    };
    const read = (most: number): Outcome => {
      const bytes = encodeOutcome(outcome, most);
      expect(bytes.length).toBeLessThanOrEqual(most);
      return decodeOutcome(bytes);
    };
    expect(read(3000)).toEqual(outcome);
    expect(read(1100)).toEqual({ ...outcome, details: undefined });
    expect(read(300)).toEqual({ ...outcome, details: undefined, message: "m".repeat(200) });
    expect(read(100)).toEqual({ ...outcome, details: undefined, message: undefined });
  });

  it("is `internal` where a declared error's fields do not fit at all", () => {
    expect(() => encodeOutcome({ error: "E", fields: "f".repeat(1000) }, 500)).toThrowError(
      expect.objectContaining({ code: "internal", message: expect.stringMatching(/500 bytes.*maxFrameBytes/) }),
    );
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each([
    ["a Map whose keys are no text", new Map([[1, 2]])],
    ["a cycle", cycle],
    ["a symbol", Symbol("details")],
    ["an integer beyond 64 bits", 2n ** 64n],
    ["an invalid Date", new Date(NaN)],
    ["a key __proto__", JSON.parse('{"__proto__": 1}')],
    ["33 levels", new Array(33).fill(0).reduce<unknown>((inner) => [inner], null)],
    ["more values than a message may hold", new Array(65_536).fill(0)],
  ])("leaves out details that a peer would have to refuse: %s", (_, details) => {
    expect(decodeOutcome(encodeOutcome({ message: "kept", details }, 1_000_000))).toEqual({ message: "kept" });
  });

  it("rounds a time to wait up, and leaves out what is none", () => {
    expect(decodeOutcome(encodeOutcome({ retryAfterMs: 0.2 }, 100))).toEqual({ retryAfterMs: 1 });
    for (const retryAfterMs of [-1, NaN, Infinity]) expect(encodeOutcome({ retryAfterMs }, 100)).toHaveLength(0);
  });

  it("ignores keys that are not known", () => {
    expect(decodeOutcome(encodeValue({ message: "m", later: [1] }))).toEqual({ message: "m" });
  });

  it.each([
    ["a message that is no text", { message: 1 }],
    ["an unknown word for executed", { executed: "perhaps" }],
    ["executed as a bool", { executed: true }],
    ["an error that is no text", { error: {} }],
    ["a time as text", { retryAfterMs: "5" }],
    ["half a millisecond", { retryAfterMs: 0.5 }],
    ["a negative time", { retryAfterMs: -1 }],
    ["a time that is no number", { retryAfterMs: NaN }],
    ["trailers that are no map", { trailers: [] }],
    ["trailers with a bad key", { trailers: { K: "v" } }],
    ["trailers with a number", { trailers: { k: 1 } }],
    ["a timing of one", { timing: [1] }],
    ["a timing of three", { timing: [1, 2, 3] }],
    ["a negative timing", { timing: [1, -2] }],
    ["a timing that is no number", { timing: [1, NaN] }],
    ["no map", [1]],
    ["nil", null],
  ])("is a violation with %s", (_, value) => {
    expect(() => decodeOutcome(encodeValue(value))).toThrowError(protocolError);
  });

  it("is a violation where it is not one value", () => {
    for (const hex of ["81", "8000", "d4724091a16101"]) {
      expect(() => decodeOutcome(Buffer.from(hex, "hex"))).toThrowError(protocolError);
    }
  });
});

describe("details that are not plain data", () => {
  it.each([
    ["a view of 16-bit numbers", new Uint16Array(2)],
    ["a Map", new Map([["a", 1]])],
    ["a function inside", { deep: [() => 1] }],
    ["an instance of a class", new URL("https://example.com")],
  ])("are left out: %s", (_, details) => {
    expect(decodeOutcome(encodeOutcome({ message: "m", details }, 1000))).toMatchObject({
      message: "m",
      details: undefined,
    });
  });
});
