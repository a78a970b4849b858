// The AbortSignal of a caller: anything of that shape, of another realm or another library as well. What it throws is its own.
import { RpcError } from "./rpc-error.js";

/** By its methods and not its class. @throws RpcError `invalid-argument` */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  // Whatever was given, and not only what the type says.
  const given: Partial<AbortSignal> | null = signal;
  if (
    typeof given?.addEventListener === "function" &&
    typeof given.removeEventListener === "function" &&
    typeof given.aborted === "boolean"
  )
    return;
  throw new RpcError("invalid-argument", "the option signal is not an AbortSignal", { executed: "no" });
}

/** Calls `listener` when it aborts. Returns how to stop listening, which never throws. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  signal.addEventListener("abort", listener, { once: true });
  return () => {
    try {
      signal.removeEventListener("abort", listener);
    } catch {
      // The call is over: it has its outcome.
    }
  };
}

/** Why it aborted. Never throws. */
export function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason;
  } catch {
    return undefined;
  }
}
