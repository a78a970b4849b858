// What a server serves, by path, with what all its connections share: admission, interceptors and the log.
import { Admission } from "./admission.js";
import type { Interceptor } from "./interceptor.js";
import type { Logger } from "./logger.js";
import { bindMethodTables, ownServiceName } from "./method-table.js";
import type { OverloadLimits } from "./overload.js";
import { RefusalLog } from "./refusal-log.js";
import { RpcError } from "./rpc-error.js";
import { ServedMethod, type ServedCall } from "./served-method.js";
import type { Method, MethodBinding, ServiceBinding } from "./service.js";

/** @throws RpcError `invalid-argument` */
function checkBindings(given: unknown): void {
  const isBinding = (each: unknown): boolean =>
    typeof each === "object" && each !== null && "service" in each && "handlers" in each;
  if (Array.isArray(given) && given.every(isBinding)) return;
  const message = "the option services must be an array of what `handle` of the generated services gives";
  throw new RpcError("invalid-argument", message, { executed: "no" });
}

/** What a server serves, shared by its connections. */
export class Services {
  readonly logger: Logger;
  readonly refusals: RefusalLog;
  /** As HELLO tells them: 16 hex digits by the name of the service. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly names: readonly string[];
  readonly #interceptors: readonly Interceptor[];
  readonly #methods = new Map<string, ServedMethod>();
  readonly admission: Admission;

  /**
   * @param calls all that run in the server
   * @throws RpcError `invalid-argument` where two bindings have the same service, or one the name of tautline's own
   */
  constructor(
    bindings: readonly ServiceBinding[],
    interceptors: readonly Interceptor[],
    logger: Logger,
    overload: OverloadLimits,
    calls: () => Iterable<ServedCall>,
  ) {
    this.logger = logger;
    this.refusals = new RefusalLog(logger);
    this.admission = new Admission(overload);
    const serve = ([path, binding]: [string, MethodBinding]): void =>
      void this.#methods.set(path, new ServedMethod(binding, overload.minConcurrency, calls));
    this.#interceptors = interceptors;
    checkBindings(bindings);
    const own = bindMethodTables(bindings);
    const names = new Set([own.service.name]);
    const fingerprints = new Map<string, string>();
    for (const { service, handlers } of bindings) {
      const { name, fingerprint } = service;
      if (names.has(name)) {
        const message = name === own.service.name ? "a name that is tautline's own" : "given twice";
        throw new RpcError("invalid-argument", `the service ${name} is ${message}`, { executed: "no" });
      }
      names.add(name);
      if (fingerprint !== undefined) fingerprints.set(name, fingerprint);
      for (const handler of handlers) serve(handler);
    }
    for (const handler of own.handlers) serve(handler);
    names.delete(own.service.name);
    this.names = [...names];
    this.fingerprints = fingerprints;
  }

  /** What stands around the calls of a method: nothing where it is tautline's own. */
  interceptorsOf(method: Method): readonly Interceptor[] {
    return method.service === ownServiceName ? [] : this.#interceptors;
  }

  get bindings(): Iterable<MethodBinding> {
    return this.#methods.values();
  }

  find(path: string): ServedMethod | undefined {
    return this.#methods.get(path);
  }
}
