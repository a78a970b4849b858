import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MethodModel, NamedType, Shape, TypeModel } from "../dist/model.js";
import { fingerprintOf, fingerprintOfService, responseSchemaOf, wireMembers } from "../dist/schema.js";
import { changesOf, fieldOf as field, mapTypes, reachedTypes, replaceType, worlds, type World } from "./models.js";

const print = ({ method, types }: World) => fingerprintOf(method, types);
const text: TypeModel = { kind: "primitive", name: "string" };
const named = (id: string): TypeModel => ({ kind: "named", id });
const object = (...properties: ReturnType<typeof field>[]): TypeModel => ({ kind: "object", properties });
const declare = (all: Record<string, TypeModel>): ReadonlyMap<string, NamedType> =>
  new Map(
    Object.entries(all).map(([id, type]) => [
      id,
      { id, name: id, arguments: [], from: undefined, isEnum: false, type },
    ]),
  );
const unary = (result: TypeModel): MethodModel => ({
  name: "call",
  doc: [],
  shape: "unary",
  parameters: [],
  stream: undefined,
  result,
  errors: [],
  timeoutMs: undefined,
  idempotent: false,
  position: { file: "contract.ts", line: 1, column: 1 },
});

describe("a fingerprint", () => {
  it("is 16 hex digits for what is sent, and 16 for what comes back", () => {
    const none = fingerprintOf(unary(text), new Map());
    expect(none).toMatch(/^[0-9a-f]{32}$/);
    const parameters = [{ name: "text", optional: false, type: text }];
    const sent = fingerprintOf({ ...unary(text), parameters }, new Map());
    expect(sent.slice(0, 16)).not.toBe(none.slice(0, 16));
    expect(sent.slice(16)).toBe(none.slice(16));
    const received = fingerprintOf(unary(object()), new Map());
    expect(received.slice(0, 16)).toBe(none.slice(0, 16));
    expect(received.slice(16)).not.toBe(none.slice(16));
  });

  it("does not change when fields, members and types are reordered", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const reversed = mapTypes(world, (type) => {
          if (type.kind === "object") return { ...type, properties: type.properties.toReversed() };
          return type.kind === "union" ? { ...type, members: type.members.toReversed() } : type;
        });
        const { method, types } = reversed;
        const turned = { ...method, errors: method.errors.toReversed() };
        expect(print({ method: turned, types: new Map([...types].toReversed()) })).toBe(print(world));
      }),
    );
  });

  it("does not change when types, parameters and streams are renamed", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        // A declared error's name crosses the wire.
        const fixed = { ...world, method: { ...world.method, errors: [] } };
        const rename = (id: string) => `Z${id.split("").toReversed().join("")}`;
        const { method, types } = mapTypes(fixed, (type) => (type.kind === "named" ? named(rename(type.id)) : type));
        const parameters = method.parameters.map((each) => ({ ...each, name: "other" }));
        const renamed = [...types.values()].map((each) => ({ ...each, id: rename(each.id), name: rename(each.name) }));
        expect(
          print({ method: { ...method, parameters }, types: new Map(renamed.map((each) => [each.id, each])) }),
        ).toBe(print(fixed));
      }),
    );
  });

  it("does not change when a type is written out in place of its name", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const unrolled = mapTypes(world, (type) =>
          type.kind === "named" ? (world.types.get(type.id)?.type ?? type) : type,
        );
        expect(print(unrolled)).toBe(print(world));
      }),
    );
  });

  it("knows neither readonly, documentation, tags nor positions", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { method, types } = mapTypes(world, (type) => {
          if (type.kind === "object") {
            return { ...type, properties: type.properties.map((each) => ({ ...each, readonly: !each.readonly })) };
          }
          return "readonly" in type ? { ...type, readonly: !type.readonly } : type;
        });
        const position = { file: "elsewhere.ts", line: 7, column: 3 };
        const told = { ...method, doc: ["Other words."], idempotent: true, timeoutMs: 5, position };
        expect(print({ method: told, types })).toBe(print(world));
      }),
    );
  });

  // Holds PROTOCOL.md §16.1.
  it("changes with any one type, field or member that the method reaches", () => {
    fc.assert(
      fc.property(worlds, fc.nat(), (world, seed) => {
        const reached = reachedTypes(world);
        const target = reached[seed % Math.max(1, reached.length)];
        if (target === undefined) return;
        for (const changed of changesOf(target)) {
          const other = replaceType(world, target, changed);
          expect(print(other), `${JSON.stringify(target)} as ${JSON.stringify(changed)}`).not.toBe(print(world));
        }
      }),
      { numRuns: 300 },
    );
  });

  // Holds PROTOCOL.md §16.1.
  it("changes with the shape, the parameters, the result and the errors", () => {
    fc.assert(
      fc.property(worlds, ({ method, types }) => {
        const shapes: readonly Shape[] = ["unary", "server-stream", "client-stream", "bidi-stream", "one-way"];
        const others: MethodModel[] = [
          ...shapes.filter((each) => each !== method.shape).map((shape) => ({ ...method, shape })),
          { ...method, parameters: [...method.parameters, { name: "more", optional: true, type: text }] },
          ...method.parameters.map((_, index) => ({ ...method, parameters: method.parameters.toSpliced(index, 1) })),
          ...method.parameters.map((each, index) => ({
            ...method,
            parameters: method.parameters.with(index, { ...each, optional: !each.optional }),
          })),
          { ...method, result: method.result === undefined ? text : undefined },
          ...method.errors.map((_, index) => ({ ...method, errors: method.errors.toSpliced(index, 1) })),
        ];
        const all = others.map((each) => fingerprintOf(each, types));
        expect(all).not.toContain(fingerprintOf(method, types));
      }),
    );
  });

  it("of a service follows from its methods, whatever their order", () => {
    const serviceOf = (...methods: MethodModel[]) =>
      fingerprintOfService(methods.map((each) => [each.name, fingerprintOf(each, new Map())]));
    const place = { ...unary(text), name: "place" };
    const list = { ...unary({ kind: "array", element: text, readonly: false }), name: "list" };
    const both = serviceOf(place, list);
    expect(serviceOf(list, place)).toBe(both);
    expect(serviceOf(place)).not.toBe(both);
    expect(serviceOf(place, { ...list, name: "all" })).not.toBe(both);
    expect(serviceOf(place, { ...list, result: text })).not.toBe(both);
  });
});

describe("a schema", () => {
  it("has one entry for equal types, and recursion as a number", () => {
    const types = declare({
      Tree: object(field("left", named("Tree")), field("right", named("Branch"))),
      // The same structure under another name.
      Branch: object(field("right", named("Tree")), field("left", named("Branch"))),
    });
    expect(responseSchemaOf(unary(named("Branch")), types)).toEqual([
      ["unary", [["result", 1]]],
      [
        "object",
        [
          ['"left"', 1],
          ['"right"', 1],
        ],
      ],
    ]);
  });

  it("tells a field called with a question mark from one that is optional", () => {
    const optional = object({ ...field("a", text), optional: true });
    expect(responseSchemaOf(unary(optional), new Map())).not.toEqual(
      responseSchemaOf(unary(object(field("a?", text))), new Map()),
    );
  });

  it("knows an enum by its values", () => {
    const types = declare({ Level: text });
    const member = { id: "Level", name: "Low" };
    expect(responseSchemaOf(unary({ kind: "literal", value: 1, member }), types)).toEqual(
      responseSchemaOf(unary({ kind: "literal", value: 1 }), types),
    );
  });

  it("has both booleans as boolean, and a union inside a union as its members", () => {
    const yes: TypeModel = { kind: "literal", value: true };
    const no: TypeModel = { kind: "literal", value: false };
    const types = declare({ Half: { kind: "union", members: [no, text] } });
    const one: TypeModel = { kind: "union", members: [yes, named("Half")] };
    const other: TypeModel = { kind: "union", members: [text, { kind: "primitive", name: "boolean" }] };
    expect(responseSchemaOf(unary(one), types)).toEqual(responseSchemaOf(unary(other), types));
  });
});

describe("the members of a union on the wire", () => {
  it("stand in one order under any names", () => {
    const circle = object(field("kind", { kind: "literal", value: "circle" }), field("radius", text));
    const square = object(field("kind", { kind: "literal", value: "square" }), field("side", text));
    const order = (first: string, second: string) => {
      const types = declare({ [first]: circle, [second]: square });
      const members = wireMembers({ kind: "union", members: [named(first), named(second)] }, types);
      return members.map((each) => (each.kind === "named" ? types.get(each.id)?.type : each));
    };
    expect(order("A", "B")).toEqual(order("Z", "B"));
    expect(new Set(order("A", "B"))).toEqual(new Set([circle, square]));
  });
});
