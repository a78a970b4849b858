// What generated code is made of: descriptors of methods and services. Plain data and pure functions; no connection is
// known here, and nothing is registered anywhere.
import type { CallContext } from "./context.js";
import type { MsgpackReader } from "./msgpack-reader.js";
import type { MsgpackWriter } from "./msgpack-writer.js";
import type { DeclaredError, DeclaredErrorOptions } from "./rpc-error.js";

/** The five kinds of call. All run on one stream machine; the shape says which sides send how many messages. */
export type CallShape = "unary" | "server-stream" | "client-stream" | "bidi-stream" | "one-way";

/** How one type of a contract crosses the wire, checked while it is written or read; the writer and the reader know in which form. */
export interface PayloadType<T> {
  /** @throws PayloadError where the value is not of its type (an invalid Date, a `__proto__` key) */
  write(this: void, to: MsgpackWriter, value: T): void;
  /**
   * @throws PayloadError naming every place that is wrong, what was expected there and the kind of what came, never the value
   * @throws MalformedValue where the bytes are no msgpack, or beyond the bounds
   */
  read(this: void, from: MsgpackReader): T;
}

/** A declared error: what the class that codegen emits for `@throws {Name}` offers, besides being a constructor. */
export interface DeclaredErrorType<Fields = never> {
  new (fields: Fields, options?: DeclaredErrorOptions): DeclaredError;
  /** Its name on the wire: the interface's. */
  readonly declaredName: string;
  readonly fields: PayloadType<Fields>;
}

/** One method of a contract. */
export interface Method {
  /** The service's name on the wire. */
  readonly service: string;
  readonly name: string;
  /** `service/name`: what OPEN carries (PROTOCOL.md §6.1). */
  readonly path: string;
  readonly shape: CallShape;
  /** How many parameters are declared, without the stream and without the context. */
  readonly parameters: number;
  /** The ordinary parameters, as one array. */
  readonly request: PayloadType<readonly unknown[]>;
  /** What the client streams; undefined for shapes without a client stream. */
  readonly requestItem: PayloadType<unknown> | undefined;
  /** The result, or one item of the server's stream; undefined for one-way. */
  readonly response: PayloadType<unknown> | undefined;
  /** In the order of the contract. */
  readonly errors: readonly DeclaredErrorType[];
  /** `@timeout` of the contract, in ms: the default for callers of this method. */
  readonly timeoutMs: number | undefined;
  /** `@idempotent` or `@readonly`: may run twice without harm. */
  readonly idempotent: boolean;
  /**
   * What the method carries, as 32 hex digits: the first half of what the client sends, the second of what it gets. Ends
   * with equal fingerprints use the positional form. Absent: the named form only.
   */
  readonly fingerprint?: string | undefined;
  /** That of its service, as 16 hex digits; there where `fingerprint` is. */
  readonly serviceFingerprint?: string | undefined;
}

/** A contract as a value: what generated code exports as `ordersService`. */
export interface Service<Handlers> {
  readonly name: string;
  /** By name on the contract; a Map, so that `constructor` is not a method. */
  readonly methods: ReadonlyMap<string, Method>;
  /** Of the names and fingerprints of all methods, as 16 hex digits; absent where a method has none. */
  readonly fingerprint?: string | undefined;
  /**
   * Binds an implementation: an instance of a class, or an object of functions. What a decorator said of the class is
   * read here. Only the methods of the contract can be reached through it.
   *
   * @throws RpcError `invalid-argument` naming each method of the contract that `implementation` lacks, or each marked one
   *   that the contract lacks
   */
  handle(implementation: Handlers): ServiceBinding;
}

/** A service with its implementation: what `serve` takes. */
export interface ServiceBinding {
  readonly service: Service<never>;
  readonly handlers: ReadonlyMap<string, MethodBinding>;
}

/** One method with its handler and its settings. */
export interface MethodBinding {
  readonly method: Method;
  /** Takes exactly the declared parameters, the client's stream where there is one, and the context. */
  readonly invoke: (args: readonly unknown[], context: CallContext) => unknown;
  readonly settings: MethodSettings;
}

/** What a decorator can say of a method, or of a whole class for all its methods. */
export interface MethodSettings {
  /** The longest that a call may run here, in ms; a caller's shorter deadline wins. */
  readonly timeoutMs?: number;
  /** How many calls of this method may run at once in this server; more are refused with `resource-exhausted`. */
  readonly concurrency?: number;
  /**
   * Who may call: SPIFFE ids, DNS names as `dns:orders.internal`, or roles as `role:support`. Absent: every peer that may
   * connect, unless the server's option `defaultDeny` says otherwise.
   */
  readonly allow?: readonly string[];
}
