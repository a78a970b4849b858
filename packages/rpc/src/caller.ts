// What a generated client holds: the five shapes of call, and what a caller may say of one call.
import type { Metadata, MetadataInit } from "./metadata.js";
import type { Method } from "./service.js";

/** What a caller may say of one call. */
export interface CallOptions {
  /**
   * The call fails with `deadline-exceeded` after this long, in ms; connecting and waiting count. Default: the contract's
   * `@timeout`, else 30,000 for a call with one answer, none for streams. Infinity: none. Inside a handler the handler's own
   * deadline bounds it as well.
   */
  readonly timeoutMs?: number | undefined;
  /** The same as an instant, in ms since the epoch. The earlier of the two wins. */
  readonly deadline?: number | undefined;
  /** Cancels the call when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Sent beside the arguments. */
  readonly metadata?: MetadataInit | undefined;
  /** Fail at once where there is no connection and the next attempt to make one fails; default: wait until the deadline. */
  readonly failFast?: boolean | undefined;
  /** Called once, with the response's metadata, before its first message. */
  readonly onResponseMetadata?: ((metadata: Metadata) => void) | undefined;
  /** Called once, with the metadata of the call's end, before the call settles. */
  readonly onTrailers?: ((trailers: Metadata) => void) | undefined;
}

/** Makes calls. A channel is one; so is anything that wraps one. */
export interface Caller {
  unary<Result>(method: Method, args: readonly unknown[], options?: CallOptions): Promise<Result>;
  /** The call starts at the first `next()`; the iterable is single-use; leaving the loop cancels the call. */
  serverStream<Item>(method: Method, args: readonly unknown[], options?: CallOptions): AsyncIterable<Item>;
  clientStream<Result>(
    method: Method,
    args: readonly unknown[],
    items: AsyncIterable<unknown>,
    options?: CallOptions,
  ): Promise<Result>;
  bidiStream<Item>(
    method: Method,
    args: readonly unknown[],
    items: AsyncIterable<unknown>,
    options?: CallOptions,
  ): AsyncIterable<Item>;
  /** Settles when the call was handed to the connection within its window; nobody needs to await it. */
  oneWay(method: Method, args: readonly unknown[], options?: CallOptions): Promise<void>;
}
