import { OutOfStockError } from "./support/lab.rpc.js";
import { RpcError, type Logger } from "@tautline/rpc";
import { describe, expect, test } from "vitest";
import { sampleOf, withBench } from "./support/lab-bench.js";

describe.each(["memory", "tcp"] as const)("over %s", (over) => {
  test("every kind of value comes back as it was", () =>
    withBench(
      async (_bench, lab) => {
        const sample = sampleOf({ note: "n", parent: sampleOf({ big: -5n, id: 2.5 }) });
        expect(await lab.echo(sample)).toEqual(sample);
        const bare = await lab.echo(sampleOf());
        expect("note" in bare).toBe(false);
        expect(bare.slots).toStrictEqual(["x", undefined, "y"]);
      },
      { over },
    ));

  test("a message of 1 MiB crosses in fragments, four at a time", () =>
    withBench(
      async (_bench, lab) => {
        const blobs = [1, 2, 3, 4].map((n) => new Uint8Array(1024 * 1024).fill(n));
        const back = await Promise.all(blobs.map((blob) => lab.blob(blob)));
        expect(back.map((bytes) => [bytes.length, bytes[0], bytes.at(-1)])).toEqual(
          blobs.map((bytes) => [bytes.length, bytes[0], bytes.at(-1)]),
        );
      },
      { over },
    ));

  test("a thousand calls at once are each answered with their own answer", () =>
    withBench(
      async (_bench, lab) => {
        const ids = Array.from({ length: 1000 }, (_, id) => id);
        const samples = await Promise.all(ids.map((id) => lab.echo(sampleOf({ id }))));
        expect(samples.map(({ id }) => id)).toEqual(ids);
      },
      { over },
    ));
});

test("a declared error is an instance of its class, with its fields", () =>
  withBench(async (_bench, lab) => {
    const error = await lab.fail("declared").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OutOfStockError);
    expect(error).toMatchObject({
      code: "failed-precondition",
      executed: "yes",
      sku: "A1",
      left: 2,
      since: new Date(86_400_000),
    });
  }));

test("anything else that a handler throws is internal, with an id and without its text; the log has it", async () => {
  const logged: { fields: object; message: string }[] = [];
  const note = (fields: object, message: string): void => void logged.push({ fields, message });
  const logger: Logger = { debug() {}, info() {}, warn: note, error: note };
  await withBench(
    async (_bench, lab) => {
      const error = await lab.fail("by accident").catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RpcError);
      expect(error).toMatchObject({ code: "internal", executed: "yes" });
      expect(String(error)).not.toContain("secret");
      const [entry] = logged;
      const { id, err } = { ...(entry?.fields as { id: string; err: Error }) };
      expect(err.message).toBe("secret: by accident");
      expect(String(error)).toContain(id);
    },
    { server: { logger } },
  );
});

test("a handler's thenable is its answer, and one that breaks the rules is a failure of that call alone", () =>
  withBench(async (bench, lab) => {
    const returned: Record<string, unknown> = {
      plain: { then: (settle: (text: string) => void) => settle("answer") },
      twice: {
        then(settle: (text: string) => void, fail: (error: unknown) => void) {
          settle("first");
          settle("second");
          fail(new Error("third"));
        },
      },
      throws: {
        then() {
          throw new Error("a then of its own");
        },
      },
      hides: {
        get then() {
          throw new Error("nothing to see");
        },
      },
      itself: new Proxy(
        {},
        {
          has() {
            throw new Error("nothing to ask");
          },
        },
      ),
    };
    bench.waits = (name) => returned[name] as Promise<string>;
    const answers = ["plain", "twice", "throws", "hides", "itself", "plain"].map((name) => lab.wait(name));
    expect(await Promise.allSettled(answers)).toMatchObject([
      { value: "answer" },
      { value: "first" },
      { reason: { code: "internal", executed: "yes" } },
      { reason: { code: "internal", executed: "yes" } },
      { reason: { code: "internal", executed: "yes" } },
      { value: "answer" },
    ]);
  }));

test("an RpcError of a handler crosses with its code and details, and says that the handler ran", () =>
  withBench(async (bench, lab) => {
    const call = lab.wait("a");
    await bench.until(() => bench.waiting.has("a"));
    bench.waiting
      .get("a")
      ?.fail(new RpcError("not-found", "no such thing", { details: { key: 7 }, retryAfterMs: 40, executed: "no" }));
    await expect(call).rejects.toMatchObject({
      code: "not-found",
      message: "no such thing",
      details: { key: 7 },
      retryAfterMs: 40,
      executed: "yes",
    });
  }));

test("a failed call tells how long it waited and ran on the server", () =>
  withBench(async (_bench, lab) => {
    const error = (await lab.fail("now").catch((thrown: unknown) => thrown)) as RpcError;
    expect(error.timing?.queuedMs).toBeGreaterThanOrEqual(0);
    expect(error.timing?.handlerMs).toBeGreaterThanOrEqual(0);
  }));

test("an argument that does not fit the contract fails before it is sent, by its path", () =>
  withBench(async (_bench, lab) => {
    const wrong = sampleOf({ parent: sampleOf({ at: new Date(Number.NaN) }) });
    await expect(lab.echo(wrong)).rejects.toMatchObject({
      code: "invalid-argument",
      executed: "no",
      message: expect.stringContaining("sample.parent.at") as string,
    });
  }));

test("metadata goes out, response metadata comes before the answer, trailers with its end", () =>
  withBench(async (_bench, lab) => {
    const order: string[] = [];
    const about = await lab.about({
      metadata: { "x-caller": "test" },
      onResponseMetadata: (metadata) => void order.push(`head ${metadata.text("x-head")}`),
      onTrailers: (trailers) => void order.push(`tail ${JSON.stringify([...(trailers.get("x-tail") as Uint8Array)])}`),
    });
    expect(about.get("caller")).toBe("test");
    expect(order).toEqual(["head early", "tail [1,2]"]);
  }));

test("metadata over the peer's limit fails the call before it is sent", () =>
  withBench(async (_bench, lab) => {
    await expect(lab.about({ metadata: { big: "x".repeat(9000) } })).rejects.toMatchObject({
      code: "invalid-argument",
      executed: "no",
      message: expect.stringContaining("maxMetadataBytes") as string,
    });
  }));

test("response metadata over the client's limit fails the call by its size, and not as the caller's argument", () =>
  withBench(async (bench, lab) => {
    bench.waits = async (_name, { responseMetadata }) => {
      responseMetadata.set("big", "x".repeat(9000));
      return "answer";
    };
    await expect(lab.wait("a")).rejects.toMatchObject({
      code: "resource-exhausted",
      executed: "yes",
      message:
        "the response metadata of Lab/wait is 9008 bytes long, and the client takes 8192 (its limit maxMetadataBytes)",
    });
  }));

test("a one-way call is admitted without an answer, and its handler's error reaches the log alone", async () => {
  const errors: object[] = [];
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void errors.push(fields) };
  await withBench(
    async (bench, lab) => {
      await lab.note("first");
      void lab.note("throw");
      void lab.note("last");
      await bench.until(() => bench.notes.length === 3);
      expect(bench.notes).toEqual(["first", "throw", "last"]);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({ path: "Lab/note" });
    },
    { server: { logger } },
  );
});

test("an RpcError of a one-way handler reaches the log too: there is no caller to hear it", async () => {
  const errors: object[] = [];
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => void errors.push(fields) };
  await withBench(
    async (bench, lab) => {
      await lab.note("refuse");
      await lab.note("after");
      await bench.until(() => bench.notes.includes("after"));
      expect(errors).toMatchObject([{ path: "Lab/note", err: { code: "not-found" } }]);
    },
    { server: { logger } },
  );
});

test("one-way calls beyond what the server runs wait for it, and none is lost", () =>
  withBench(
    async (bench, lab) => {
      await Promise.all(Array.from({ length: 5000 }, (_, n) => lab.note(`${n}`)));
      await bench.until(() => bench.notes.length === 5000);
      expect(bench.notes).toEqual(Array.from({ length: 5000 }, (_, n) => `${n}`));
    },
    { server: { limits: { maxCalls: 4 } } },
  ));

test("the channel tells a round trip and who the server is", () =>
  withBench(async (_bench, _lab, channel) => {
    expect(channel.session).toBeUndefined();
    expect(await channel.ping()).toBeGreaterThanOrEqual(0);
    expect(channel.session?.peer.kind).toBe("memory");
    expect(channel.session?.agent).toMatch(/^tautline\//);
  }));
