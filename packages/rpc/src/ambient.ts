// The call that the running code serves, known to the calls that it makes: deadline, cancellation and trace go along
// without being passed. Entered only once a channel exists in this process, because AsyncLocalStorage makes every promise
// dearer on Node 20.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Metadata } from "./metadata.js";
import type { RpcError } from "./rpc-error.js";

/** What outgoing calls inherit. */
export interface AmbientCall {
  /** In ms since the epoch. */
  readonly deadline: number;
  readonly metadata: Metadata;
  /** Calls `listener` once when this call is cancelled, at once where it is already. Returns how to stop listening. */
  onCancel(listener: (reason: RpcError) => void): () => void;
}

let storage: AsyncLocalStorage<AmbientCall | undefined> | undefined;

/** From now on handlers run with their call as context. */
export function enableAmbient(): void {
  storage ??= new AsyncLocalStorage<AmbientCall | undefined>();
}

export function ambientCall(): AmbientCall | undefined {
  return storage?.getStore();
}

export function runInCall<T>(call: AmbientCall, run: () => T): T {
  return storage === undefined ? run() : storage.run(call, run);
}

/**
 * Runs `work` outside of the call that is being served: calls made there have only the deadline and the signal that they
 * are given, and go on when the handler is cancelled.
 */
export function detached<T>(work: () => T): T {
  return storage === undefined ? work() : storage.run(undefined, work);
}
