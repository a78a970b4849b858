import { expect, test, vi } from "vitest";
import { connect, RpcError, type CredentialsProvider } from "../dist/index.js";
import { sampleOf, withBench } from "./support/lab-bench.js";

const seenBy = (provider: CredentialsProvider) => {
  const seen: (string | undefined)[] = [];
  return {
    seen,
    options: {
      channel: { credentials: provider },
      server: {
        interceptors: [
          (call, next) => {
            seen.push(call.metadata.text("authorization"));
            return next(call);
          },
        ],
      },
    } satisfies Parameters<typeof withBench>[1],
  };
};

test("each call carries what the provider gave for it, in every shape", async () => {
  let tokens = 0;
  const provider = vi.fn<CredentialsProvider>(async () => ({ authorization: `Bearer ${++tokens}` }));
  const { seen, options } = seenBy(provider);
  await withBench(async (bench, lab, channel) => {
    await lab.echo(sampleOf({ id: 1 }), { metadata: { authorization: "the caller's own", other: "x" } });
    async function* of<T>(item: T) {
      yield item;
    }
    for await (const _ of lab.count(1, 2)) void _;
    expect(await lab.sum("one", of(3))).toMatchObject({ count: 1 });
    for await (const _ of lab.relay(of("line"))) void _;
    await lab.note("noted");
    await channel.ping();
    await bench.until(() => bench.notes.length === 1);
    expect(seen).toEqual([1, 2, 3, 4, 5].map((token) => `Bearer ${token}`));
    expect(provider.mock.calls.map(([{ target, method }]) => [target, method.path])).toEqual(
      ["echo", "count", "sum", "relay", "note"].map((name) => ["memory", `Lab/${name}`]),
    );
  }, options);
});

test("a provider that fails costs the call, which was not sent", async () => {
  const failures = [new Error("no token"), new RpcError("unavailable", "the issuer is away", { executed: "no" })];
  const { seen, options } = seenBy(() => {
    throw failures.shift() ?? new Error("none left");
  });
  await withBench(async (_bench, lab) => {
    await expect(lab.echo(sampleOf({ id: 1 }))).rejects.toMatchObject({
      code: "unauthenticated",
      executed: "no",
      message: expect.stringContaining("no credentials for Lab/echo: no token"),
    });
    await expect(lab.echo(sampleOf({ id: 1 }))).rejects.toMatchObject({ code: "unavailable" });
    await expect(lab.count(1)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(seen).toEqual([]);
  }, options);
});

test("a call that waits for its credentials ends with its deadline or its signal, and tells the provider", async () => {
  const reasons: unknown[] = [];
  const { seen, options } = seenBy(({ signal }) => {
    signal.addEventListener("abort", () => reasons.push((signal.reason as RpcError).code));
    return new Promise(() => {});
  });
  await withBench(async (_bench, lab) => {
    await expect(lab.echo(sampleOf({ id: 1 }), { timeoutMs: 5 })).rejects.toMatchObject({
      code: "deadline-exceeded",
      executed: "no",
    });
    const cancelled = new AbortController();
    const call = expect(lab.echo(sampleOf({ id: 1 }), { signal: cancelled.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    cancelled.abort();
    await call;
    await expect(lab.echo(sampleOf({ id: 1 }), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(reasons).toEqual(["deadline-exceeded", "cancelled"]);
    expect(seen).toEqual([]);
  }, options);
});

test("credentials are refused on an insecure transport", () => {
  const options = { insecure: true, credentials: () => ({ authorization: "secret" }) } as object;
  for (const target of ["tcp://127.0.0.1:1", "unix:/run/orders.sock"]) {
    expect(() => connect(target, options)).toThrowError(
      expect.objectContaining({ code: "invalid-argument", message: expect.stringContaining("credentials need TLS") }),
    );
  }
});
