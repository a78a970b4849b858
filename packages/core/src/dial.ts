// From a socket to an open connection, or to an error with nothing left behind: one time limit, one AbortSignal and one error
// listener over all stages.
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

/**
 * A first packet that is lost is sent again by the kernel after 1, 3 and 7 s: a new socket asks sooner, and finds a network that
 * works again within a second.
 */
const answerTimeoutMs = 2000;

export const ignoreError = (): void => {};

/** @throws TransportError as `explain` says, or `timeout`, `aborted`, `bad-option` */
export async function dial<S extends Socket, Opened>(how: Dial<S, Opened>): Promise<Opened> {
  const { target, timeoutMs = 10_000, signal } = how;
  if (timeoutMs !== Infinity) checkInteger("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  if (signal?.aborted === true) throw aborted(target, signal);

  return new Promise<Opened>((resolve, reject) => {
    let socket = how.start();
    let connected = false;
    let asking: NodeJS.Timeout | undefined;

    const fail = (error: unknown): void => {
      leave();
      drop(socket, () => reject(error));
    };
    const onConnect = (): void => {
      connected = true;
      clearTimeout(asking);
    };
    // Looking up a name has its own time, and is over now.
    const onAttempt = (): void => {
      clearTimeout(asking);
      asking = setTimeout(askAgain, answerTimeoutMs);
    };
    const askAgain = (): void => {
      unlisten();
      drop(socket);
      socket = how.start();
      listen();
    };
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
    const listen = (): void => {
      socket.on("error", onError).on("close", onClose).on("connectionAttempt", onAttempt);
      socket.on("connect", onConnect).on(how.readyEvent, onReady);
    };
    const unlisten = (): void => {
      socket.off("error", onError).off("close", onClose).off("connectionAttempt", onAttempt);
      socket.off("connect", onConnect).off(how.readyEvent, onReady);
    };
    const leave = (): void => {
      clearTimeout(timer);
      clearTimeout(asking);
      signal?.removeEventListener("abort", onAbort);
      unlisten();
    };
    listen();
    signal?.addEventListener("abort", onAbort);
  });
}

/** Destroys a socket whose errors matter no more; `gone` once nothing of it is left open. */
function drop(socket: Socket, gone: () => void = ignoreError): void {
  socket.on("error", ignoreError);
  if (socket.closed) gone();
  else socket.once("close", gone).destroy();
}

function aborted(target: string, signal: AbortSignal | undefined): TransportError {
  return new TransportError("aborted", `connecting to ${target} was given up by its signal`, { cause: signal?.reason });
}
