// Credentials of single calls: asked for before each call is sent, and sent as its metadata. A call waits for them as it
// waits for a connection: until its deadline, or until it is cancelled.
import { onAbort, reasonOf } from "./caller-signal.js";
import { longestTimerMs, now } from "./clock.js";
import { streamReply, type InterceptedCall, type Reply } from "./interceptor.js";
import { Metadata, type MetadataInit } from "./metadata.js";
import { RpcError } from "./rpc-error.js";
import type { Method } from "./service.js";
import { errorOf } from "./thrown.js";

/** For which call credentials are wanted. */
export interface CredentialsRequest {
  /** Where the channel leads, as `connect` was told. */
  readonly target: string;
  readonly method: Pick<Method, "service" | "name" | "path">;
  /** Aborts when the call is over before its credentials came. */
  readonly signal: AbortSignal;
}

/**
 * Gives the metadata that proves who calls, as `{ authorization: "Bearer …" }`; it wins over the caller's own keys. It is
 * asked at every call, so that it keeps a token for as long as that is good. What it throws fails the call with
 * `unauthenticated`, unless it is an RpcError.
 */
export type CredentialsProvider = (request: CredentialsRequest) => MetadataInit | Promise<MetadataInit>;

/** `next` behind credentials. Nothing of the call is sent before they are there. */
export function withCredentials(
  provider: CredentialsProvider,
  { target, signal }: { readonly target: string; readonly signal: AbortSignal | undefined },
  next: (call: InterceptedCall) => Reply,
): (call: InterceptedCall) => Reply {
  const prove = async (call: InterceptedCall): Promise<InterceptedCall> => {
    const given = await credentialsOf(provider, target, call, signal);
    const metadata = new Metadata(call.metadata);
    for (const [key, value] of given) metadata.set(key, value);
    return { ...call, metadata };
  };
  return (call) => {
    const { shape } = call.method;
    return shape === "server-stream" || shape === "bidi-stream"
      ? itemsOf(call, prove, next)
      : answerOf(call, prove, next);
  };
}

async function answerOf(
  call: InterceptedCall,
  prove: (call: InterceptedCall) => Promise<InterceptedCall>,
  next: (call: InterceptedCall) => Reply,
): Promise<unknown> {
  return next(await prove(call));
}

async function* itemsOf(
  call: InterceptedCall,
  prove: (call: InterceptedCall) => Promise<InterceptedCall>,
  next: (call: InterceptedCall) => Reply,
): AsyncGenerator {
  yield* streamReply(call.method, next(await prove(call)));
}

function credentialsOf(
  provider: CredentialsProvider,
  target: string,
  { method, deadline }: InterceptedCall,
  signal: AbortSignal | undefined,
): Promise<Metadata> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const giveUp = (error: RpcError): void => {
      leave();
      over.abort(error);
      reject(error);
    };
    const cancelled = (): void => {
      giveUp(new RpcError("cancelled", `${method.path} was cancelled`, { executed: "no", cause: reasonOf(signal) }));
    };
    const expired = (): void => {
      const message = `the deadline of ${method.path} passed before its credentials came`;
      giveUp(new RpcError("deadline-exceeded", message, { executed: "no" }));
    };
    const leftMs = deadline - now();
    const timer = leftMs < longestTimerMs ? setTimeout(expired, Math.max(0, leftMs)) : undefined;
    let leaveSignal: (() => void) | undefined;
    const leave = (): void => {
      clearTimeout(timer);
      leaveSignal?.();
    };
    if (signal?.aborted === true) return cancelled();
    if (signal !== undefined) leaveSignal = onAbort(signal, cancelled);
    // In a promise, so that what a provider throws at once is its rejection.
    void (async () => new Metadata(await provider({ target, method, signal: over.signal })))().then(
      (given) => {
        leave();
        resolve(given);
      },
      (cause: unknown) => {
        leave();
        const error = errorOf(cause);
        const message = `no credentials for ${method.path}: ${error.message}`;
        reject(error instanceof RpcError ? error : new RpcError("unauthenticated", message, { executed: "no", cause }));
      },
    );
  });
}
