// From a socket that was just made to an open connection, or to an error with nothing left behind: one time limit, one
// AbortSignal and one error listener over all stages.
import type { Socket } from "node:net";
import { TransportError } from "./errors.js";
import { checkInteger } from "./option-check.js";

/** What bounds connecting. */
export interface ConnectOptions {
  /** Over all stages together (looking up the name, TCP, TLS), in ms: 1 to 2³¹−1, or Infinity. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Gives up when it aborts: the socket is destroyed and the promise rejects with `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** The keys of {@link ConnectOptions}, for those who check options. */
export const connectOptionKeys = ["timeoutMs", "signal"] as const;

/** What `dial` is to do. */
export interface Dial<S extends Socket, Opened> extends ConnectOptions {
  /** Where to, for messages. */
  readonly target: string;
  /** The event that says that the connection is ready. */
  readonly readyEvent: "connect" | "secureConnect";
  start(this: void): S;
  /** Says what an error means; `connected` is whether TCP had come about. */
  explain(this: void, error: Error, socket: S, connected: boolean): TransportError;
  /** Takes the socket over, in the turn of its event: nothing can be missed. What it throws ends the connection. */
  open(this: void, socket: S): Opened;
}

export const ignoreError = (): void => {};

/** @throws TransportError as `explain` says, or `timeout`, `aborted`, `bad-option` */
export async function dial<S extends Socket, Opened>(how: Dial<S, Opened>): Promise<Opened> {
  const { target, timeoutMs = 10_000, signal } = how;
  if (timeoutMs !== Infinity) checkInteger("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  if (signal?.aborted === true) throw aborted(target, signal);

  return new Promise<Opened>((resolve, reject) => {
    const socket = how.start();
    let connected = false;

    const fail = (error: unknown): void => {
      leave();
      socket.on("error", ignoreError);
      // Told once nothing is left open.
      if (socket.closed) reject(error);
      else socket.once("close", () => reject(error)).destroy();
    };
    const onConnect = (): void => void (connected = true);
    const onError = (error: Error): void => fail(how.explain(error, socket, connected));
    const onClose = (): void => onError(new Error("the connection closed before it was ready"));
    const onAbort = (): void => fail(aborted(target, signal));
    const onReady = (): void => {
      try {
        resolve(how.open(socket));
        leave();
      } catch (error) {
        fail(error);
      }
    };
    const onTimeout = (): void => {
      const stage = connected ? "TCP is connected, the handshake is not done" : "TCP is not connected";
      fail(new TransportError("timeout", `no connection to ${target} within timeoutMs (${timeoutMs} ms): ${stage}`));
    };
    const timer = timeoutMs === Infinity ? undefined : setTimeout(onTimeout, timeoutMs);
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off(how.readyEvent, onReady).off("error", onError).off("close", onClose);
    };

    socket.on("error", onError).on("close", onClose).on("connect", onConnect).on(how.readyEvent, onReady);
    signal?.addEventListener("abort", onAbort);
  });
}

function aborted(target: string, signal: AbortSignal | undefined): TransportError {
  return new TransportError("aborted", `connecting to ${target} was given up by its signal`, { cause: signal?.reason });
}
