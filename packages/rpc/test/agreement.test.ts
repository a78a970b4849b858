import { describe, expect, it } from "vitest";
import { Agreement, MethodTables } from "../dist/agreement.js";
import type { Method } from "../dist/service.js";
import { stockMethod } from "./support/stock.js";

const ours = "aaaaaaaaaaaaaaaa";
const theirs = "bbbbbbbbbbbbbbbb";
const same = "11111111111111112222222222222222";

/** A method of the service Stock whose own fingerprint is `fingerprint`. */
function method(name: string, fingerprint = same, service = "Stock"): Method {
  return stockMethod({ service, name, fingerprint, serviceFingerprint: ours });
}

/** A server that tells `services`, and answers with `methods` when it is let. */
class Server {
  readonly queries: string[] = [];
  readonly skews: string[] = [];
  readonly #services: ReadonlyMap<string, string>;
  readonly #methods: Readonly<Record<string, string>> | Error;
  #release: () => void = () => {};
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve));

  constructor(services: Readonly<Record<string, string>>, methods: Readonly<Record<string, string>> | Error = {}) {
    this.#services = new Map(Object.entries(services));
    this.#methods = methods;
  }

  connect(tables = new MethodTables()): Agreement {
    return new Agreement({
      services: this.#services,
      tables,
      query: async (service) => {
        this.queries.push(service);
        await this.#released;
        if (this.#methods instanceof Error) throw this.#methods;
        return new Map(Object.entries(this.#methods));
      },
      skewed: ({ path }, direction) => this.skews.push(`${path}: ${direction}`),
    });
  }

  /** Lets the queries be answered, and what follows from it happen. */
  async answer(): Promise<void> {
    this.#release();
    await new Promise(setImmediate);
  }
}

describe("a method", () => {
  it("is positional at once where the server tells our fingerprint of its service", async () => {
    const server = new Server({ Stock: ours });
    const agreement = server.connect();
    expect([agreement.formOf(method("take")), agreement.formOf(method("put"))]).toEqual(["positional", "positional"]);
    await server.answer();
    expect(server.queries).toEqual([]);
  });

  // Holds PROTOCOL.md §16.3.
  it("is named where the server tells nothing of its service", async () => {
    const server = new Server({ Other: ours });
    const agreement = server.connect();
    const take = method("take");
    expect([agreement.formOf(take), agreement.formOf(take)]).toEqual(["named", "named"]);
    await server.answer();
    expect([server.queries, server.skews]).toEqual([[], []]);
  });

  it("is named where it has no fingerprint, whatever the server tells", async () => {
    const server = new Server({ Stock: ours });
    expect(server.connect().formOf(stockMethod({ service: "Stock", name: "take" }))).toBe("named");
    await server.answer();
    expect(server.queries).toEqual([]);
  });
});

describe("where the server has another version of the service", () => {
  // Holds PROTOCOL.md §16.3.
  it("calls are named until its methods are known, and then positional where they are equal", async () => {
    const server = new Server({ Stock: theirs }, { take: same, put: "11111111111111113333333333333333" });
    const agreement = server.connect();
    const [take, put, later] = [method("take"), method("put"), method("later")];
    expect([agreement.formOf(take), agreement.formOf(put)]).toEqual(["named", "named"]);
    await new Promise(setImmediate);
    expect([agreement.formOf(take), agreement.formOf(put)]).toEqual(["named", "named"]);
    await server.answer();
    expect([take, put, later].map((each) => agreement.formOf(each))).toEqual(["positional", "named", "named"]);
  });

  it("it is asked once, however many calls there are", async () => {
    const server = new Server({ Stock: theirs }, { take: same });
    const agreement = server.connect();
    const take = method("take");
    for (let call = 0; call < 100; call++) agreement.formOf(call % 2 === 0 ? take : method(`other${call}`));
    await server.answer();
    for (let call = 0; call < 100; call++) agreement.formOf(take);
    await server.answer();
    expect(server.queries).toEqual(["Stock"]);
  });

  // Holds PROTOCOL.md §16.5.
  it("a failed question means named, and only another connection asks again", async () => {
    const server = new Server({ Stock: theirs }, new Error("unimplemented"));
    const agreement = server.connect();
    const take = method("take");
    agreement.formOf(take);
    await server.answer();
    expect([agreement.formOf(take), agreement.formOf(method("put"))]).toEqual(["named", "named"]);
    await server.answer();
    expect([server.queries, server.skews]).toEqual([["Stock"], []]);

    server.connect().formOf(take);
    await server.answer();
    expect(server.queries).toEqual(["Stock", "Stock"]);
  });

  it("its methods are known to the next connection, for the same version and the same service alone", async () => {
    const tables = new MethodTables();
    const server = new Server({ Stock: theirs, Other: theirs }, { take: same });
    server.connect(tables).formOf(method("take"));
    await server.answer();
    expect(server.connect(tables).formOf(method("take"))).toBe("positional");
    expect(server.connect(tables).formOf(method("take", same, "Other"))).toBe("named");
    expect(new Server({ Stock: "cccccccccccccccc" }).connect(tables).formOf(method("take"))).toBe("named");
    await server.answer();
    expect(server.queries).toEqual(["Stock", "Other"]);
  });
});

describe("a difference", () => {
  it("is told by the half of the fingerprint that differs, or as a method that is missing", async () => {
    const [first, second, other] = ["1111111111111111", "2222222222222222", "3333333333333333"];
    const server = new Server(
      { Stock: theirs },
      { none: first + second, response: first + other, request: other + second, both: other + other },
    );
    const agreement = server.connect();
    for (const name of ["none", "response", "request", "both", "missing", "constructor"]) {
      agreement.formOf(method(name, first + second));
    }
    await server.answer();
    expect(server.skews).toEqual([
      "Stock/response: response",
      "Stock/request: request",
      "Stock/both: both",
      "Stock/missing: missing",
      "Stock/constructor: missing",
    ]);
  });

  it("is told once for each version of the server, when the method is first called", async () => {
    const tables = new MethodTables();
    const server = new Server({ Stock: theirs });
    const [take, put] = [method("take"), method("put")];
    const agreement = server.connect(tables);
    agreement.formOf(take);
    agreement.formOf(take);
    await server.answer();
    expect(server.skews).toEqual(["Stock/take: missing"]);
    agreement.formOf(put);
    agreement.formOf(put);
    for (const each of [take, put]) server.connect(tables).formOf(each);
    await server.answer();
    expect(server.skews).toEqual(["Stock/take: missing", "Stock/put: missing"]);

    const next = new Server({ Stock: "cccccccccccccccc" });
    next.connect(tables).formOf(take);
    await next.answer();
    expect(next.skews).toEqual(["Stock/take: missing"]);
  });
});

it("keeps the last 256 versions", () => {
  const tables = new MethodTables();
  for (let n = 0; n < 257; n++) tables.add(`Service${n}`, theirs, new Map());
  expect(tables.get("Service0", theirs)).toBeUndefined();
  for (const n of [1, 256]) expect(tables.get(`Service${n}`, theirs)).toBeDefined();
});
