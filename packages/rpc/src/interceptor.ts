// Code around calls, in one shape for both ends.
import type { CallContext } from "./context.js";
import type { Metadata } from "./metadata.js";
import type { Method } from "./service.js";

/** One call on its way to the peer (client) or to its handler (server). Pass a changed copy to `next` to change it. */
export interface InterceptedCall {
  readonly side: "client" | "server";
  readonly method: Method;
  /** The ordinary parameters. */
  readonly args: readonly unknown[];
  /** What the client streams, where it does. */
  readonly items: AsyncIterable<unknown> | undefined;
  /** What travels beside the arguments; a client's interceptor may set keys. */
  readonly metadata: Metadata;
  /** In ms since the epoch; Infinity: none. */
  readonly deadline: number;
  /** On the server; undefined on the client. */
  readonly context: CallContext | undefined;
}

/**
 * A promise of the result where the call has one answer; where the server streams, its items; a promise of nothing for
 * one-way calls.
 */
export type Reply = Promise<unknown> | AsyncIterable<unknown>;

/**
 * Sees a call and its reply; the first of a list is the outermost. It may fail the call by throwing or rejecting, answer in
 * its place, or call `next` and look at what comes back, which it returns in the same shape.
 */
export type Interceptor = (call: InterceptedCall, next: (call: InterceptedCall) => Reply) => Reply;

/** `last` with `interceptors` around it. */
export function intercept(
  interceptors: readonly Interceptor[],
  last: (call: InterceptedCall) => Reply,
): (call: InterceptedCall) => Reply {
  let next = last;
  for (const interceptor of interceptors.toReversed()) {
    const inner = next;
    next = (call) => interceptor(call, inner);
  }
  return next;
}

/** Whether a reply is a stream of items. */
export function isReplyStream(reply: Reply): reply is AsyncIterable<unknown> {
  return Symbol.asyncIterator in reply;
}
