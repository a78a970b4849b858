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
export {
  argument,
  argumentsOf,
  choicesOf,
  errorFieldsOf,
  notFields,
  notMember,
  nothing,
  payloadOf,
  readArray,
  readBigint,
  readBoolean,
  readBoxedBigint,
  readBuffer,
  readBytes,
  readChoice,
  readDate,
  readLiteral,
  readMap,
  readNull,
  readNumber,
  readOpen,
  readRecord,
  readSet,
  readString,
  readTemplate,
  readTuple,
  readTypedArray,
  readUndefined,
  writeArray,
  writeBigint,
  writeBoolean,
  writeBoxedBigint,
  writeBuffer,
  writeBytes,
  writeChoice,
  writeDate,
  writeLiteral,
  writeMap,
  writeMember,
  writeMemberAlone,
  writeNull,
  writeNumber,
  writeOpen,
  writeRecord,
  writeSet,
  writeString,
  writeTemplate,
  writeTuple,
  writeTypedArray,
  writeUndefined,
  type Choices,
  type Argument,
  type Read,
  type Write,
} from "./serializer.js";
