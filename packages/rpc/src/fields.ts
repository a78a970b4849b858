// What generated code tells of a type so that it can travel under names: the fields of an object, and how a value tells which
// member of a union it is. By position none of it is needed. PROTOCOL.md §10.4.

/** The declared fields of an object, in the order of the wire. */
export class Fields {
  readonly names: readonly string[];
  /** Whether other keys may be there, too. */
  readonly isOpen: boolean;
  #keys: readonly Uint8Array[] | undefined;
  #numbers: ReadonlyMap<string, number> | undefined;

  constructor(names: readonly string[], isOpen: boolean) {
    this.names = names;
    this.isOpen = isOpen;
  }

  /** The names in UTF-8, made when they are first asked for. */
  get keys(): readonly Uint8Array[] {
    this.#keys ??= this.names.map((each) => Buffer.from(each));
    return this.#keys;
  }

  /** Their places in the order, made when they are first asked for. */
  get numbers(): ReadonlyMap<string, number> {
    this.#numbers ??= new Map(this.names.map((each, index) => [each, index]));
    return this.#numbers;
  }
}

export function fieldsOf(...names: readonly string[]): Fields {
  return new Fields(names, false);
}

/** The same of an object with an index signature. */
export function openFieldsOf(...names: readonly string[]): Fields {
  return new Fields(names, true);
}

/** One value alone, in an array of its own; text of a form; what an object has; or a kind of values. */
export type MemberForm =
  | readonly [unknown]
  | RegExp
  | ObjectForm
  | "string"
  | "number"
  | "boolean"
  | "bigint"
  | "boxed bigint"
  | "Date"
  | "bytes"
  | "array"
  | "object";

/** An object that is told from others by a field of its own: by what it holds, where `of` is given. */
export interface ObjectForm {
  readonly has: string;
  readonly of?: readonly (string | number | boolean)[];
}

/** The members of a union, in the order of their numbers. */
export interface Members {
  readonly forms: readonly MemberForm[];
  /** For messages. */
  readonly expected: string;
}

export function membersOf(expected: string, ...forms: readonly MemberForm[]): Members {
  return { forms, expected };
}

export function isObjectForm(form: MemberForm): form is ObjectForm {
  return typeof form === "object" && "has" in form;
}
