// What a contract says, as plain data that survives JSON. Knows neither the compiler that it was read with nor the text
// that is written from it.

/** A place in a source file. `line` and `column` count from 1; `file` is relative to the working directory. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The kinds of call that a contract can declare; the same words as `CallShape` of the runtime. */
export type Shape = "unary" | "server-stream" | "client-stream" | "bidi-stream" | "one-way";

/** One source file with its contracts. */
export interface ServiceFile {
  /** The source's base name: what the header of the generated file names. */
  readonly source: string;
  readonly contracts: readonly Contract[];
  /** Every named type that the contracts reach, in the order in which they reach it. */
  readonly types: readonly NamedType[];
}

/** One exported interface whose members are all calls. */
export interface Contract {
  readonly name: string;
  /** The name on the wire: `@service`, else the interface's name. */
  readonly serviceName: string;
  /** The interface itself. */
  readonly from: ImportModel;
  readonly doc: readonly string[];
  readonly methods: readonly MethodModel[];
  readonly position: Position;
}

/** One call of a contract. */
export interface MethodModel {
  readonly name: string;
  readonly doc: readonly string[];
  readonly shape: Shape;
  /** Without the stream. */
  readonly parameters: readonly ParameterModel[];
  /** What the client streams, for the two shapes where it does. */
  readonly stream: ParameterModel | undefined;
  /** The result, or one item of the server's stream; undefined where there is none (`void`). */
  readonly result: TypeModel | undefined;
  /** Ids of the types named by `@throws`, in the order of the source. */
  readonly errors: readonly string[];
  /** `@timeout`, in ms. */
  readonly timeoutMs: number | undefined;
  /** `@idempotent` or `@readonly`. */
  readonly idempotent: boolean;
  readonly position: Position;
}

/** What the values of a field or a parameter must be. */
export interface Part {
  /** Without `undefined`, where `optional` or `undefinable` says it. */
  readonly type: TypeModel;
  readonly bounds?: Bounds;
}

export interface ParameterModel extends Part {
  readonly name: string;
  readonly optional: boolean;
}

/** The texts that `@format` can ask for. */
export type Format = "uuid" | "email" | "uri" | "date-time";

/** A number; an integer beyond the safe ones is its decimal digits, since JSON has no bigint. */
export type Limit = number | string;

/** What tags ask of a field or a parameter beyond its type. They apply to whichever members of a union they fit. */
export interface Bounds {
  /** Of a number or a bigint. */
  readonly minimum?: Limit;
  readonly maximum?: Limit;
  readonly integer?: true;
  /** Of a text in UTF-16 units, as `length` counts, or of bytes. */
  readonly minLength?: number;
  /** Always there beside a pattern, which on endless text could take for ever. */
  readonly maxLength?: number;
  /** Source of a regular expression with the flag `u`; found anywhere in the text unless it is anchored. */
  readonly pattern?: string;
  readonly format?: Format;
  /** Of an array, a Set or a Map. */
  readonly maxItems?: number;
}

/** A type that the user declared (or one instance of a generic one), or an object type that was written in place. */
export interface NamedType {
  /** How the type is told from all others of this file: its spelling, with a number where two share a name. */
  readonly id: string;
  /** The declared name; for an object written in place, one made from the place. */
  readonly name: string;
  readonly arguments: readonly TypeModel[];
  /** Undefined where it was written in place: the generated file declares it itself. */
  readonly from: ImportModel | undefined;
  readonly isEnum: boolean;
  readonly type: TypeModel;
}

/** How the generated file imports a name: as the user's own source does, wherever it does. */
export interface ImportModel {
  readonly specifier: string;
  /** The name that the module exports; `default` for a default export. */
  readonly name: string;
}

export type PrimitiveName = "string" | "number" | "boolean" | "bigint" | "date" | "bytes" | "null" | "undefined";

/** Binary data other than Uint8Array, by the name of its class: sent as its bytes, little end first. */
export type BinaryName =
  | "ArrayBuffer"
  | "Int8Array"
  | "Uint8ClampedArray"
  | "Int16Array"
  | "Uint16Array"
  | "Int32Array"
  | "Uint32Array"
  | "Float32Array"
  | "Float64Array"
  | "BigInt64Array"
  | "BigUint64Array";

/** A type as it can cross the wire. */
export type TypeModel =
  | { readonly kind: "primitive"; readonly name: PrimitiveName }
  | { readonly kind: "binary"; readonly name: BinaryName }
  | { readonly kind: "literal"; readonly value: string | number | boolean; readonly member?: EnumMember }
  /** Its decimal digits, since JSON has no bigint. */
  | { readonly kind: "bigint-literal"; readonly digits: string }
  | TemplateModel
  /** A primitive with a mark that only the compiler sees: always the type of a named type, and sent as the primitive. */
  | { readonly kind: "brand"; readonly of: TypeModel }
  | ObjectModel
  | { readonly kind: "array"; readonly element: TypeModel; readonly readonly: boolean }
  | TupleModel
  | { readonly kind: "map"; readonly key: TypeModel; readonly value: TypeModel; readonly readonly: boolean }
  | { readonly kind: "set"; readonly element: TypeModel; readonly readonly: boolean }
  | ({ readonly kind: "record" } & OpenModel)
  | UnionModel
  | { readonly kind: "named"; readonly id: string };

/** Text of a form: a template literal type that is no union of literals. */
export interface TemplateModel {
  readonly kind: "template";
  /** As it is written in a program, backticks included. */
  readonly text: string;
  /** Source of an anchored regular expression with the flag `u`. */
  readonly pattern: string;
}

export interface ObjectModel {
  readonly kind: "object";
  readonly properties: readonly PropertyModel[];
  /** An index signature beside the declared fields: what all other keys hold. */
  readonly open?: OpenModel;
}

/** Keys that are not known beforehand. */
export interface OpenModel {
  /** `string`, `number` (whose keys are decimal text on the wire, as in JavaScript) or a template. */
  readonly key: TypeModel;
  readonly value: TypeModel;
}

export interface TupleModel {
  readonly kind: "tuple";
  /** Without the rest. Those from `required` on may be absent, the last first. */
  readonly elements: readonly TypeModel[];
  readonly required: number;
  /** What follows the elements, any number of times. */
  readonly rest?: TypeModel;
  readonly readonly: boolean;
}

/** Members are in canonical order, since the compiler's order varies from run to run; null and undefined come last. */
export interface UnionModel {
  readonly kind: "union";
  readonly members: readonly TypeModel[];
}

/** The member of an enum that a literal is. */
export interface EnumMember {
  /** Id of the enum among the named types. */
  readonly id: string;
  readonly name: string;
}

export interface PropertyModel extends Part {
  readonly name: string;
  /** The lines of its comment; absent without one. */
  readonly doc?: readonly string[];
  readonly optional: boolean;
  readonly readonly: boolean;
  /** `T | undefined` was written: the key may be there with nothing in it. */
  readonly undefinable: boolean;
}
