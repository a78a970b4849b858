// A type of a contract as a validator of plain values: what generated code exports beside the client. What crosses the wire
// is validated anyway; this is for values that come from elsewhere.
import { collect, isEndless } from "./failures.js";
import { MsgpackWriter } from "./msgpack-writer.js";
import { PayloadError, type PayloadFailure } from "./payload-error.js";
import type { Write } from "./serializer.js";
import { RpcError } from "./rpc-error.js";

/**
 * A type of a contract, to validate values with that did not come in a call: a form, a file, a queue. A value is looked at and
 * not copied. Keys that the type does not declare are no fault, as TypeScript has it; calls do not send them.
 * Any library that takes a Standard Schema takes this one (https://standardschema.dev, version 1).
 */
export interface Schema<T> {
  /** Of the type in the contract. */
  readonly name: string;
  /** Whether a value is of the type, and within the bounds that the contract's tags set. */
  readonly is: (this: void, value: unknown) => value is T;
  /**
   * The same value.
   *
   * @throws RpcError `invalid-argument` naming every place that is wrong, up to 16, what was expected there and the kind of
   *   what came, never the value; its `details` is a {@link PayloadDetails}
   */
  readonly assert: (this: void, value: unknown) => T;
  readonly "~standard": StandardValidator<T>;
}

/** Version 1 of https://standardschema.dev. */
export interface StandardValidator<T> {
  readonly version: 1;
  readonly vendor: "tautline";
  readonly validate: (value: unknown) => { readonly value: T } | { readonly issues: readonly StandardIssue[] };
  /** There for the compiler alone. */
  readonly types?: { readonly input: T; readonly output: T } | undefined;
}

/** One place where a value is wrong. */
export interface StandardIssue {
  readonly message: string;
  /** From the value to that place; entries of a record, a Map or a Set are named by position. */
  readonly path: readonly (string | number)[];
}

/**
 * The schema of one type. `is` answers, and `write` is asked what is wrong once the answer is no. `assert` is generated as
 * well: there it names its `is`, and a compiler can see through that.
 */
export function schemaOf<T>(
  name: string,
  is: (this: void, value: unknown) => value is T,
  write: Write,
  assert: (this: void, value: unknown) => T,
): Schema<T> {
  return {
    name,
    is,
    assert,
    "~standard": {
      version: 1,
      vendor: "tautline",
      validate: (value) => (is(value) ? { value } : { issues: faultOf(name, value, write).failures.map(issueOf) }),
    },
  };
}

/** As {@link schemaOf}, of a type that leads back to itself: `check` may come to no end. */
export function recursiveSchemaOf<T>(
  name: string,
  check: (this: void, value: unknown) => value is T,
  write: Write,
): Schema<T> {
  const is = (value: unknown): value is T => {
    try {
      return check(value);
    } catch (error) {
      if (isEndless(error)) return false;
      throw error;
    }
  };
  return schemaOf(name, is, write, (value) => (is(value) ? value : refuse(name, value, write)));
}

/** Throws what {@link Schema.assert} throws of a value that is not of the type. */
export function refuse(name: string, value: unknown, write: Write): never {
  const fault = faultOf(name, value, write);
  throw new RpcError("invalid-argument", fault.message, { details: fault.details, cause: fault });
}

/** What `write` says of a value that is not of its type. */
function faultOf(name: string, value: unknown, write: Write): PayloadError {
  try {
    collect(write, new MsgpackWriter(), value, name);
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error(
    `${name} is refused, and nothing is wrong with it: generate the code again, with this version of tautline`,
  );
}

function issueOf({ path, expected, actual }: PayloadFailure): StandardIssue {
  return { message: `expected ${expected}, got ${actual}`, path: path.slice(1) };
}
