// Methods made by hand, in any version that a test needs: fingerprints and forms as it says. Each takes a number and
// answers with a number.
import { defineMethod } from "../../dist/binding.js";
import { argumentsOf, asNumber, payloadOf } from "../../dist/payload.js";
import type { Method, PayloadType, PositionalType } from "../../dist/service.js";

export interface StockMethodInit {
  readonly service: string;
  readonly name: string;
  readonly fingerprint?: string | undefined;
  readonly serviceFingerprint?: string | undefined;
  /** Whether it has a positional form. Default: yes. */
  readonly positional?: boolean;
}

/** An array of one number. */
const positionalArguments: PositionalType<readonly unknown[]> = {
  write(to, [count]) {
    to.array(1);
    to.number(asNumber(count, "count"));
  },
  read(from) {
    if (from.array() !== 1) throw new TypeError("the arguments are not one");
    const count = asNumber(from.number(), "count");
    from.close();
    return [count];
  },
};

/** An array of one number, so that nobody takes it for a named one. */
const positionalResult: PositionalType<unknown> = {
  write: (to, count) => positionalArguments.write(to, [count]),
  read: (from) => positionalArguments.read(from)[0],
};

const request = argumentsOf((from) => [asNumber(from[0], "count")]);
const response: PayloadType<unknown> = payloadOf("result", asNumber);

/** A unary method. */
export function stockMethod({ positional = true, ...init }: StockMethodInit): Method {
  return defineMethod({
    shape: "unary",
    parameters: 1,
    request: positional ? { ...request, positional: positionalArguments } : request,
    requestItem: undefined,
    response: positional ? { ...response, positional: positionalResult } : response,
    errors: [],
    timeoutMs: undefined,
    idempotent: false,
    ...init,
  });
}
