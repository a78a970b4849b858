import { RpcError, type Interceptor, type Logger } from "@tautline/rpc";
import { describe, expect, test, vi } from "vitest";
import { errorOf, shown, textOf } from "../dist/thrown.js";
import { withBench } from "./support/lab-bench.js";

function refuse(): never {
  throw new Error("do not look");
}

function hiding(key: string, error: Error = new Error("x")): Error {
  return Object.defineProperty(error, key, { get: refuse });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What is thrown, and what it says: by a pattern where the lines of Node.js differ. */
const oddities: [string, () => unknown, string | RegExp][] = [
  ["undefined", () => undefined, "undefined"],
  ["null", () => null, "null"],
  ["a text", () => "text", "text"],
  ["a symbol", () => Symbol("mark"), "Symbol(mark)"],
  ["an object without a prototype", () => Object.create(null) as object, "[Object: null prototype] {}"],
  ["a plain object", () => ({ code: 5 }), "{ code: 5 }"],
  ["an object that has no text", () => ({ toString: refuse }), "{ toString: [Function: refuse] }"],
  ["a revoked Proxy", revoked, "<Revoked Proxy>"],
  [
    "a Proxy that throws at every look",
    () => new Proxy({ a: 1 }, { get: refuse, getPrototypeOf: refuse }),
    /^(Proxy\()?\{ a: 1 \}\)?$/,
  ],
  [
    "an error that hides all",
    () => hiding("message", hiding("stack")),
    /^something that cannot be shown$|^\[object Error\]$/,
  ],
  ["a frozen error", () => Object.freeze(new Error("cold")), "cold"],
  ["an error that hides its stack", () => hiding("stack"), "x"],
];

const wrongRpcErrors: [string, () => unknown][] = [
  ["hides its message", () => hiding("message", new RpcError("not-found", ""))],
  ["hides its code", () => hiding("code", new RpcError("not-found", ""))],
  ["has a message that is no text", () => Object.assign(new RpcError("not-found", ""), { message: ["x"] })],
  ["asks for another attempt after a bigint", () => Object.assign(new RpcError("not-found", ""), { retryAfterMs: 5n })],
  [
    "has details that throw",
    () => new RpcError("not-found", "", { details: Object.defineProperty({}, "x", { get: refuse, enumerable: true }) }),
  ],
];

test.each(oddities)("%s is an error that says what it is", (_what, make, text) => {
  expect(errorOf(make())).toBeInstanceOf(Error);
  expect(textOf(make())).toEqual(typeof text === "string" ? text : expect.stringMatching(text));
});

test("what is shown is one line", () => {
  expect(shown({ lines: ["a\nb"], cause: new RangeError("deep") })).not.toContain("\n");
});

/** Fails calls of a method with what `make` gives. */
function failing(name: string, make: () => unknown): Interceptor {
  return (call, next) => {
    if (call.method.name === name) throw make();
    return next(call);
  };
}

/** The ids of `handler threw`, and whether each has an error. */
function noting(ids: string[]): Logger {
  const error = (fields: object): void => {
    const { id, err } = fields as { id: string; err: unknown };
    ids.push(id);
    expect(err).toBeInstanceOf(Error);
  };
  return { debug() {}, info() {}, warn() {}, error };
}

const all: [string, () => unknown][] = [
  ...oddities.map(([what, make]): [string, () => unknown] => [what, make]),
  ...wrongRpcErrors.map(([what, make]): [string, () => unknown] => [`an RpcError that ${what}`, make]),
];

describe.each(all)("%s", (_what, make) => {
  test("thrown on the server fails its call alone, with an id that is in the log", async () => {
    const ids: string[] = [];
    const server = { logger: noting(ids), interceptors: [failing("about", make)] };
    await withBench(
      async (bench, lab) => {
        const beside = lab.wait("beside");
        await bench.until(() => bench.waiting.has("beside"));
        bench.waits = (name) => {
          if (name === "at once") throw make();
          return Promise.reject(make());
        };
        bench.counts = async function* () {
          yield 1;
          throw make();
        };
        const reading = async (): Promise<void> => {
          for await (const _ of lab.count(1));
        };
        for (const call of [() => lab.wait("at once"), () => lab.wait("later"), reading, () => lab.about()]) {
          const error: unknown = await call().catch((thrown: unknown) => thrown);
          expect(error).toMatchObject({
            code: "internal",
            executed: "yes",
            message: `the server failed (id ${ids.at(-1)} in its log)`,
          });
        }
        expect(ids).toHaveLength(4);
        bench.waiting.get("beside")?.answer("here");
        expect(await beside).toBe("here");
      },
      { server },
    );
  });

  test("thrown on the client fails its call alone, with an RpcError", () =>
    withBench(
      async (bench, lab) => {
        const beside = lab.wait("beside");
        await bench.until(() => bench.waiting.has("beside"));
        const items = async function* (): AsyncIterable<number> {
          yield 1;
          throw make();
        };
        const onTrailers = (): never => {
          throw make();
        };
        for (const call of [
          lab.sum("all", items()),
          lab.blob(Uint8Array.of(1)),
          lab.fail("now"),
          lab.about({ onTrailers }),
        ])
          await expect(call).rejects.toBeInstanceOf(RpcError);
        bench.waiting.get("beside")?.answer("here");
        expect(await beside).toBe("here");
      },
      {
        channel: {
          interceptors: [failing("blob", make)],
          credentials: ({ method }) => {
            if (method.name === "fail") throw make();
            return {};
          },
        },
      },
    ));
});

test("a logger that throws costs no call, and its lines are on standard error", async () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await withBench(
    async (_bench, lab) => {
      const error = (await lab.fail("now").catch((thrown: unknown) => thrown)) as RpcError;
      const id = /id (\S+) in its log/.exec(error.message)?.[1];
      expect(written.mock.calls.filter(([text]) => String(text).includes(`handler threw id=${id}`))).toHaveLength(1);
      expect((await lab.about()).get("path")).toBe("Lab/about");
    },
    { server: { logger: { debug: refuse, info: refuse, warn: refuse, error: refuse } } },
  );
  written.mockRestore();
});

test("a promise of the hook authorize is a refusal, whatever it rejects with", async () => {
  const told: unknown[] = [];
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void told.push(fields) };
  const authorize = ((_identity: unknown, method: object | undefined) =>
    method === undefined ? true : Promise.reject(new Error("no database"))) as never;
  await withBench((_bench, lab) => expect(lab.about()).rejects.toMatchObject({ code: "permission-denied" }), {
    server: { logger, authorize },
  });
  expect(told).toMatchObject([{ path: "Lab/about", err: { message: expect.stringContaining("at once") as string } }]);
});

test.each([
  ["rejects with", () => Promise.reject(new Error("too late")), "too late"],
  [
    "gives a promise of, which is no stream",
    () => Promise.resolve([1]),
    "the handler of Lab/count, or an interceptor, must return an AsyncIterable",
  ],
])("an async function in the place of a stream's handler fails its call by what it %s", async (_what, make, text) => {
  const told: unknown[] = [];
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void told.push(fields) };
  await withBench(
    async (bench, lab) => {
      bench.counts = make as never;
      const items = lab.count(1)[Symbol.asyncIterator]();
      await expect(items.next()).rejects.toMatchObject({ code: "internal", executed: "yes" });
    },
    { server: { logger } },
  );
  expect(told).toMatchObject([{ path: "Lab/count", err: { message: text } }]);
});

test("details that lead back to themselves in many ways are left out", () =>
  withBench(async (bench, lab) => {
    const tree: object[] = [];
    for (let n = 0; n < 30; n++) tree.push({ parent: tree });
    bench.waits = () => Promise.reject(new RpcError("not-found", "no such leaf", { details: { tree } }));
    await expect(lab.wait("a")).rejects.toMatchObject({
      code: "not-found",
      message: "no such leaf",
      details: undefined,
    });
  }));
