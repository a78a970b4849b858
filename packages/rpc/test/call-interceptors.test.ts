import { connect, serve, type InterceptedCall, type Interceptor, type Reply } from "@tautline/rpc";
import { describe, expect, test } from "vitest";
import { withBench, type BenchOptions } from "./support/lab-bench.js";

type Next = (call: InterceptedCall) => Reply;

/** Around calls of one method, at one end. What programs without types return is among it. */
function around(
  side: "server" | "client",
  name: string,
  work: (call: InterceptedCall, next: Next) => unknown,
): BenchOptions {
  const interceptor: Interceptor = (call, next) =>
    call.method.name === name ? (work(call, next) as Reply) : next(call);
  return side === "server" ? { server: { interceptors: [interceptor] } } : { channel: { interceptors: [interceptor] } };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

// Each leaves a reply that fails to nobody, or for a while. A rejection that nobody handles fails the whole run.
const drops: [string, (call: InterceptedCall, next: Next) => unknown, object][] = [
  ["calls next twice", (call, next) => [next(call), next(call)].at(-1), { code: "internal", executed: "yes" }],
  [
    "throws behind next",
    (call, next) => {
      void next(call);
      throw new Error("no such label");
    },
    { code: "internal" },
  ],
  [
    "answers itself behind next",
    (call, next) => {
      void next(call);
      return Promise.reject(new RangeError("mine"));
    },
    {},
  ],
  [
    "looks at the reply when it has failed already",
    async (call, next) => {
      const reply = next(call);
      for (let turns = 0; turns < 20; turns++) await turn();
      return reply;
    },
    { code: "internal", executed: "yes" },
  ],
];

describe.each(["server", "client"] as const)("an interceptor of the %s", (side) => {
  test.each(drops)("that %s is the end of its call, and of no more", (_what, work, error) =>
    withBench(
      async (_bench, lab) => {
        await expect(lab.fail("now")).rejects.toMatchObject(error);
        expect((await lab.about()).get("path")).toBe("Lab/about");
        await turn();
      },
      around(side, "fail", work),
    ),
  );

  test.each<[string, () => unknown]>([
    ["a promise", () => Promise.resolve("mine")],
    ["a thenable", () => ({ then: (settle: (text: string) => void) => settle("mine") })],
    ["the answer itself", () => "mine"],
  ])("may answer with %s", (_what, answer) =>
    withBench(async (_bench, lab) => expect(await lab.wait("a")).toBe("mine"), around(side, "wait", answer)),
  );

  test("may be an async function for streams as well", () =>
    withBench(
      async (bench, lab) => {
        const got: number[] = [];
        for await (const n of lab.count(1)) {
          got.push(n);
          if (n === 3) break;
        }
        expect(got).toEqual([1, 2, 3]);
        await bench.until(() => bench.seen.includes("count left"));
      },
      around(side, "count", async (call, next) => {
        await turn();
        return next(call);
      }),
    ));

  test.each<[string, () => unknown, object]>([
    ["nothing", () => undefined, { code: "internal" }],
    ["a promise of nothing", () => Promise.resolve(), { code: "internal" }],
    [
      "a promise that rejects",
      () => Promise.reject(new Error("denied")),
      side === "server" ? { code: "internal" } : { message: "denied" },
    ],
  ])("that gives %s for a stream fails it at its first item", (_what, work, error) =>
    withBench(
      async (_bench, lab) => {
        const items = lab.count(1)[Symbol.asyncIterator]();
        const unread = lab.count(1);
        await turn();
        await expect(items.next()).rejects.toMatchObject(error);
        expect(unread).toBeDefined();
      },
      around(side, "count", work),
    ),
  );

  test.each<[string, () => unknown]>([
    ["gives nothing", () => undefined],
    ["rejects", () => Promise.reject(new Error("denied"))],
  ])("that %s for a one-way call ends nothing", (_what, work) =>
    withBench(
      async (_bench, lab) => {
        void lab.note("a");
        await turn();
        expect((await lab.about()).get("path")).toBe("Lab/about");
      },
      around(side, "note", work),
    ),
  );
});

const changes: [string, object, object][] = [
  [
    "a deadline that is no number",
    { deadline: Number.NaN },
    { code: "invalid-argument", message: "deadline is not a number" },
  ],
  ["metadata that is a Map with a wrong key", { metadata: new Map([["BAD KEY", "x"]]) }, { code: "invalid-argument" }],
  [
    "items that are none",
    { items: [1] },
    { code: "invalid-argument", message: "the items of Lab/sum are not an AsyncIterable" },
  ],
  ["no arguments", { args: undefined }, { code: "invalid-argument" }],
];

test.each(changes)(
  "a client's interceptor that goes on with %s fails its call before anything is sent",
  (_what, change, error) =>
    withBench(
      async (bench, lab) => {
        async function* one(): AsyncIterable<number> {
          yield 1;
        }
        await expect(lab.sum("a", one())).rejects.toMatchObject({ ...error, executed: "no" });
        await lab.about();
        expect(bench.seen).toEqual([]);
      },
      around("client", "sum", (call, next) => next({ ...call, ...change })),
    ),
);

test("metadata that an interceptor passed on is the call's alone", () =>
  withBench(
    async (_bench, lab) => expect((await lab.about()).get("caller")).toBe("before"),
    around("client", "about", (call, next) => {
      call.metadata.set("x-caller", "before");
      const reply = next(call);
      call.metadata.set("x-caller", "after");
      return reply;
    }),
  ));

test.each([5, "one", [1], (() => {}) as unknown])(
  "%s in the place of interceptors is refused where the option is given",
  async (given) => {
    const interceptors = given as Interceptor[];
    const error = { code: "invalid-argument", message: "the option interceptors must be an array of functions" };
    await expect(
      serve({ insecure: true, host: "127.0.0.1", port: 0, services: [], interceptors }),
    ).rejects.toMatchObject(error);
    expect(() => connect("tcp://127.0.0.1:1", { insecure: true, interceptors })).toThrow(error.message);
  },
);
