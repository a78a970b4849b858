// A contract and its implementation become one thing that a server can call: only the contract's methods, each with its
// settings, checked when they are bound and not when they are first called.
import type { CallContext } from "./context.js";
import { RpcError } from "./rpc-error.js";
import type { Method, MethodBinding, Service, ServiceBinding } from "./service.js";
import { classMarks, methodMarks, unmarked } from "./settings.js";

/** What generated code says of a method; its path follows. */
export type MethodInit = Omit<Method, "path">;

/** OPEN tells the length of a path in one byte (PROTOCOL.md §6.1). */
const maxPathBytes = 255;

/**
 * A method of generated code.
 *
 * @throws RpcError `invalid-argument` where its path is longer than 255 bytes, or its fingerprints cannot be used
 */
export function defineMethod(init: MethodInit): Method {
  const path = `${init.service}/${init.name}`;
  const bytes = Buffer.byteLength(path);
  if (bytes > maxPathBytes) {
    throw new RpcError(
      "invalid-argument",
      `the path ${path.slice(0, 40)}… is ${bytes} bytes long, and ${maxPathBytes} can be sent: shorten the name of the service or the method`,
      { executed: "no" },
    );
  }
  checkFingerprints(path, init);
  return Object.freeze({ ...init, path });
}

/** Peers rely on them: a wrong one would cost whole connections, or calls by position that nobody can read. */
function checkFingerprints(path: string, init: MethodInit): void {
  const { fingerprint, serviceFingerprint } = init;
  if (fingerprint === undefined && serviceFingerprint === undefined) return;
  if (!/^[0-9a-f]{32}$/.test(fingerprint ?? "") || !/^[0-9a-f]{16}$/.test(serviceFingerprint ?? "")) {
    throw unusable(path, "fingerprints that are not 32 digits of 0-9 and a-f, and 16 of its service");
  }
}

function unusable(path: string, what: string): RpcError {
  return new RpcError("invalid-argument", `${path} has ${what}: generate its file anew`, { executed: "no" });
}

/**
 * A contract of generated code. Its fingerprint is the one that its methods tell.
 *
 * @throws RpcError `invalid-argument` where they tell different ones
 */
export function defineService<Handlers>(name: string, methods: readonly Method[]): Service<Handlers> {
  const fingerprint = methods[0]?.serviceFingerprint;
  if (methods.some((method) => method.serviceFingerprint !== fingerprint)) {
    const message = `the methods of ${name} tell different fingerprints of it: generate its file anew`;
    throw new RpcError("invalid-argument", message, { executed: "no" });
  }
  const service: Service<Handlers> = {
    name,
    fingerprint,
    methods: new Map(methods.map((method) => [method.name, method])),
    handle: (implementation) => bind(service, implementation as object),
  };
  return Object.freeze(service);
}

function bind(service: Service<never>, implementation: object): ServiceBinding {
  if (typeof implementation !== "object" || implementation === null) {
    throw refused(service, "the implementation must be an instance of a class or an object of functions");
  }
  // None where it has no prototype.
  const maker: unknown = implementation.constructor;
  const ofClass = typeof maker === "function" ? classMarks(maker) : unmarked;
  if (ofClass.service !== undefined && ofClass.service !== service) {
    throw refused(service, `${implementation.constructor.name} is marked as @Service(${ofClass.service.name})`);
  }
  const marks = methodMarks(implementation);
  const stray = [...marks.keys()].filter((name) => !service.methods.has(name));
  if (stray.length > 0) throw refused(service, `decorators mark ${stray.join(", ")}, which the contract does not have`);

  const handlers = new Map<string, MethodBinding>();
  const missing: string[] = [];
  for (const method of service.methods.values()) {
    const handler: unknown = Reflect.get(implementation, method.name);
    if (typeof handler !== "function") {
      missing.push(method.name);
      continue;
    }
    handlers.set(method.path, {
      method,
      settings: { ...ofClass.settings, ...marks.get(method.name) },
      invoke: (args, context) => invoke(handler, implementation, args, context),
    });
  }
  if (missing.length > 0) throw refused(service, `the implementation lacks ${missing.join(", ")}`);
  return { service, handlers };
}

/** Without making a list of what most methods have one or two of. */
// eslint-disable-next-line typescript/no-unsafe-function-type
function invoke(handler: Function, self: object, args: readonly unknown[], context: CallContext): unknown {
  switch (args.length) {
    case 0:
      return handler.call(self, context);
    case 1:
      return handler.call(self, args[0], context);
    case 2:
      return handler.call(self, args[0], args[1], context);
    default:
      return Reflect.apply(handler, self, [...args, context]);
  }
}

function refused(service: Service<never>, why: string): RpcError {
  return new RpcError("invalid-argument", `${service.name}.handle: ${why}`, { executed: "no" });
}
