// Code around calls, in one shape for both ends.
import type { CallContext } from "./context.js";
import type { Metadata } from "./metadata.js";
import { RpcError } from "./rpc-error.js";
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
 * its place, or call `next` and look at what comes back, which it returns in the same shape; an async function may return a
 * promise of a stream. The failure of a reply that it drops is told to nobody. What it waits for before `next` is its own to
 * bound by `call.deadline`.
 */
export type Interceptor = (call: InterceptedCall, next: (call: InterceptedCall) => Reply) => Reply;

/** What was given. @throws RpcError `invalid-argument` where one of it is no function */
export function checkInterceptors(given: readonly Interceptor[] = []): readonly Interceptor[] {
  const all: unknown = given;
  if (Array.isArray(all) && all.every((interceptor) => typeof interceptor === "function")) return given;
  throw new RpcError("invalid-argument", "the option interceptors must be an array of functions", { executed: "no" });
}

/** `last` with `interceptors` around it. */
export function intercept(
  interceptors: readonly Interceptor[],
  last: (call: InterceptedCall) => Reply,
): (call: InterceptedCall) => Reply {
  let next = last;
  for (const interceptor of interceptors.toReversed()) {
    const inner = attended(next);
    next = (call) => interceptor(call, inner);
  }
  return next;
}

/** Where an interceptor drops a reply, or looks at it later, its failing must not be the end of the process. */
function attended(next: (call: InterceptedCall) => Reply): (call: InterceptedCall) => Reply {
  return (call) => {
    const reply = next(call);
    if (reply instanceof Promise) reply.catch(ignore);
    return reply;
  };
}

function ignore(): void {}

/** Whether a reply is a stream of items. */
export function isReplyStream(reply: Reply): reply is AsyncIterable<unknown> {
  return Symbol.asyncIterator in reply;
}

/** What was given, where it is a stream. @throws what a Proxy throws */
export function asStream(given: unknown): AsyncIterable<unknown> | undefined {
  const isObject = typeof given === "object" && given !== null;
  return isObject && isReplyStream(given as Reply) ? (given as AsyncIterable<unknown>) : undefined;
}

/** What interceptors gave for a stream: it, or a promise of it. Anything else fails at the first item. */
export function streamReply(method: Method, given: unknown): AsyncIterable<unknown> {
  const stream = asStream(given);
  if (stream !== undefined) return stream;
  const promised = Promise.resolve(given);
  // Nobody may ever ask for an item.
  promised.catch(ignore);
  return promisedItems(method, promised);
}

async function* promisedItems({ path }: Method, promised: Promise<unknown>): AsyncGenerator {
  const stream = asStream(await promised);
  if (stream === undefined) throw new RpcError("internal", `an interceptor gave no AsyncIterable for ${path}`);
  yield* stream;
}
