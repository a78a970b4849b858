// The door for generated code: programs import from "@tautline/rpc".
export { defineMethod, defineService, type MethodInit } from "./binding.js";
export { liftBuffer, liftTypedArray, lowerBuffer, lowerTypedArray, type TypedArrayClass } from "./binary.js";
export { asTemplate, boundsOf, within, type Bounds, type BoundsInit } from "./bounds.js";
export type { TextFormat } from "./format.js";
export {
  argumentsOf,
  arrayOf,
  asArray,
  asBoolean,
  asBytes,
  asDate,
  asLiteral,
  asNull,
  asNumber,
  asObject,
  asString,
  asUndefined,
  boxBigint,
  copyOpen,
  errorFieldsOf,
  inside,
  isObject,
  liftBigint,
  liftBigintOf,
  liftMap,
  liftSet,
  lowerBigint,
  lowerBigintOf,
  lowerMap,
  lowerSet,
  mismatch,
  nothing,
  numberKeys,
  payloadOf,
  recordOf,
  tupleOf,
  unboxBigint,
  type At,
  type Copy,
  type CopyArguments,
  type Writable,
} from "./payload.js";
export { DeclaredError, type DeclaredErrorOptions } from "./rpc-error.js";
export type { DeclaredErrorType, Method, PayloadType } from "./service.js";
