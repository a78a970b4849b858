// Model in, text out: the generated file as a whole. The same model gives the same bytes on every machine.
import { ConstantEmitter } from "./emit-constants.js";
import { CheckEmitter } from "./emit-check.js";
import { MemberTests } from "./emit-member-test.js";
import { block, docLines, emitContract, exportedNames, type FileNames } from "./emit-contract.js";
import { emitError } from "./emit-error.js";
import { SerializerEmitter } from "./emit-serializer.js";
import { joined, list, newline, render, type Layout } from "./layout.js";
import type { ImportModel, NamedType, ServiceFile, TypeModel } from "./model.js";
import { globals, Names } from "./names.js";
import { keyOf, pascal, quote, spell, spellInstance, spellOpen } from "./spelling.js";
import { byId, namedType } from "./types.js";

/** What generated code imports, and whence; a type is imported as one. */
const publicTypes = ["CallContext", "CallOptions", "Caller", "Schema", "Service"];
const runtimeTypes = [
  "At",
  "DeclaredErrorOptions",
  "Given",
  "MsgpackReader",
  "MsgpackWriter",
  "PayloadType",
  "Writable",
];
const runtimeValues = [
  "DeclaredError",
  "argument",
  "argumentsOf",
  "boundsOf",
  "choicesOf",
  "defineMethod",
  "defineService",
  "errorFieldsOf",
  "failures",
  "fieldsOf",
  "inside",
  "isBigint",
  "isBoolean",
  "isBytes",
  "isDate",
  "isMapOf",
  "isNull",
  "isNumber",
  "isObject",
  "isOpen",
  "isRecordOf",
  "isSetOf",
  "isString",
  "isTemplate",
  "isTupleOf",
  "isUndefined",
  "isWithin",
  "membersOf",
  "mismatch",
  "notFields",
  "notMember",
  "nothing",
  "numberKeys",
  "openFieldsOf",
  "payloadOf",
  "readArray",
  "readBigint",
  "readBoolean",
  "readBoxedBigint",
  "readBuffer",
  "readBytes",
  "readChoice",
  "readDate",
  "readLiteral",
  "readMap",
  "readNull",
  "readNumber",
  "readOpen",
  "readRecord",
  "readSet",
  "readString",
  "readTemplate",
  "readTuple",
  "readTypedArray",
  "readUndefined",
  "recursiveSchemaOf",
  "refuse",
  "schemaOf",
  "within",
  "writeArray",
  "writeBigint",
  "writeBoolean",
  "writeBoxedBigint",
  "writeBuffer",
  "writeBytes",
  "writeChoice",
  "writeDate",
  "writeLiteral",
  "writeMap",
  "writeMember",
  "writeMemberAlone",
  "writeNull",
  "writeNumber",
  "writeOpen",
  "writeRecord",
  "writeSet",
  "writeString",
  "writeTemplate",
  "writeTuple",
  "writeTypedArray",
  "writeUndefined",
];

/** Names inside the generated functions and types: nothing of the file may be called so. */
const locals = [
  "Key",
  "Over",
  "at",
  "before",
  "caller",
  "context",
  "error",
  "fields",
  "from",
  "index",
  "length",
  "options",
  "to",
  "value",
];

/** The text of a generated file. The model must come from a reading without diagnostics. */
export function emit(file: ServiceFile): string {
  const types = byId(file.types);
  const errors = [...new Set(file.contracts.flatMap(({ methods }) => methods.flatMap((each) => each.errors)))];
  const errorNames = new Map(errors.map((id) => [id, `${pascal(namedType(id, types).name)}Error`]));
  const parameters = file.contracts.flatMap(({ methods }) =>
    methods.flatMap((each) =>
      [...each.parameters, ...(each.stream === undefined ? [] : [each.stream])].map(({ name }) => name),
    ),
  );
  const names = new Names([
    ...globals,
    ...locals,
    ...parameters,
    ...publicTypes,
    ...runtimeTypes,
    ...runtimeValues,
    ...file.contracts.flatMap((each) => Object.values(exportedNames(each))),
    ...errorNames.values(),
  ]);
  const localNames = new Map<string, string>();
  for (const { from, name } of file.contracts) localNames.set(importKey(from), names.take(name));
  for (const type of file.types) {
    // Instances of one generic type share its import.
    const key = typeKey(type);
    if (!localNames.has(key)) localNames.set(key, names.take(type.name));
  }
  const imported = new Set(file.contracts.map((each) => each.from));
  const typeName = (id: string): string => {
    const type = namedType(id, types);
    if (type.from !== undefined) imported.add(type.from);
    return spellInstance(localNames.get(typeKey(type)) ?? id, type.arguments, typeName);
  };
  const used = new Set<string>();
  const runtime = (name: string): string => {
    used.add(name);
    return name;
  };
  const constants = new ConstantEmitter(names, runtime);
  const tests = new MemberTests(types, runtime, (template) => constants.pattern(template.pattern));
  const serializer = new SerializerEmitter(types, typeName, names, runtime, constants, tests);
  const checks = new CheckEmitter(types, typeName, names, runtime, constants);
  const shared: FileNames = {
    serializer,
    types,
    typeName,
    contractName: ({ from, name }) => localNames.get(importKey(from)) ?? name,
    errorName: (id) => errorNames.get(id) ?? id,
    runtime,
    names,
  };

  const contracts = file.contracts.flatMap((each) => emitContract(each, shared));
  // Before the errors, whose fields are written as well and are no values of calls.
  const carried = file.types.filter((each) => each.from !== undefined && serializer.writer(each.id) !== undefined);
  const parts = [
    ...file.types.filter((each) => each.from === undefined).map((each) => localType(each, typeName)),
    ...errors.map((id) => emitError(namedType(id, types), shared.errorName(id), shared)),
    ...contracts,
  ];
  const schemas = carried.flatMap((each) => {
    const write = serializer.writer(each.id);
    return write === undefined ? [] : [checks.schema(each, write)];
  });
  if (schemas.length > 0)
    parts.push(["// Its types, for values that come from elsewhere than from a call.", newline, joined(schemas)]);
  const functions = [...serializer.functions(), ...checks.functions()];
  const body = [...parts, ...constants.texts(), ...functions];
  const header = `// Generated by tautline from ${file.source}: do not edit; run \`tautline gen ${file.source}\`.`;
  const imports = [...runtimeImports(used), ...userImports(imported, localNames)];
  const top = joined([header, ...imports]);
  return `${render([top, body.map((each): Layout => [newline, newline, each])])}\n`;
}

function typeKey(type: NamedType): string {
  return type.from === undefined ? type.id : importKey(type.from);
}

function importKey({ specifier, name }: ImportModel): string {
  return `${specifier}\n${name}`;
}

function localType(type: NamedType, typeName: (id: string) => string): Layout {
  if (type.type.kind !== "object") return `type ${typeName(type.id)} = ${spell(spelledOut(type.type), typeName)};`;
  const fields = type.type.properties.map((each, index): Layout => {
    const undefinable = each.undefinable ? " | undefined" : "";
    const key = `${each.readonly ? "readonly " : ""}${keyOf(each.name)}${each.optional ? "?" : ""}`;
    return [
      index === 0 ? "" : newline,
      ...docLines(each.doc ?? []),
      `${key}: ${spell(each.type, typeName)}${undefinable};`,
    ];
  });
  const open = spellOpen(type.type, typeName).map((each) => [fields.length === 0 ? "" : newline, each, ";"]);
  return [block(`type ${typeName(type.id)} = {`, [...fields, ...open]), ";"];
}

/** With its records as index signatures: an alias may name itself in these, and not in `Record`. */
function spelledOut(type: TypeModel): TypeModel {
  if (type.kind === "union") return { ...type, members: type.members.map(spelledOut) };
  return type.kind === "record" ? { kind: "object", properties: [], open: { key: type.key, value: type.value } } : type;
}

function runtimeImports(used: ReadonlySet<string>): Layout[] {
  const among = (names: readonly string[]) => names.filter((each) => used.has(each)).sort();
  return [
    importOf("import type", among(publicTypes), "@tautline/rpc"),
    importOf("import", among(runtimeValues), "@tautline/rpc/generated"),
    importOf("import type", among(runtimeTypes), "@tautline/rpc/generated"),
  ].filter((each) => each !== undefined);
}

/** The contracts, and the user's types that the text spells: some are only on the way to others. */
function userImports(imported: Iterable<ImportModel>, localNames: ReadonlyMap<string, string>): Layout[] {
  const bySpecifier = new Map<string, Set<string>>();
  for (const from of imported) {
    const local = localNames.get(importKey(from));
    if (local === undefined) continue;
    const names = bySpecifier.get(from.specifier) ?? new Set();
    names.add(from.name === local ? local : `${from.name} as ${local}`);
    bySpecifier.set(from.specifier, names);
  }
  return [...bySpecifier.keys()].sort().flatMap((specifier) => {
    const found = importOf("import type", [...(bySpecifier.get(specifier) ?? [])].sort(), specifier);
    return found === undefined ? [] : [found];
  });
}

function importOf(keyword: string, names: readonly string[], specifier: string): Layout | undefined {
  return names.length === 0 ? undefined : list(`${keyword} {`, names, `} from ${quote(specifier)};`, " ");
}
