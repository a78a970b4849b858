// The door for generated code: programs import from "@tautline/rpc".
export { defineMethod, defineService, type MethodInit } from "./binding.js";
export { boundsOf, isWithin, within, type Bounds, type BoundsInit } from "./bounds.js";
export {
  isBigint,
  isBoolean,
  isBytes,
  isDate,
  isMapOf,
  isNull,
  isNumber,
  isOpen,
  isRecordOf,
  isSetOf,
  isString,
  isTemplate,
  isTupleOf,
  isUndefined,
  type Given,
  type Is,
} from "./check.js";
export { failures, inside, mismatch } from "./failures.js";
export type { TextFormat } from "./format.js";
export { fieldsOf, membersOf, openFieldsOf, type Fields, type Members } from "./fields.js";
export { isObject, numberKeys, type Writable } from "./payload.js";
export type { At } from "./payload-error.js";
export { DeclaredError, type DeclaredErrorOptions } from "./rpc-error.js";
export { recursiveSchemaOf, refuse, schemaOf } from "./schema.js";
export type { DeclaredErrorType, Method, PayloadType } from "./service.js";
export type { MsgpackReader } from "./msgpack-reader.js";
export type { MsgpackWriter } from "./msgpack-writer.js";
export { argument, argumentsOf, errorFieldsOf, nothing, payloadOf, type Argument } from "./payload-types.js";
export {
  readBigint,
  readBoolean,
  readBuffer,
  readBytes,
  readDate,
  readNull,
  readNumber,
  readString,
  readTemplate,
  readTypedArray,
  readUndefined,
  writeBigint,
  writeBoolean,
  writeBuffer,
  writeBytes,
  writeDate,
  writeNull,
  writeNumber,
  writeString,
  writeTemplate,
  writeTypedArray,
  writeUndefined,
} from "./scalars.js";
export {
  choicesOf,
  notMember,
  readBoxedBigint,
  readChoice,
  readLiteral,
  writeBoxedBigint,
  writeChoice,
  writeLiteral,
  writeMember,
  writeMemberAlone,
  type Choices,
} from "./unions.js";
export {
  readArray,
  readMap,
  readOpen,
  readRecord,
  readSet,
  readTuple,
  writeArray,
  writeMap,
  writeOpen,
  writeRecord,
  writeSet,
  writeTuple,
} from "./collections.js";
export { notFields, type Read, type Write } from "./serializer.js";
