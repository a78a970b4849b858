// Arbitrary models: named types that may name each other, and what changes one of them.
import fc from "fast-check";
import type { MethodModel, NamedType, PropertyModel, TypeModel } from "../dist/model.js";

/** A method with the types that it reaches. */
export interface World {
  readonly method: MethodModel;
  readonly types: ReadonlyMap<string, NamedType>;
}

const text: TypeModel = { kind: "primitive", name: "string" };
const position = { file: "contract.ts", line: 1, column: 1 };
const primitives = ["string", "number", "boolean", "bigint", "date", "bytes"] as const;
const ids = ["Apple", "Birch", "Cedar"];

function typeOf(depth: number): fc.Arbitrary<TypeModel> {
  const leaf: fc.Arbitrary<TypeModel> = fc.oneof(
    fc.constantFrom(...primitives).map((name): TypeModel => ({ kind: "primitive", name })),
    fc.constantFrom("a", "b", 1).map((value): TypeModel => ({ kind: "literal", value })),
    fc.constantFrom(...ids).map((id): TypeModel => ({ kind: "named", id })),
  );
  if (depth === 0) return leaf;
  const inner = typeOf(depth - 1);
  const readonly = fc.boolean();
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    fc.record({ kind: fc.constant("array" as const), element: inner, readonly }),
    fc.record({ kind: fc.constant("set" as const), element: inner, readonly }),
    fc.record({ kind: fc.constant("record" as const), key: fc.constant(text), value: inner }),
    fc.record({ kind: fc.constant("map" as const), key: inner, value: inner, readonly }),
    tupleOf(inner),
    fc
      // Flat, as the reader leaves them.
      .uniqueArray(
        inner.filter((each) => each.kind !== "union"),
        { minLength: 2, maxLength: 4, selector: structure },
      )
      .map((members): TypeModel => ({ kind: "union", members })),
  );
}

function tupleOf(inner: fc.Arbitrary<TypeModel>): fc.Arbitrary<TypeModel> {
  return fc
    .record({
      elements: fc.array(inner, { maxLength: 3 }),
      optional: fc.nat(2),
      rest: fc.option(inner),
      readonly: fc.boolean(),
    })
    .map(({ elements, optional, rest, readonly }) => ({
      kind: "tuple",
      elements,
      required: Math.max(0, elements.length - optional),
      ...(rest === null ? {} : { rest }),
      readonly,
    }));
}

/** Whether bounds of numbers fit. */
export function isNumber(type: TypeModel): boolean {
  return type.kind === "primitive" && type.name === "number";
}

/** A required field. */
export function fieldOf(name: string, type: TypeModel): PropertyModel {
  return { name, type, optional: false, undefinable: false, readonly: false };
}

/** What the members of a union are told apart by here: readonly means nothing on the wire. */
function structure(type: TypeModel): string {
  return JSON.stringify(type, (key, value: unknown) => (key === "readonly" ? undefined : value));
}

/** An object with a tag of its own, so that no two of them are of one structure. */
function namedType(id: string): fc.Arbitrary<NamedType> {
  const bounds = fc.record({ minimum: fc.constantFrom(0, 1), maximum: fc.constantFrom(8, 9) });
  const field = fc
    .record({ optional: fc.boolean(), undefinable: fc.boolean(), readonly: fc.boolean(), type: typeOf(2), bounds })
    .map(({ bounds, ...each }) => (isNumber(each.type) ? { ...each, bounds } : each));
  const named = fc.dictionary(fc.constantFrom("x", "y", "z?", "z", "w"), field, { maxKeys: 4 });
  return fc.tuple(named, bounds).map(([fields, bounds]) => ({
    id,
    name: id,
    arguments: [],
    from: { specifier: "./contract.js", name: id },
    isEnum: false,
    type: {
      kind: "object",
      properties: [
        fieldOf("tag", { kind: "literal", value: id }),
        { ...fieldOf("n", { kind: "primitive", name: "number" }), bounds },
        ...Object.entries(fields).map(([name, each]) => ({ name, ...each })),
      ],
    },
  }));
}

/** Any method over three types that may be recursive. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    shape: fc.constantFrom("unary" as const, "server-stream" as const, "client-stream" as const),
    parameters: fc.array(fc.record({ name: fc.constant("value"), optional: fc.boolean(), type: typeOf(2) }), {
      maxLength: 3,
    }),
    streamed: typeOf(1),
    result: fc.option(typeOf(2), { nil: undefined }),
    errors: fc.subarray(ids),
    named: fc.tuple(...ids.map(namedType)),
  })
  .map(({ shape, parameters, streamed, result, errors, named }) => ({
    method: {
      name: "call",
      doc: [],
      shape,
      // Nothing that must be given follows what may be left out.
      parameters: parameters.map((each, index) => ({
        ...each,
        optional: parameters.slice(index).every(({ optional }) => optional),
      })),
      stream: shape === "client-stream" ? { name: "items", optional: false, type: streamed } : undefined,
      result,
      errors,
      timeoutMs: undefined,
      idempotent: false,
      position,
    },
    types: new Map(named.map((each) => [each.id, each])),
  }));

/** The same with every type of the model replaced, from the inside out. */
export function mapTypes({ method, types }: World, change: (type: TypeModel) => TypeModel): World {
  const of = (type: TypeModel): TypeModel => change(mapParts(type, of));
  const parameter = <P extends { readonly type: TypeModel }>(each: P): P => ({ ...each, type: of(each.type) });
  return {
    method: {
      ...method,
      parameters: method.parameters.map(parameter),
      stream: method.stream === undefined ? undefined : parameter(method.stream),
      result: method.result === undefined ? undefined : of(method.result),
    },
    types: new Map([...types].map(([id, each]) => [id, parameter(each)])),
  };
}

function mapParts(type: TypeModel, of: (type: TypeModel) => TypeModel): TypeModel {
  switch (type.kind) {
    case "array":
    case "set":
      return { ...type, element: of(type.element) };
    case "record":
      return { ...type, value: of(type.value) };
    case "map":
      return { ...type, key: of(type.key), value: of(type.value) };
    case "tuple":
      return { ...type, elements: type.elements.map(of), ...(type.rest === undefined ? {} : { rest: of(type.rest) }) };
    case "union":
      return { ...type, members: type.members.map(of) };
    case "object":
      return { ...type, properties: type.properties.map((each) => ({ ...each, type: of(each.type) })) };
    default:
      return type;
  }
}

/** Every type that the method reaches, each once, in no order that matters. */
export function reachedTypes({ method, types }: World): TypeModel[] {
  const met = new Set<TypeModel>();
  const named = new Set<string>();
  const visit = (type: TypeModel): TypeModel => {
    met.add(type);
    if (type.kind === "named" && !named.has(type.id)) {
      named.add(type.id);
      const inner = types.get(type.id);
      if (inner !== undefined) visit(inner.type);
    }
    mapParts(type, visit);
    return type;
  };
  for (const { type } of method.parameters) visit(type);
  if (method.stream !== undefined) visit(method.stream.type);
  if (method.result !== undefined) visit(method.result);
  for (const id of method.errors) {
    named.add(id);
    const error = types.get(id);
    if (error !== undefined) visit(error.type);
  }
  return [...met];
}

/** Other types, each different from `type` by one thing. */
export function changesOf(type: TypeModel): TypeModel[] {
  const fresh: TypeModel = { kind: "literal", value: "fresh" };
  switch (type.kind) {
    case "object":
      return [
        { ...type, properties: [...type.properties, { ...fieldOf("added", text), optional: true }] },
        ...type.properties.flatMap((each, index) => [
          { ...type, properties: type.properties.toSpliced(index, 1) },
          { ...type, properties: type.properties.with(index, { ...each, name: `${each.name}!` }) },
          { ...type, properties: type.properties.with(index, { ...each, optional: !each.optional }) },
          { ...type, properties: type.properties.with(index, { ...each, type: fresh }) },
        ]),
      ].filter((each) => JSON.stringify(each) !== JSON.stringify(type));
    case "union":
      return [
        { ...type, members: [...type.members, fresh] },
        ...type.members.map((_, index) => ({ ...type, members: type.members.toSpliced(index, 1) })),
        ...type.members.map((_, index) => ({ ...type, members: type.members.with(index, fresh) })),
      ];
    case "tuple":
      return [
        fresh,
        { ...type, elements: [...type.elements, fresh], required: type.required },
        ...(type.required > 0 ? [{ ...type, required: type.required - 1 }] : []),
      ];
    default:
      return [fresh, { kind: "array", element: type, readonly: false }];
  }
}

/** The world with one type, wherever that very value stands, in another's place. */
export function replaceType(world: World, target: TypeModel, changed: TypeModel): World {
  const swap = (type: TypeModel): TypeModel => (type === target ? changed : mapParts(type, swap));
  const { method, types } = world;
  const parameter = <P extends { readonly type: TypeModel }>(each: P): P => ({ ...each, type: swap(each.type) });
  return {
    method: {
      ...method,
      parameters: method.parameters.map(parameter),
      stream: method.stream === undefined ? undefined : parameter(method.stream),
      result: method.result === undefined ? undefined : swap(method.result),
    },
    types: new Map([...types].map(([id, each]) => [id, parameter(each)])),
  };
}
