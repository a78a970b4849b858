import { describe, expect, test } from "vitest";
import { RpcError } from "../dist/rpc-error.js";
import type { Method, MethodBinding, PayloadType, ServiceBinding } from "../dist/service.js";
import { writeAny } from "./support/any-value.js";
import { labService, OutOfStockError } from "./support/lab.rpc.js";
import { Bench, sampleOf, withBench } from "./support/lab-bench.js";

/** Sends whatever it is given, as a peer does that knows another contract, or none. */
const unchecked: PayloadType<never> = { write: writeAny, read: (from) => from.skip() as never };

class CarelessError extends OutOfStockError {
  static override readonly fields: PayloadType<never> = {
    ...unchecked,
    write: (to, { sku, left, since }: OutOfStockError) => writeAny(to, { sku, left, since }),
  };
}

/** A method whose caller checks nothing. */
function carelessly(name: string): Method {
  const found = labService.methods.get(name);
  if (found === undefined) throw new Error(`no method ${name}`);
  const requestItem = found.requestItem === undefined ? undefined : unchecked;
  return { ...found, fingerprint: undefined, request: unchecked, requestItem };
}

/** The bench as a server that checks nothing of what it sends. */
function carelessServer(bench: Bench): ServiceBinding {
  const { service, handlers } = labService.handle(bench);
  const careless = ({ method, ...rest }: MethodBinding): MethodBinding => ({
    ...rest,
    method: { ...method, fingerprint: undefined, response: unchecked, errors: [CarelessError] },
  });
  return { service, handlers: new Map([...handlers].map(([path, each]) => [path, careless(each)])) };
}

async function errorOf(call: Promise<unknown>): Promise<RpcError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RpcError) return error;
  throw new Error("the call did not fail with an RpcError", { cause: error });
}

async function* list<T>(...items: T[]): AsyncIterable<T> {
  yield* items;
}

/** As the wire has it: wrong in three places. */
const wrong = {
  id: "hunter2",
  text: "hunter2",
  big: 1,
  at: new Date(0),
  bytes: new Uint8Array(),
  tags: [["hunter2"]],
  stock: [],
  parent: { hunter2: true },
  slots: [],
};
const wrongPlaces = (root: string) => [
  { path: `${root}.id`, expected: "number", actual: "string" },
  ...["at", "big", "bytes", "id", "parent", "slots", "stock", "tags", "text"].map((field) => ({
    path: `${root}.parent.${field}`,
    expected: expect.any(String) as string,
    actual: "undefined",
  })),
  { path: `${root}.tags[0]`, expected: "string", actual: "array" },
];

describe("every place where a payload does not fit is told", () => {
  test("of arguments, by the server, before the handler runs", () =>
    withBench(async (_bench, _lab, channel) => {
      const error = await errorOf(channel.unary(carelessly("echo"), [wrong]));
      expect(error).toMatchObject({ code: "invalid-argument", executed: "no" });
      expect(error.details).toEqual({ failures: wrongPlaces("sample") });
      expect(error.message).toMatch(
        /^Lab\/echo: sample\.id: expected number, got string; sample\.parent\.at: expected Date, got undefined; sample\.parent\.big/,
      );
      expect(error.message + JSON.stringify(error.details)).not.toContain("hunter2");
    }));

  test("of arguments, by the client, before anything is sent", () =>
    withBench(async (_bench, lab) => {
      const given = sampleOf({ id: "hunter2" as never, slots: ["a", 1 as never] });
      const error = await errorOf(lab.echo(given));
      expect(error).toMatchObject({ code: "invalid-argument", executed: "no" });
      expect(error.details).toEqual({
        failures: [
          { path: "sample.id", expected: "number", actual: "string" },
          { path: "sample.slots[1]", expected: "string", actual: "number" },
        ],
      });
    }));

  test("of an answer, which is the server's fault", async () => {
    const bench = new Bench();
    bench.echo = () => Promise.resolve(wrong as never);
    const answers = async (lab: { echo: Bench["echo"] }) => {
      const error = await errorOf(lab.echo(sampleOf()));
      expect(error).toMatchObject({ code: "internal", executed: "yes" });
      expect(error.details).toEqual({ failures: wrongPlaces("result") });
      expect(error.message).toContain("the answer of Lab/echo does not fit the contract: result.id: expected number");
      expect(error.message + JSON.stringify(error.details)).not.toContain("hunter2");
    };
    await withBench((_bench, lab) => answers(lab), { server: { services: [carelessServer(bench)] } });
  });

  test("of an item that the server streams", async () => {
    const bench = new Bench();
    bench.count = () => list(1, "hunter2" as never);
    const drain = async (items: AsyncIterable<unknown>) => {
      for await (const _ of items);
    };
    await withBench(
      async (_bench, lab) => {
        const error = await errorOf(drain(lab.count(1)));
        expect(error).toMatchObject({ code: "internal", executed: "yes" });
        expect(error.details).toEqual({ failures: [{ path: "item", expected: "number", actual: "string" }] });
      },
      { server: { services: [carelessServer(bench)] } },
    );
  });

  test("of an item that the client streams, by the server", () =>
    withBench(async (bench, _lab, channel) => {
      const error = await errorOf(channel.clientStream(carelessly("sum"), ["all"], list<unknown>(1, "hunter2")));
      expect(bench.seen).toEqual(["sum got 1", "sum threw RpcError"]);
      expect(error.code).toBe("invalid-argument");
      expect(error.details).toEqual({ failures: [{ path: "numbers", expected: "number", actual: "string" }] });
    }));

  test("of an item that the client streams, by the client", () =>
    withBench(async (_bench, lab) => {
      const error = await errorOf(lab.sum("all", list("hunter2" as never)));
      expect(error.code).toBe("invalid-argument");
      expect(error.details).toEqual({ failures: [{ path: "numbers", expected: "number", actual: "string" }] });
    }));

  test("of a declared error's fields", async () => {
    const bench = new Bench();
    const fields = { sku: 1, left: "hunter2", since: new Date(0) };
    bench.fail = () => Promise.reject(new CarelessError(fields as never));
    await withBench(
      async (_bench, lab) => {
        const error = await errorOf(lab.fail("so"));
        expect(error).toMatchObject({ code: "internal", executed: "yes" });
        expect(error).not.toBeInstanceOf(OutOfStockError);
        expect(error.message).toBe(
          "the server's OutOfStock does not fit the contract: error.left: expected number, got string; " +
            "error.sku: expected string, got number",
        );
        expect(error.details).toMatchObject({ failures: { length: 2 } });
      },
      { server: { services: [carelessServer(bench)] } },
    );
  });
});

test("an argument whose getter calls another method has its own failures, and that call has its own", () =>
  withBench(async (_bench, lab) => {
    let inner: Promise<RpcError> | undefined;
    const given = Object.defineProperty(sampleOf({ id: "wrong" as never }), "text", {
      enumerable: true,
      get() {
        inner = errorOf(lab.blob("wrong" as never));
        return 7;
      },
    });
    expect((await errorOf(lab.echo(given))).details).toEqual({
      failures: [
        { path: "sample.id", expected: "number", actual: "string" },
        { path: "sample.text", expected: "string", actual: "number" },
      ],
    });
    expect((await inner)?.details).toEqual({ failures: [{ path: "bytes", expected: "bytes", actual: "string" }] });
    expect(await lab.blob(Uint8Array.of(1))).toEqual(Uint8Array.of(1));
  }));

test("of many places the first are told, and that there are more", () =>
  withBench(async (_bench, _lab, channel) => {
    const slots = new Array<number>(1000).fill(7);
    const error = await errorOf(channel.unary(carelessly("echo"), [{ ...wrong, slots, parent: null }]));
    expect(error.details).toMatchObject({ failures: { length: 16 }, more: true });
    expect(error.message).toMatch(/; and more$/);
    expect(error.message.length).toBeLessThan(2048);
  }));

test("a result that the server's own contract does not allow is told to its log, and to nobody else", async () => {
  const bench = new Bench();
  bench.echo = () => Promise.resolve({ ...sampleOf(), id: "hunter2" } as never);
  const logged: object[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => void logged.push(fields) };
  await withBench(
    async (_bench, lab) => {
      const error = await errorOf(lab.echo(sampleOf()));
      expect(error).toMatchObject({ code: "internal", details: undefined });
      expect(error.message).toMatch(/^the server failed \(id \w+ in its log\)$/);
      expect(logged).toMatchObject([{ err: { message: "result.id: expected number, got string" } }]);
    },
    { server: { services: [labService.handle(bench)], logger } },
  );
});

test("bytes that are no value at all fail their call without details", () =>
  withBench(async (_bench, _lab, channel) => {
    const nested = { ...wrong, parent: Array.from({ length: 40 }).reduce((inner) => [inner], []) };
    const error = await errorOf(channel.unary(carelessly("echo"), [nested]));
    expect(error).toMatchObject({ code: "invalid-argument", executed: "no", details: undefined });
    expect(error.message).toMatch(/^Lab\/echo: not one msgpack value/);
  }));

describe("a value that holds itself fails its call, and the connection goes on", () => {
  const circle = () => {
    const sample = sampleOf();
    sample.parent = sample;
    return sample;
  };
  const told = "expected nesting that ends, got a circle, or more levels than the stack has";

  test("as an argument, by the client", () =>
    withBench(async (_bench, lab) => {
      const error = await errorOf(lab.echo(circle()));
      expect(error).toMatchObject({ code: "invalid-argument", executed: "no" });
      expect(error.message).toContain(told);
      expect(await lab.echo(sampleOf())).toEqual(sampleOf());
    }));

  test("as a result, by the server, which tells its log", async () => {
    const bench = new Bench();
    let isCircle = true;
    bench.echo = (sample) => Promise.resolve(isCircle ? circle() : sample);
    const logged: object[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => void logged.push(fields) };
    await withBench(
      async (_bench, lab) => {
        expect((await errorOf(lab.echo(sampleOf()))).code).toBe("internal");
        expect(logged).toMatchObject([{ err: { message: expect.stringContaining(told) as string } }]);
        isCircle = false;
        expect(await lab.echo(sampleOf())).toEqual(sampleOf());
      },
      { server: { services: [labService.handle(bench)], logger } },
    );
  });
});
