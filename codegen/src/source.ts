// What the reader asks of a compiler: one step at a time, so that recursion and naming are decided here and not there.
// No compiler is known in this file.
import type { BinaryName, ImportModel, Position, PrimitiveName } from "./model.js";

/** Why a type cannot cross the wire as it stands; each has its sentence in diagnostics.ts. */
export type Refusal =
  | "any"
  | "unknown"
  | "never"
  | "void"
  | "symbol"
  | "object"
  | "function"
  | "class"
  | "promise"
  | "stream"
  | "generic"
  | "template-literal"
  | "nameless-brand"
  | "computed-enum"
  | "error"
  | "typed-array"
  | "buffer-argument"
  | "built-in"
  | "iterator"
  | "index-key"
  | "symbol-key"
  | "tuple-form";

/** One type of the source, seen a level at a time. The same type of the compiler is always the same object here. */
export interface SourceType {
  /** Undefined where the type is written in place, or is the language's own. */
  readonly name: SourceName | undefined;
  /** As the compiler writes it, for messages. */
  text(): string;
  view(): SourceView;
}

/** The declaration behind a named type. */
export interface SourceName {
  readonly name: string;
  readonly arguments: readonly SourceType[];
  /** Undefined where the generated file has no way to import it. */
  readonly from: ImportModel | undefined;
  readonly isEnum: boolean;
}

export type SourceView =
  | { readonly kind: "primitive"; readonly name: PrimitiveName }
  | {
      readonly kind: "literal";
      readonly value: string | number | boolean;
      readonly member?: { enum: SourceType; name: string };
    }
  | { readonly kind: "binary"; readonly name: BinaryName }
  | { readonly kind: "bigint-literal"; readonly digits: string }
  | { readonly kind: "template"; readonly text: string; readonly pattern: string }
  | { readonly kind: "brand"; readonly of: SourceType }
  | { readonly kind: "union"; readonly members: readonly SourceType[] }
  | SourceObject
  | { readonly kind: "array" | "set"; readonly element: SourceType; readonly readonly: boolean }
  | SourceTuple
  | { readonly kind: "map"; readonly key: SourceType; readonly value: SourceType; readonly readonly: boolean }
  | ({ readonly kind: "record" } & SourceOpen)
  | { readonly kind: "promise" | "stream"; readonly of: SourceType }
  | { readonly kind: "void" }
  | { readonly kind: "refused"; readonly why: Refusal };

/** An object with declared fields, and beside them perhaps an index signature. */
export interface SourceObject {
  readonly kind: "object";
  readonly properties: readonly SourceProperty[];
  readonly open: SourceOpen | undefined;
}

/** A tuple: the elements from `required` on are optional, then comes the rest. */
export interface SourceTuple {
  readonly kind: "tuple";
  readonly elements: readonly SourceType[];
  readonly required: number;
  readonly rest: SourceType | undefined;
  readonly readonly: boolean;
}

/** An index signature. */
export interface SourceOpen {
  readonly key: SourceType;
  readonly value: SourceType;
}

export interface SourceProperty {
  readonly name: string;
  readonly doc: readonly string[];
  readonly optional: boolean;
  readonly readonly: boolean;
  /** `| undefined` was written, beside or without `?`. */
  readonly undefinable: boolean;
  /** Without undefined. */
  readonly type: SourceType;
  readonly position: Position | undefined;
}

/** An exported interface. */
export interface SourceInterface {
  readonly name: string;
  readonly typeParameters: number;
  readonly doc: readonly string[];
  readonly position: Position;
  /** How the generated file, which stands beside this one, imports it. */
  from(): ImportModel;
  readonly members: readonly SourceMember[];
  /** Where its call, constructor and index signatures stand. */
  readonly nameless: readonly Position[];
  /** What a name in a comment of this file stands for; undefined where it is no type. */
  resolve(name: string): SourceType | undefined;
}

export interface SourceMember {
  /** The text of a computed or symbol name stands in brackets. */
  readonly name: string;
  readonly doc: readonly string[];
  readonly position: Position;
  readonly optional: boolean;
  /** None: the member is data. Several: it is overloaded. */
  readonly signatures: readonly SourceSignature[];
}

export interface SourceSignature {
  readonly typeParameters: number;
  readonly parameters: readonly SourceParameter[];
  readonly result: SourceType;
}

export interface SourceParameter {
  readonly name: string;
  readonly doc: readonly string[];
  readonly form: "plain" | "rest" | "pattern" | "this";
  readonly optional: boolean;
  /** Without the undefined of an optional one. */
  readonly type: SourceType;
  readonly position: Position;
}
