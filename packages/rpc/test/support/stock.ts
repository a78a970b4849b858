// A contract made by hand, in any version that a test needs, with a method of each shape. Everything that it carries is a
// number; by position it is an array of the version and the number, so that what one version wrote no other one reads.
import { defineMethod, defineService } from "../../dist/binding.js";
import { mismatch } from "../../dist/failures.js";
import { fieldsOf } from "../../dist/fields.js";
import {
  argument,
  argumentsOf,
  errorFieldsOf,
  payloadOf,
  readNumber,
  writeNumber,
  type Read,
  type Write,
} from "../../dist/generated.js";
import { DeclaredError, type DeclaredErrorOptions } from "../../dist/rpc-error.js";
import type { CallShape, Method, PayloadType, Service } from "../../dist/service.js";

/** One hex digit: fingerprints repeat it. */
export type Version = "a" | "b" | "c";

const soldOutFields = fieldsOf("left");

export class SoldOutError extends DeclaredError {
  static readonly declaredName = "SoldOut";
  static readonly fields: PayloadType<never> = errorFieldsOf(
    (to, value) => {
      to.object(soldOutFields, 1);
      writeNumber(to, Reflect.get(Object(value) as object, "left"), "left");
    },
    (from) => {
      from.object(soldOutFields);
      const left = readNumber(from, "left");
      from.leave();
      return { left };
    },
  );
  readonly left: number;

  constructor({ left }: { readonly left: number }, options?: DeclaredErrorOptions) {
    super("SoldOut", options);
    this.left = left;
  }
}

const shapes: Readonly<Record<string, CallShape>> = {
  take: "unary",
  sell: "unary",
  watch: "server-stream",
  load: "client-stream",
  relay: "bidi-stream",
  note: "one-way",
};

function versioned(version: string): { readonly write: Write; readonly read: Read<number> } {
  return {
    write(to, value, at) {
      if (!to.isNamed) {
        to.array(2);
        to.string(version);
      }
      writeNumber(to, value, at);
    },
    read(from, at) {
      if (from.isNamed) return readNumber(from, at);
      const isOurs = from.array() === 2 && from.string() === version;
      if (!isOurs) mismatch(undefined, "number", `number as version ${version} has it`);
      const value = readNumber(from, at);
      from.close();
      return value;
    },
  };
}

export interface StockMethodInit {
  readonly service: string;
  readonly name: string;
  readonly shape?: CallShape;
  readonly fingerprint?: string | undefined;
  readonly serviceFingerprint?: string | undefined;
}

/** One method that takes a number, and answers with one. */
export function stockMethod({ shape = "unary", ...init }: StockMethodInit): Method {
  const { write, read } = versioned(init.fingerprint?.[0] ?? "");
  const item: PayloadType<unknown> = payloadOf<unknown>("number", write, read);
  return defineMethod({
    shape,
    parameters: 1,
    request: argumentsOf(1, argument("number", write, read)),
    requestItem: shape === "client-stream" || shape === "bidi-stream" ? item : undefined,
    response: shape === "one-way" ? undefined : item,
    errors: [SoldOutError],
    timeoutMs: undefined,
    idempotent: false,
    ...init,
  });
}

/** What serves Stock, in every version. */
export interface StockHandlers {
  take(number: number): Promise<number>;
  sell(number: number): Promise<number>;
  watch(number: number): AsyncIterable<number>;
  load(number: number, items: AsyncIterable<number>): Promise<number>;
  relay(number: number, items: AsyncIterable<number>): AsyncIterable<number>;
  note(number: number): void;
}

/**
 * A version of Stock, or one without fingerprints. `methods` says which of its methods are as they were in another version.
 */
export function stockService(
  version?: Version,
  methods: Readonly<Record<string, Version>> = {},
): Service<StockHandlers> {
  const all = Object.entries(shapes).map(([name, shape]) =>
    stockMethod({
      service: "Stock",
      name,
      shape,
      fingerprint: version && (methods[name] ?? version).repeat(32),
      serviceFingerprint: version?.repeat(16),
    }),
  );
  return defineService("Stock", all);
}
