// How what a method takes and gives travels, as generated code says it: a value, the fields of an error, the arguments.
import type { At } from "./payload-error.js";
import { notFields, type Read, type Write } from "./serializer.js";
import type { PayloadType } from "./service.js";

/** How one value travels; `at` is what error messages call it. */
export function payloadOf<T>(at: At, write: Write, read: Read<T>): PayloadType<T> {
  return { write: (to, value) => write(to, value, at), read: (from) => read(from, at) };
}

/**
 * How a declared error's fields travel. A method's list of errors holds classes with different fields, so the
 * type says `never`: what `read` gives is for the constructor of the same class, and for nothing else.
 */
export function errorFieldsOf(write: Write, read: Read<unknown>): PayloadType<never> {
  return payloadOf("error", write, read as Read<never>);
}

/** The result of a method that returns nothing: whatever is given is dropped. */
export const nothing: PayloadType<void> = { write: (to) => to.literal(undefined), read: (from) => from.skip() };

/** How the argument of one parameter is written and read. */
export interface Argument {
  /** The parameter's. */
  readonly name: string;
  readonly write: Write;
  readonly read: Read<unknown>;
}

export function argument(name: string, write: Write, read: Read<unknown>): Argument {
  return { name, write, read };
}

/**
 * How a method's arguments travel: as an array of them, in which those from `required` on may be absent: as extension 0, and
 * at the end by not being there.
 */
export function argumentsOf(required: number, ...parameters: readonly Argument[]): PayloadType<readonly unknown[]> {
  return {
    write(to, args) {
      let length = parameters.length;
      while (length > required && args[length - 1] === undefined) length--;
      to.array(length);
      for (let index = 0; index < length; index++) {
        const { name, write } = parameters[index] as Argument;
        if (index >= required && args[index] === undefined) to.absent();
        else write(to, args[index], name);
      }
    },
    read(from) {
      const length = from.tuple(required, parameters.length);
      if (length < required || length > parameters.length)
        return notFields(from, "arguments", length, length < 0 ? "array" : "array of its length");
      const args = new Array<unknown>(parameters.length);
      for (let index = 0; index < parameters.length; index++) {
        const { name, read } = parameters[index] as Argument;
        const isThere = index < required || (index < length && !from.absent());
        args[index] = isThere ? read(from, name) : undefined;
      }
      from.leave();
      return args;
    },
  };
}
