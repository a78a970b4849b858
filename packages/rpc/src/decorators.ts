// Optional decorators: they only mark a class and its methods; `service.handle(instance)` reads the marks. Each works
// as a standard decorator (TypeScript 5 and newer) and as a legacy one (`experimentalDecorators`).
import { isIdentityRule } from "./identity.js";
import { RpcError } from "./rpc-error.js";
import type { MethodSettings, Service as ServiceDescriptor } from "./service.js";
import { markClass, markMethod } from "./settings.js";

type Constructor = abstract new (...args: never[]) => object;
type AnyMethod = (...args: never[]) => unknown;

/** Marks a method, in both styles of decorators. */
export interface MethodDecoration {
  (method: AnyMethod, context: ClassMethodDecoratorContext): void;
  (prototype: object, name: string | symbol, descriptor: PropertyDescriptor): void;
}

/** Marks a class, in both styles of decorators. */
export interface ClassDecoration {
  (target: Constructor, context: ClassDecoratorContext): void;
  (target: Constructor): void;
}

/** Marks a class, for all its methods, or one method, which wins. */
export interface Decoration extends MethodDecoration {
  (target: Constructor, context: ClassDecoratorContext): void;
  (target: Constructor): void;
}

/** A contract as a value, as generated code exports it; the decorator of the same name takes one. */
export type Service<Handlers> = ServiceDescriptor<Handlers>;

/**
 * Says which contract a class serves: `handle` of any other refuses it.
 *
 * @example `@Service(ordersService) class OrderDesk implements OrdersHandlers { … }`
 */
export function Service<Handlers>(service: ServiceDescriptor<Handlers>): ClassDecoration {
  return (target: Constructor) => markClass(target, { service });
}

/**
 * Who may call, for a class or one method: SPIFFE ids (`spiffe://shop/checkout`, or `spiffe://shop/*` for all below) or
 * DNS names of the certificate (`dns:checkout.internal`), or roles of the server's option `roles` (`role:support`). Others get
 * `permission-denied`.
 */
export function Allow(...identities: readonly string[]): Decoration {
  for (const identity of identities) {
    if (!isIdentityRule(identity) && !/^role:./.test(identity)) {
      throw new RpcError(
        "invalid-argument",
        `@Allow(${JSON.stringify(identity)}): an identity begins with "spiffe://" or "dns:", a role with "role:"`,
      );
    }
  }
  return decorate({ allow: identities });
}

/** How many calls of a method may run at once in this server; more are refused with `resource-exhausted`. */
export function Limit({ concurrency }: { readonly concurrency: number }): Decoration {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RpcError("invalid-argument", `@Limit({ concurrency: ${concurrency} }): it must be a whole number from 1`);
  }
  return decorate({ concurrency });
}

/** The longest that a call may run here, in ms. A caller's shorter deadline wins. */
export function Timeout(timeoutMs: number): Decoration {
  if (!(timeoutMs > 0)) throw new RpcError("invalid-argument", `@Timeout(${timeoutMs}): it must be more than 0 ms`);
  return decorate({ timeoutMs });
}

function decorate(settings: MethodSettings): Decoration {
  return (target: object, second?: string | symbol | DecoratorContext): void => {
    if (second === undefined || (typeof second === "object" && second.kind === "class"))
      return markClass(target, { settings });
    if (typeof second !== "object") return markMethod(target, String(second), settings);
    if (second.kind !== "method" || second.static || second.private) {
      throw new RpcError("invalid-argument", `${String(second.name)} is not a public method: only those can be called`);
    }
    const { name } = second;
    // A standard decorator does not see its class: each instance is marked when it is made.
    second.addInitializer(function mark(this: unknown) {
      markMethod(this as object, String(name), settings);
    });
  };
}
