// What tags ask beyond types: how they are read, and what generated code makes of them.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundsOf, parameterDocs } from "../dist/bounds.js";
import { liftPayload, lowerPayload } from "../../packages/rpc/dist/form.js";
import { load, loadText, method } from "./generated-code.js";

const accounts = await load("bounds", "accountsService");
const put = method(accounts, "put");

const account = {
  id: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  mail: "a@example.org",
  home: null,
  since: "2024-02-29T00:00:00Z",
  code: "abc",
  sku: "AB-1",
  age: 7,
  cents: 2n ** 65n,
  limit: 5n,
  tags: ["a"],
  roles: new Set(["a"]),
  notes: new Map([["a", 1]]),
  key: new Uint8Array(3),
};

describe("the bounds in a comment", () => {
  it.each([
    ["@minimum 1 @maximum 2.5e3 @integer", { minimum: 1, maximum: 2500, integer: true }],
    ["From 1. @minimum 1 or more", { minimum: 1 }],
    ["@minLength 1\n@maxLength 20", { minLength: 1, maxLength: 20 }],
    ["@format date-time", { format: "date-time" }],
    ["@maxItems 0", { maxItems: 0 }],
    ["@pattern ^a b@c$ @maxLength 9", { pattern: "^a b@c$", maxLength: 9 }],
    ["@pattern /^a\\/b$/", { pattern: "^a\\/b$", maxLength: 4096 }],
    ["@pattern `^a $`", { pattern: "^a $", maxLength: 4096 }],
    ["@pattern ^a$", { pattern: "^a$", maxLength: 4096 }],
    ["@pattern ^a*a*$", { pattern: "^a*a*$", maxLength: 1024 }],
    ["@pattern ^a*$ @maxLength 9999", { pattern: "^a*$", maxLength: 9999 }],
    ["@pattern ^a$ @minLength 5000", { pattern: "^a$", minLength: 5000, maxLength: 5000 }],
    ["@minimum 1\n@minimum 1", { minimum: 1 }],
    ["as in `@minimum 1`, and @minimums 2, and x@minimum 3", {}],
  ])("%s", (doc, bounds) => {
    expect(boundsOf(doc.split("\n"))).toEqual({ bounds, faults: [] });
  });

  it("of a method belong to the parameter that they are behind", () => {
    const doc = ["Finds.", "@param name of whom @minLength 1", "@param count @minimum 1", "@idempotent"];
    expect([...parameterDocs(doc)]).toEqual([
      ["name", [doc[1]]],
      ["count", [doc[2]]],
    ]);
  });
});

describe("generated code", () => {
  it("lets a value within its bounds pass, to the wire and from it", () => {
    expect(liftPayload(put.request, lowerPayload(put.request, [account]))).toStrictEqual([account]);
  });

  it.each<[object, string]>([
    [{ id: "1" }, "account.id: expected a uuid, got string"],
    [{ mail: "a" }, "account.mail: expected an email, got string"],
    [{ home: "here" }, "account.home: expected a uri, got string"],
    [{ home: `http:${"a".repeat(200)}` }, "account.home: expected at most 200 characters, got string of 205"],
    [{ since: "today" }, "account.since: expected a date-time, got string"],
    [{ code: "a" }, "account.code: expected at least 2 characters, got string of 1"],
    [{ code: "abcde" }, "account.code: expected at most 4 characters, got string of 5"],
    [{ sku: "ab-1" }, "account.sku: expected text that matches ^[A-Z]{2}-\\d+$, got string"],
    [{ sku: `AB-${"1".repeat(5000)}` }, "account.sku: expected at most 4096 characters, got string of 5003"],
    [{ age: -1 }, "account.age: expected at least 0, got number"],
    [{ age: 151 }, "account.age: expected at most 150, got number"],
    [{ age: 1.5 }, "account.age: expected an integer, got number"],
    [{ age: "1" }, "account.age: expected number, got string"],
    [{ cents: -1n }, "account.cents: expected at least 0, got bigint"],
    [{ cents: -(2n ** 100n) }, "account.cents: expected at least 0, got bigint"],
    [{ limit: -2 }, "account.limit: expected at least -1.5, got number"],
    [{ limit: -2n }, "account.limit: expected at least -1.5, got bigint"],
    [{ tags: ["a", "b", "c"] }, "account.tags: expected at most 2 items, got array of 3"],
    [{ key: new Uint8Array(4) }, "account.key: expected at most 3 bytes, got binary data of 4"],
  ])("refuses %o on both ways", (change, message) => {
    const value = { ...account, ...change };
    expect(said(() => lowerPayload(put.request, [value]))).toBe(message);
    // As another client would send it: the lowered good value with one field changed.
    const [plain] = lowerPayload(put.request, [account]) as [object];
    const [changed] = Object.entries(change).map(([name, each]) => [name, loweredAs(name, each)] as const);
    expect(said(() => liftPayload(put.request, [{ ...plain, [changed?.[0] ?? ""]: changed?.[1] }]))).toBe(message);
  });

  it("counts the items of a Set and a Map on both ways", () => {
    const roles = { ...account, roles: new Set(["a", "b"]) };
    expect(said(() => lowerPayload(put.request, [roles]))).toBe("account.roles: expected at most 1 item, got Set of 2");
    const [plain] = lowerPayload(put.request, [account]) as [object];
    const lift = (change: object) => said(() => liftPayload(put.request, [{ ...plain, ...change }]));
    expect(lift({ roles: ["a", "b"] })).toBe("account.roles: expected at most 1 item, got Set of 2");
    const entries = [
      ["a", 1],
      ["b", 2],
    ];
    expect(lift({ notes: entries })).toBe("account.notes: expected at most 1 item, got Map of 2");
  });

  it("refuses to send what is too large before it looks inside", () => {
    const unseen = ["a", "b", "c"];
    Object.defineProperty(unseen, 0, {
      get() {
        throw new Error("somebody looked inside");
      },
    });
    const many = "account.tags: expected at most 2 items, got array of 3";
    expect(said(() => lowerPayload(put.request, [{ ...account, tags: unseen }]))).toBe(many);
  });

  it("counts items where a bigint may stand in their place, too", async () => {
    const text = "export interface Either { get(/** @maximum 9 @maxItems 1 */ ids: bigint | string[]): Promise<void> }";
    const { request } = method(await loadText("either", text, "eitherService"), "get");
    const copies = [lowerPayload, liftPayload].map(
      (copy) =>
        (args: unknown[]): unknown =>
          copy(request, args),
    );
    for (const copy of copies) {
      expect(said(() => copy([["a", "b"]]))).toBe("ids: expected at most 1 item, got array of 2");
      expect(said(() => copy([10n]))).toBe("ids: expected at most 9, got bigint");
      expect(copy([["a"]])).toEqual([["a"]]);
    }
    expect(said(() => liftPayload(request, ["1".repeat(30)]))).toBe("ids: expected at most 9, got bigint");
  });

  it("holds integers that no number holds", async () => {
    const text =
      "export interface Wide { put(/** @minimum -9223372036854775808 @maximum 9223372036854775807 */ id: bigint): Promise<void> }";
    const { request } = method(await loadText("wide", text, "wideService"), "put");
    for (const id of [-(2n ** 63n), 2n ** 63n - 1n]) expect(lowerPayload(request, [id])).toEqual([id]);
    const beyond = (id: bigint) => said(() => lowerPayload(request, [id]));
    expect(beyond(-(2n ** 63n) - 1n)).toBe("id: expected at least -9223372036854775808, got bigint");
    expect(beyond(2n ** 63n)).toBe("id: expected at most 9223372036854775807, got bigint");
    expect(said(() => liftPayload(request, [2n ** 63n]))).toBe("id: expected at most 9223372036854775807, got bigint");
  });

  it.each(["count", "größe", "{number} count", "[count]", "{number} [größe]"])(
    "finds the parameter of @param %s",
    async (told) => {
      const name = told.replaceAll(/\{number\}|[ [\]]/g, "");
      const text = `export interface Told { /** @param ${told} how many @minimum 1 */ put(${name}: number): Promise<void> }`;
      const { request } = method(
        await loadText(`told${Buffer.from(told).toString("hex")}`, text, "toldService"),
        "put",
      );
      expect(said(() => lowerPayload(request, [0]))).toBe(`${name}: expected at least 1, got number`);
    },
  );

  it("tells every bound that is missed, one for each place", () => {
    const wrong = { id: "1", age: -1.5, tags: ["a", "b", "c"] };
    const message =
      "account.age: expected at least 0, got number; account.id: expected a uuid, got string; " +
      "account.limit: expected at least -1.5, got bigint; account.tags: expected at most 2 items, got array of 3";
    expect(said(() => lowerPayload(put.request, [{ ...account, ...wrong, limit: -2n }]))).toBe(message);
    const [plain] = lowerPayload(put.request, [account]) as [object];
    expect(said(() => liftPayload(put.request, [{ ...plain, ...wrong, limit: ["-2"] }]))).toBe(message);
  });

  it("checks parameters, whichever way their tags are written, and not those that are missing", () => {
    const find = method(accounts, "find");
    expect(liftPayload(find.request, ["a"])).toEqual(["a", undefined]);
    expect(said(() => liftPayload(find.request, [""]))).toBe("name: expected at least 1 character, got string of 0");
    expect(said(() => liftPayload(find.request, ["a", 101]))).toBe("count: expected at most 100, got number");
    const ids = method(accounts, "load");
    expect(said(() => liftPayload(ids.request, [["a", "b", "c", "d"]]))).toBe(
      "ids: expected at most 3 items, got array of 4",
    );
  });

  it("keeps the bounds of fields that a utility type picked", () => {
    const change = method(accounts, "change");
    expect(said(() => liftPayload(change.request, [{ age: -1 }]))).toBe("part.age: expected at least 0, got number");
    expect(liftPayload(change.request, [{}])).toEqual([{}]);
    expect(said(() => liftPayload(change.response ?? expect.fail(), { age: 1, cents: -1 }))).toBe(
      "result.cents: expected at least 0, got bigint",
    );
  });

  it("refuses exactly the numbers beyond the bounds", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -3, max: 153 }), fc.double()), (age) => {
        const passes = said(() => lowerPayload(put.request, [{ ...account, age }])) === "";
        expect(passes).toBe(age >= 0 && age <= 150 && Number.isInteger(age));
      }),
    );
  });
});

/** What another client would put on the wire for a field of this name. */
function loweredAs(name: string, value: unknown): unknown {
  if (name === "limit" && typeof value === "bigint") return [value.toString()];
  return typeof value === "bigint" && value < -(2n ** 63n) ? value.toString() : value;
}

function said(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
