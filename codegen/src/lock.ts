// The snapshot of contracts that is committed beside package.json, so that a later contract can be compared with what is
// deployed. Data and text; reads and writes no file.
import type { MethodModel, ParameterModel, PropertyModel, ServiceFile, Shape, TypeModel } from "./model.js";
import { compareText, inOrder } from "./order.js";
import { byId, namedType, type Types } from "./types.js";

/** The snapshot's name, in the folder of the nearest package.json. */
export const lockName = "tautline.lock.json";

/** All services of a project, by their names on the wire. */
export interface Snapshot {
  readonly version: 1;
  readonly services: Readonly<Record<string, ServiceSnapshot>>;
}

export interface ServiceSnapshot {
  /** The interface's name: what generated names are made of. */
  readonly contract: string;
  /** The file that declares it, relative to the snapshot's folder, with `/`. */
  readonly source: string;
  readonly methods: Readonly<Record<string, MethodSnapshot>>;
  /** What the methods reach, by id. */
  readonly types: Readonly<Record<string, TypeModel>>;
}

export interface MethodSnapshot {
  readonly shape: Shape;
  readonly parameters: readonly ParameterModel[];
  readonly stream?: ParameterModel;
  readonly result?: TypeModel;
  /** The types of declared errors, by their names on the wire. */
  readonly errors?: Readonly<Record<string, TypeModel>>;
  readonly timeoutMs?: number;
  readonly idempotent?: true;
}

/** Text that is no snapshot, or one of a version that is not known here. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

/** The services of one file; `source` is its path relative to the snapshot's folder. */
export function snapshotOf(source: string, { contracts, types }: ServiceFile): Snapshot {
  const named = byId(types);
  const services = contracts.map((contract): [string, ServiceSnapshot] => {
    const reached = new Map<string, TypeModel>();
    const read = (type: TypeModel): TypeModel => {
      const plain = plainType(type);
      for (const id of namesIn(plain)) {
        if (reached.has(id)) continue;
        const { type: inner } = namedType(id, named);
        // Held before it is read: it may name itself.
        reached.set(id, inner);
        reached.set(id, read(inner));
      }
      return plain;
    };
    const methods = contract.methods.map((each): [string, MethodSnapshot] => [each.name, method(each, named, read)]);
    const snapshot = { contract: contract.name, source, methods: sorted(methods), types: sorted([...reached]) };
    return [contract.serviceName, snapshot];
  });
  return { version: 1, services: sorted(services) };
}

/**
 * `before` with the services of some files as they are now: theirs replace all that these files declared. Files that are
 * not among `now` keep their services while `isThere` says that they exist.
 *
 * @throws SnapshotError where two files have a service of one name: what is deployed under it would be told of one alone
 */
export function mergeSnapshots(
  before: Snapshot | undefined,
  now: ReadonlyMap<string, Snapshot>,
  isThere: (source: string) => boolean,
): Snapshot {
  const kept = Object.entries(before?.services ?? {}).filter(([, { source }]) => !now.has(source) && isThere(source));
  const services = [...kept, ...[...now.values()].flatMap((each) => Object.entries(each.services))];
  const declared = new Map<string, string>();
  for (const [name, { source }] of services) {
    const other = declared.get(name);
    if (other !== undefined) {
      throw new SnapshotError(
        `${other} and ${source} both have a service ${name}: give each a name of its own (/** @service ${name}.v1 */)`,
      );
    }
    declared.set(name, source);
  }
  return { version: 1, services: sorted(services) };
}

/** The snapshot as text: JSON, sorted, an object on one line where it fits in 120 columns. */
export function writeSnapshot(snapshot: Snapshot): string {
  return `${print(withoutDefaults(snapshot), "")}\n`;
}

/** Reads what {@link writeSnapshot} wrote. `where` is what an error calls the text. @throws SnapshotError */
export function readSnapshot(text: string, where: string): Snapshot {
  let read: unknown;
  try {
    read = JSON.parse(text, withDefaults);
  } catch (cause) {
    throw new SnapshotError(`${where} is not JSON: write it again with \`tautline gen\``, { cause });
  }
  if (typeof read !== "object" || read === null || !("version" in read) || !("services" in read)) {
    throw new SnapshotError(`${where} is not a snapshot of services: write it again with \`tautline gen\``);
  }
  if (read.version !== 1) {
    throw new SnapshotError(
      `${where} has the format ${String(read.version)}, and this tautline reads 1: update tautline`,
    );
  }
  return read as Snapshot;
}

/** The types of a snapshot as the model has them. */
export function namedTypes({ types }: ServiceSnapshot): Types {
  const bare = { arguments: [], from: undefined, isEnum: false };
  return new Map(Object.entries(types).map(([id, type]) => [id, { id, name: id, type, ...bare }]));
}

function method(model: MethodModel, types: Types, read: (type: TypeModel) => TypeModel): MethodSnapshot {
  const parameter = (each: ParameterModel): ParameterModel => ({ ...each, type: read(each.type) });
  const errors = model.errors.map((id): [string, TypeModel] => [
    namedType(id, types).name,
    read({ kind: "named", id }),
  ]);
  return {
    shape: model.shape,
    parameters: model.parameters.map(parameter),
    ...(model.stream === undefined ? {} : { stream: parameter(model.stream) }),
    ...(model.result === undefined ? {} : { result: read(model.result) }),
    ...(errors.length === 0 ? {} : { errors: sorted(errors) }),
    ...(model.timeoutMs === undefined ? {} : { timeoutMs: model.timeoutMs }),
    ...(model.idempotent ? { idempotent: true } : {}),
  };
}

/** The type with its fields sorted and without documentation. */
function plainType(type: TypeModel): TypeModel {
  const sort = (properties: readonly PropertyModel[]) =>
    [...properties].sort((a, b) => compareText(a.name, b.name)).map(({ doc: _doc, ...each }) => each);
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isRecord(value)) return value;
    const copied = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]));
    return value["kind"] === "object"
      ? { ...copied, properties: sort(copied["properties"] as PropertyModel[]) }
      : copied;
  };
  return copy(type) as TypeModel;
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isRecord(value)) return [];
  if (value["kind"] === "named") return [String(value["id"])];
  return Object.values(value).flatMap(namesIn);
}

const flags = ["optional", "readonly", "undefinable"];

/** What is false is left out, and what is undefined. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (!isRecord(value)) return value;
  const told = Object.entries(value).filter(
    ([key, each]) => each !== undefined && !(each === false && flags.includes(key)),
  );
  return Object.fromEntries(told.map(([key, each]) => [key, withoutDefaults(each)]));
}

/**
 * The same in reverse, for {@link JSON.parse}: fields and parameters have a name and a type, containers a kind. Text: a record
 * of methods may hold some that are called so.
 */
function withDefaults(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (typeof value["name"] === "string" && "type" in value)
    return { optional: false, readonly: false, undefinable: false, ...value };
  return typeof value["kind"] === "string" ? { readonly: false, ...value } : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(inOrder(entries));
}

function print(value: unknown, indent: string): string {
  if (!isRecord(value) && !Array.isArray(value)) return JSON.stringify(value);
  // What has names stands one name a line, so that a change is one line of a difference.
  const flat = indent.length > 8 ? printFlat(value, 110 - indent.length) : undefined;
  if (flat !== undefined) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((each) => inner + print(each, inner)).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${print(each, inner)}`);
  return entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n${indent}}`;
}

/** On one line; undefined where that is longer than `room`, told as soon as it is known. */
function printFlat(value: unknown, room: number): string | undefined {
  const within = (text: string) => (text.length <= room ? text : undefined);
  if (!isRecord(value) && !Array.isArray(value)) return within(JSON.stringify(value));
  const [open, close, padding] = Array.isArray(value) ? ["[", "]", ""] : ["{", "}", " "];
  let text = open;
  for (const [key, each] of Object.entries(value)) {
    text += text === open ? padding : ", ";
    if (!Array.isArray(value)) text += `${JSON.stringify(key)}: `;
    const printed = printFlat(each, room - text.length);
    if (printed === undefined) return undefined;
    text += printed;
  }
  return within(text === open ? open + close : text + padding + close);
}
