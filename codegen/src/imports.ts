// What a generated file imports: the names of the runtime's that its text uses, and the user's.
import { list, type Layout } from "./layout.js";
import type { ImportModel } from "./model.js";
import { inOrder } from "./order.js";
import { quote } from "./spelling.js";

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

/** All names of the runtime's: nothing else in a generated file is called so. */
export const runtimeNames: readonly string[] = [...publicTypes, ...runtimeTypes, ...runtimeValues];

/** The names among `used`, each from where the runtime has it. */
export function runtimeImports(used: ReadonlySet<string>): Layout[] {
  const among = (names: readonly string[]) => names.filter((each) => used.has(each));
  return [
    ...importOf("import type", among(publicTypes), "@tautline/rpc"),
    ...importOf("import", among(runtimeValues), "@tautline/rpc/generated"),
    ...importOf("import type", among(runtimeTypes), "@tautline/rpc/generated"),
  ];
}

/** What is the user's, each with what the file calls it. */
export function userImports(imported: ReadonlyMap<ImportModel, string>): Layout[] {
  const bySpecifier = new Map<string, Set<string>>();
  for (const [{ specifier, name }, called] of imported) {
    const names = bySpecifier.get(specifier) ?? new Set();
    bySpecifier.set(specifier, names.add(name === called ? name : `${name} as ${called}`));
  }
  return inOrder([...bySpecifier]).flatMap(([specifier, names]) => importOf("import type", [...names], specifier));
}

/** Nothing without names. */
function importOf(keyword: string, names: readonly string[], specifier: string): Layout[] {
  return names.length === 0 ? [] : [list(`${keyword} {`, [...names].sort(), `} from ${quote(specifier)};`, " ")];
}
