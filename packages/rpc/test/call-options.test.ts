import type { CallOptions } from "@tautline/rpc";
import { expect, test } from "vitest";
import { withBench } from "./support/lab-bench.js";

function refuse(): never {
  throw new Error("not this one");
}

// What a program without types may pass.
const refused: [string, unknown, string][] = [
  ["no object", 500, "the options of a call are an object, such as { timeoutMs: 500 }"],
  ["null", null, "the options of a call are an object, such as { timeoutMs: 500 }"],
  ["a timeoutMs that is no number", { timeoutMs: Number.NaN }, "timeoutMs is not a number"],
  ["a timeoutMs in a text", { timeoutMs: "500" }, "timeoutMs is not a number"],
  ["a timeoutMs in an object", { timeoutMs: {} }, "timeoutMs is not a number"],
  ["a timeoutMs in a bigint", { timeoutMs: 5n }, "timeoutMs is not a number"],
  ["a deadline that is no number", { deadline: Number.NaN }, "deadline is not a number"],
  ["a deadline in a Date", { deadline: new Date() }, "deadline is not a number"],
  ["a signal in a text", { signal: "stop" }, "the option signal is not an AbortSignal"],
  ["a signal that is null", { signal: null }, "the option signal is not an AbortSignal"],
  [
    "a signal that nobody can leave",
    { signal: { aborted: false, addEventListener() {} } },
    "the option signal is not an AbortSignal",
  ],
  ["metadata that is null", { metadata: null }, "metadata is null: it must be an object, or pairs of key and value"],
  ["metadata in a text", { metadata: "a" }, "metadata is a string: it must be an object, or pairs of key and value"],
  ["a metadata key that is no text", { metadata: [[1, "a"]] }, "a metadata key must be a string, not number"],
  ["metadata of another type", { metadata: { a: 1 } }, 'metadata "a" must be a string or a Uint8Array, not number'],
];

test.each(refused)("%s is refused before anything is sent", (_what, options, message) =>
  withBench(async (bench, lab) => {
    const wrong = options as CallOptions;
    const expected = { code: "invalid-argument", executed: "no", message };
    await expect(lab.wait("a", wrong)).rejects.toMatchObject(expected);
    await expect(lab.count(1, 2, wrong)[Symbol.asyncIterator]().next()).rejects.toMatchObject(expected);
    expect(bench.seen).toEqual([]);
  }),
);

test.each([-1, 0, -Infinity])("a timeoutMs of %s has passed already", (timeoutMs) =>
  withBench((_bench, lab) =>
    expect(lab.wait("a", { timeoutMs })).rejects.toMatchObject({ code: "deadline-exceeded", executed: "no" }),
  ),
);

test.each([undefined, null, 5, [1, 2], {}, { [Symbol.asyncIterator]: "next" }])(
  "%s in the place of items is refused before anything is sent",
  (items) =>
    withBench(async (bench, lab) => {
      await expect(lab.sum("a", items as unknown as AsyncIterable<number>)).rejects.toMatchObject({
        code: "invalid-argument",
        executed: "no",
        message: "the items of Lab/sum are not an AsyncIterable",
      });
      expect(bench.seen).toEqual([]);
    }),
);

test("what a call was given is sent as it was, whatever becomes of it while the call waits for a connection", () =>
  withBench(async (_bench, lab) => {
    const bytes = Uint8Array.of(1, 2);
    const token = Uint8Array.of(1, 2);
    const blob = lab.blob(bytes);
    const about = lab.about({ metadata: { "x-caller": "me", "x-token": token } });
    bytes.fill(9);
    structuredClone(token.buffer, { transfer: [token.buffer] });
    expect(await blob).toEqual(Uint8Array.of(1, 2));
    expect((await about).get("token")).toBe("\x01\x02");
  }));

test("options are those that were given, whatever their object says later", () =>
  withBench(async (bench, lab) => {
    const told: string[] = [];
    const first = new AbortController();
    const options = { signal: first.signal, onTrailers: () => void told.push("first"), failFast: false };
    const about = lab.about(options);
    const wait = lab.wait("a", options);
    Object.defineProperty(options, "failFast", { get: refuse });
    options.signal = new AbortController().signal;
    options.onTrailers = () => void told.push("later");
    await about;
    expect(told).toEqual(["first"]);
    await bench.until(() => bench.waiting.has("a"));
    first.abort("enough");
    await expect(wait).rejects.toMatchObject({ code: "cancelled", cause: "enough" });
  }));

test("a callback that throws fails its call, and one that rejects no more than that", () =>
  withBench(async (_bench, lab) => {
    const rejects = (() => Promise.reject(new Error("later"))) as () => void;
    const [thrown, rejected, beside] = await Promise.allSettled([
      lab.about({ onTrailers: refuse }),
      lab.about({ onResponseMetadata: rejects, onTrailers: rejects }),
      lab.about(),
    ]);
    const error = { code: "internal", message: "the caller's metadata callback threw" };
    expect(thrown).toMatchObject({ reason: error });
    // Its answer may have come before.
    if (rejected?.status === "rejected") expect(rejected.reason).toMatchObject(error);
    expect(beside?.status).toBe("fulfilled");
  }));

/** Signals of the application's own making, and how their call ends. */
const signals: [string, Partial<AbortSignal>, object][] = [
  ["cannot be left", { aborted: false, addEventListener() {}, removeEventListener: refuse }, { value: "answer" }],
  [
    "cannot be listened to",
    { aborted: false, addEventListener: refuse, removeEventListener() {} },
    { reason: { code: "internal", executed: "no" } },
  ],
  [
    "aborts while it is listened to, twice",
    {
      aborted: false,
      addEventListener(_type: string, listener: unknown) {
        (listener as () => void)();
        (listener as () => void)();
      },
      removeEventListener() {},
    },
    { reason: { code: "cancelled", executed: "no" } },
  ],
  [
    "hides why it aborted",
    Object.defineProperty({ aborted: true, addEventListener() {}, removeEventListener() {} }, "reason", {
      get: refuse,
    }),
    { reason: { code: "cancelled", executed: "no" } },
  ],
];

test.each(signals)("a signal that %s is its own call's", (_what, given, outcome) =>
  withBench(async (bench, lab) => {
    const signal = given as AbortSignal;
    bench.waits = async () => "answer";
    expect(await Promise.allSettled([lab.wait("a", { signal }), lab.wait("b")])).toMatchObject([
      outcome,
      { value: "answer" },
    ]);
  }),
);

test.each(signals)("with credentials, too, a signal that %s is its own call's", (_what, given, outcome) =>
  withBench(
    async (bench, lab) => {
      const signal = given as AbortSignal;
      bench.waits = async () => "answer";
      const settled = await Promise.allSettled([lab.wait("a", { signal }), lab.wait("b")]);
      expect(settled[0]?.status).toBe("value" in outcome ? "fulfilled" : "rejected");
      expect(settled[1]).toMatchObject({ value: "answer" });
    },
    { channel: { credentials: () => ({ authorization: "Bearer a" }) } },
  ),
);
