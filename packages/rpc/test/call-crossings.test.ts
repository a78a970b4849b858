// Calls of every shape that are given up at any moment: whatever crosses whatever, no place and no credit is lost.
import type { CallOptions } from "@tautline/rpc";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { LabClient } from "./support/lab.rpc.js";
import { withBench, type Bench } from "./support/lab-bench.js";

// A place or a window that is lost is missed at once.
const limits = { window: 16_384, connectionWindow: 16_384, maxWindow: 16_384, reserve: 1024, maxCalls: 3 };

const shapes = ["answer", "wait", "server stream", "client stream", "both", "one-way"] as const;

interface Given {
  readonly shape: (typeof shapes)[number];
  /** Of a message, in bytes. */
  readonly size: number;
  readonly items: number;
  /** After how many turns of the event loop it is given up; null: never. */
  readonly turns: number | null;
}

const given: fc.Arbitrary<Given> = fc.record({
  shape: fc.constantFrom(...shapes),
  size: fc.oneof(fc.nat(100), fc.nat(40_000)),
  items: fc.nat(6),
  turns: fc.option(fc.nat(12)),
});

// Over TCP: in memory too little is ever under way.
test("calls that are given up take no place and no credit with them", () =>
  fc.assert(
    fc.asyncProperty(fc.array(given, { minLength: 1, maxLength: 30 }), (calls) =>
      withBench(
        async (bench, lab, channel, server) => {
          await channel.ready();
          const held = bench.waits;
          bench.waits = answersLate;
          await Promise.all(calls.map((call) => outcomeOf(lab, call)));
          await until(() => server.calls === 0);
          bench.waits = held;
          const names = Array.from({ length: limits.maxCalls }, (_, place) => String(place));
          const answers = names.map((name) => lab.wait(name));
          // By name: one that was given up at once may have begun only now, and stays among those that waited.
          await until(() => names.every((name) => bench.waiting.has(name)));
          // More than a window: each goes out when the one before it is consumed.
          const text = "x".repeat(20_000);
          for (const name of names) bench.waiting.get(name)?.answer(text);
          expect(await Promise.all(answers)).toEqual(names.map(() => text));
        },
        { over: "tcp", server: { limits }, channel: { limits } },
      ),
    ),
    { numRuns: 50 },
  ));

/** `turns:size`: an answer of that many bytes, after so many turns. */
const answersLate: Bench["waits"] = async (name) => {
  const [late = 0, size = 0] = name.split(":").map(Number);
  await turns(late);
  return "x".repeat(size);
};

/** Makes the call, and gives it up in time. */
async function outcomeOf(lab: LabClient, call: Given): Promise<void> {
  const controller = new AbortController();
  const made = make(lab, call, { signal: controller.signal }).catch((error: unknown) => error);
  if (call.turns !== null) {
    await turns(call.turns);
    controller.abort();
  }
  const failure = await made;
  if (failure !== undefined) expect(failure).toMatchObject({ code: "cancelled" });
}

async function make(lab: LabClient, { shape, size, items }: Given, options: CallOptions): Promise<void> {
  switch (shape) {
    case "answer":
      await lab.blob(new Uint8Array(size), options);
      return;
    case "wait":
      await lab.wait(`${items}:${size}`, options);
      return;
    case "server stream":
      for await (const _ of lab.chunks(items, size, options)) await turns(1);
      return;
    case "client stream":
      await lab.sum("items", numbersUpTo(items), options);
      return;
    case "both":
      for await (const _ of lab.relay(lines(items, size), options)) await turns(1);
      return;
    case "one-way":
      await lab.note("n".repeat(size));
  }
}

async function* numbersUpTo(last: number): AsyncIterable<number> {
  for (let number = 0; number < last; number++) {
    await turns(1);
    yield number;
  }
}

async function* lines(count: number, size: number): AsyncIterable<string> {
  for (let line = 0; line < count; line++) yield "l".repeat(size);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (condition()) return;
    await turns(1);
  }
  expect.fail("the condition does not come to hold");
}
