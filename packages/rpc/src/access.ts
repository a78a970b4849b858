// Who may connect, and who may call what: @Allow, roles, the application's hook, and what holds where nothing is said. It
// decides; refusing is the dispatcher's. Whatever cannot be decided is refused.
import type { Peer } from "@tautline/core";
import { isAllowed, isIdentityRule, rolePrefix } from "./identity.js";
import type { Logger } from "./logger.js";
import { ownServiceName } from "./method-table.js";
import { checkFunction } from "./option-check.js";
import { RpcError } from "./rpc-error.js";
import type { Method, MethodBinding } from "./service.js";
import { errorOf } from "./thrown.js";

/** A caller, as far as its connection proves who it is. */
export interface Identity {
  readonly peer: Peer;
  /** Of its verified certificate; undefined without one, or where it has none. */
  readonly spiffeId: string | undefined;
  readonly dnsNames: readonly string[];
  /** The names of {@link AccessOptions.roles} that it has. */
  readonly roles: readonly string[];
}

/**
 * What `authorize` says: true and false hold for as long as the connection lives, or until `server.reauthorize()`; with
 * `forMs` it is asked again after that time, at every call where it is 0. Undefined: no opinion.
 */
export type AccessAnswer = boolean | undefined | { readonly allowed: boolean; readonly forMs: number };

/**
 * Decides about a connection (`method` is undefined then), and about each method that is called on it, `tautline/methods`
 * included. It answers at once, from memory. What it throws, and a promise, refuses.
 */
export type Authorize = (
  identity: Identity,
  method: Pick<Method, "service" | "name" | "path"> | undefined,
) => AccessAnswer;

export interface AccessOptions {
  /** The application's own rule, beside @Allow: both have to agree. Default: no opinion. */
  readonly authorize?: Authorize | undefined;
  /** Names for `@Allow("role:NAME")`, and whose they are: SPIFFE ids and DNS names as @Allow takes them. Default: none. */
  readonly roles?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Whether a method without @Allow is refused unless `authorize` says true; `tautline/methods` stays open to verified
   * callers. Default false: whoever is let in may call it.
   */
  readonly defaultDeny?: boolean | undefined;
}

/** The rules of one server. */
export class AccessRules {
  readonly authorize: Authorize | undefined;
  readonly defaultDeny: boolean;
  readonly #roles: ReadonlyMap<string, readonly string[]>;
  readonly #logger: Logger;

  /** @throws RpcError `invalid-argument` for a role that cannot be used, or one that a method names and nobody defines */
  constructor(options: AccessOptions, methods: Iterable<MethodBinding>, logger: Logger) {
    this.authorize = checkFunction("authorize", options.authorize);
    this.defaultDeny = options.defaultDeny ?? false;
    this.#roles = new Map(Object.entries(options.roles ?? {}));
    this.#logger = logger;
    checkRoles(this.#roles, methods);
  }

  identify(peer: Peer): Identity {
    const certificate = peer.tls?.certificate;
    const roles = [...this.#roles].filter(([, rules]) => isAllowed(peer, rules)).map(([role]) => role);
    return { peer, spiffeId: certificate?.spiffeId, dnsNames: certificate?.dnsNames ?? [], roles };
  }

  /** What `authorize` says; false where it fails to answer. */
  ask(identity: Identity, method: Method | undefined): AccessAnswer {
    try {
      const answer: unknown = this.authorize?.(identity, method);
      if (answer === undefined || typeof answer === "boolean") return answer;
      if (typeof answer === "object" && answer !== null && "allowed" in answer && "forMs" in answer) {
        return { allowed: answer.allowed === true, forMs: Number(answer.forMs) };
      }
      // Of a promise nobody awaits what it rejects with.
      if (answer instanceof Promise) answer.catch(() => {});
      throw new TypeError("it must answer true, false, undefined or { allowed, forMs }, and at once");
    } catch (thrown) {
      const fields = { peer: identity.peer.address, path: method?.path, err: errorOf(thrown) };
      this.#logger.error(fields, "the hook authorize failed: refused");
      return { allowed: false, forMs: 0 };
    }
  }
}

interface Decision {
  readonly allowed: boolean;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

/** What one caller may do. Each method is decided at its first call; a method without any rule costs one comparison. */
export class CallerAccess {
  readonly #rules: AccessRules;
  readonly #peer: Peer;
  // Made when somebody asks: most connections have neither a hook nor a rule.
  #identity: Identity | undefined;
  #decisions: Map<MethodBinding, Decision> | undefined;

  constructor(rules: AccessRules, peer: Peer) {
    this.#rules = rules;
    this.#peer = peer;
  }

  /** Whether it may connect at all: it may where nobody objects. */
  get isAdmitted(): boolean {
    if (this.#rules.authorize === undefined) return true;
    const answer = this.#rules.ask(this.#whoever(), undefined);
    return typeof answer === "object" ? answer.allowed : (answer ?? true);
  }

  mayCall(binding: MethodBinding): boolean {
    const { authorize, defaultDeny } = this.#rules;
    if (authorize === undefined && !defaultDeny && binding.settings.allow === undefined) return true;
    const known = this.#decisions?.get(binding);
    if (known !== undefined && performance.now() < known.until) return known.allowed;
    return this.#decide(binding);
  }

  /** Decides anew at the next call. */
  forget(): void {
    this.#decisions = undefined;
  }

  #whoever(): Identity {
    return (this.#identity ??= this.#rules.identify(this.#peer));
  }

  #decide(binding: MethodBinding): boolean {
    const { method, settings } = binding;
    const answer = this.#rules.ask(this.#whoever(), method);
    const hook = typeof answer === "object" ? answer.allowed : answer;
    const forMs = typeof answer === "object" ? answer.forMs : Infinity;
    const allowed = hook !== false && this.#isListed(method, settings.allow, hook);
    this.#decisions ??= new Map();
    if (forMs > 0) this.#decisions.set(binding, { allowed, until: performance.now() + forMs });
    else this.#decisions.delete(binding);
    return allowed;
  }

  #isListed(method: Method, allow: readonly string[] | undefined, hook: true | undefined): boolean {
    const { peer, roles } = this.#whoever();
    if (allow !== undefined) return isAllowed(peer, allow, roles);
    if (hook === true || !this.#rules.defaultDeny) return true;
    return method.service === ownServiceName && peer.tls?.certificate !== undefined;
  }
}

/** @throws RpcError `invalid-argument` for a role that cannot be used, or one that a method names and nobody defines */
export function checkRoles(
  roles: ReadonlyMap<string, readonly string[]>,
  methods: Iterable<Pick<MethodBinding, "method" | "settings">>,
): void {
  for (const [role, rules] of roles) {
    if (!Array.isArray(rules)) throw refused(`the role ${role} is no array of identities`);
    const wrong: unknown = rules.find((rule) => !isIdentityRule(rule));
    if (wrong !== undefined) throw refused(`the role ${role} names ${JSON.stringify(wrong)}: ${identityHint}`);
  }
  for (const { method, settings } of methods) {
    const unknown = settings.allow?.find(
      (rule) => rule.startsWith(rolePrefix) && !roles.has(rule.slice(rolePrefix.length)),
    );
    if (unknown !== undefined)
      throw refused(`${method.path} is allowed to ${unknown}, and the option roles has no such role`);
  }
}

const identityHint = 'an identity begins with "spiffe://" or "dns:"';

function refused(why: string): RpcError {
  return new RpcError("invalid-argument", why, { executed: "no" });
}
