// Nothing that runs here makes code of strings, whatever a peer sends: neither our packages nor the decoder below them.
// `pnpm test:nodes --no-eval 26` runs the whole suite where that is forbidden; here it is counted, since who is forbidden may
// catch the error and go on.
import { Unpackr } from "msgpackr";
import { afterEach, expect, it, vi } from "vitest";
import { fuzz } from "./fuzz/run.js";

afterEach(() => vi.unstubAllGlobals());

/** How often somebody made code of a string since it was called. */
function countedCode(): () => number {
  let made = 0;
  const counted = <T>(make: () => T): T => {
    made++;
    return make();
  };
  const { eval: evaluate, Function: Constructor } = globalThis;
  const handler: ProxyHandler<FunctionConstructor> = {
    apply: (target, _, args: string[]) => counted(() => target(...args)),
    construct: (target, args: string[]) => counted(() => Reflect.construct(target, args) as object),
  };
  vi.stubGlobal("Function", new Proxy(Constructor, handler));
  vi.stubGlobal("eval", (code: string): unknown => counted(() => evaluate(code) as unknown));
  return () => made;
}

// A record of one field, defined and then used often enough for msgpackr to compile it, had it not been refused.
const record = Buffer.from("d4724091a161", "hex");
const uses = Array.from({ length: 20 }, () => Buffer.of(0x40, 0x01));

it("is counted where a decoder with its defaults meets a record", () => {
  const made = countedCode();
  const unpackr = new Unpackr();
  unpackr.unpack(Buffer.concat([Buffer.from("dc0015", "hex"), record, Buffer.of(0x01), ...uses]));
  expect(made()).toBeGreaterThan(0);
});

it("does not happen in any conversation, right or wrong, of a server or a client", async () => {
  const made = countedCode();
  const { failures, outcomes } = await fuzz({ frames: 5_000, seed: 2 });
  expect(failures).toEqual([]);
  expect(outcomes.server["answers"]).toBeGreaterThan(0);
  expect(outcomes.client["answers"]).toBeGreaterThan(0);
  expect(made()).toBe(0);
});
