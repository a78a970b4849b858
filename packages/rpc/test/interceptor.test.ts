import { expect, it } from "vitest";
import { intercept, isReplyStream, type InterceptedCall, type Interceptor } from "../dist/interceptor.js";
import { Metadata } from "../dist/metadata.js";
import { defineMethod } from "../dist/binding.js";
import { argumentsOf, nothing } from "../dist/generated.js";

const call: InterceptedCall = {
  side: "client",
  method: defineMethod({
    service: "Any",
    name: "call",
    shape: "unary",
    parameters: 0,
    request: argumentsOf(0),
    requestItem: undefined,
    response: nothing,
    errors: [],
    timeoutMs: undefined,
    idempotent: false,
  }),
  args: [],
  items: undefined,
  metadata: new Metadata(),
  deadline: Infinity,
  context: undefined,
};

function naming(name: string, log: string[]): Interceptor {
  return async (call, next) => {
    log.push(`${name} in`);
    const reply = await (next({ ...call, args: [...call.args, name] }) as Promise<unknown>);
    log.push(`${name} out`);
    return reply;
  };
}

it("goes through the first of the list first, and through the last to come back", async () => {
  const log: string[] = [];
  const run = intercept([naming("a", log), naming("b", log)], (call) => {
    log.push(`last ${call.args.join()}`);
    return Promise.resolve("reply");
  });
  expect(await run(call)).toBe("reply");
  expect(log).toEqual(["a in", "b in", "last a,b", "b out", "a out"]);
  expect(call.args).toEqual([]);
});

it("is the call itself where there are none", async () => {
  expect(await intercept([], ({ side }) => Promise.resolve(side))(call)).toBe("client");
});

it("lets one answer in the place of all that follow", async () => {
  const run = intercept([() => Promise.resolve("cached")], () => expect.unreachable());
  expect(await run(call)).toBe("cached");
});

it("lets one go on more than once", async () => {
  let attempts = 0;
  const again: Interceptor = async (call, next) => {
    try {
      return await (next(call) as Promise<unknown>);
    } catch {
      return next(call);
    }
  };
  const run = intercept([again], () =>
    ++attempts === 1 ? Promise.reject(new Error("first")) : Promise.resolve(attempts),
  );
  expect(await run(call)).toBe(2);
});

it("tells a stream of items from a promise", () => {
  async function* items(): AsyncGenerator<number> {
    yield 1;
  }
  expect([isReplyStream(items()), isReplyStream(Promise.resolve())]).toEqual([true, false]);
});
