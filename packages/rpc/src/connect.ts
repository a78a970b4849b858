// From a target and options to a channel: where it leads, and how a connection there is made.
import { connectSocket, connectTls, reloadTls, type TlsEvent, type TlsOptions } from "@tautline/core";
import { Channel, type ChannelOptions } from "./channel.js";
import type { Dial } from "./connector.js";
import { alpn, partedFraming } from "./framing.js";
import { checkKnown, connectOptions } from "./known-options.js";
import { checkLimits } from "./limits.js";
import { RpcError } from "./rpc-error.js";
import { checkStall, type StallOptions } from "./stall.js";
import { tlsReporter } from "./tls-report.js";
import { isNarrowed, type NarrowedTrust } from "./trust-change.js";

/** Over TLS, to `tautline://host[:port]`. */
export interface TlsConnectOptions extends ChannelOptions, StallOptions {
  /** Whom to trust and who we are. Default: the public authorities, and no certificate of ours. */
  readonly tls?: TlsOptions | undefined;
  /** The name that the server's certificate must have, where it is not the target's host. */
  readonly servername?: string | undefined;
  /**
   * Told of certificates of ours that were reloaded, could not be, or expire; must not throw. Default: what needs attention
   * is a warning of the process. The diagnostics channel `tautline:rpc:tls` has all of it as well.
   */
  readonly onTls?: ((event: TlsEvent) => void) | undefined;
  readonly insecure?: undefined;
}

/** Without TLS, to `tcp://host:port` or `unix:/path`: nothing is encrypted and nobody is verified. */
export interface InsecureConnectOptions extends ChannelOptions, StallOptions {
  readonly insecure: true;
  readonly tls?: undefined;
  readonly credentials?: undefined;
}

export type ConnectOptions = TlsConnectOptions | InsecureConnectOptions;

/** The port of a target that names none. */
export const defaultPort = 7443;

/**
 * A channel to one server. Nothing is connected before the first call, or `ready()`.
 *
 * @throws RpcError `invalid-argument` for a target that is none, or options that do not fit it
 */
export function connect(target: string, options: ConnectOptions = {}): Channel {
  checkKnown("connect", options, connectOptions);
  return new Channel(dialOf(target, options), target, options);
}

function dialOf(target: string, options: ConnectOptions): Dial {
  if (typeof target !== "string") throw refused(String(target), "it must be a text");
  const framing = partedFraming(checkLimits(options.limits ?? {}));
  const stallTimeoutMs = checkStall(options);
  const insecure = options.insecure === true;
  if (insecure && options.credentials !== undefined)
    throw refused(target, "credentials need TLS: on an insecure transport everybody could read and use them");
  // Waiting is bounded by the channel's one limit, through the signal.
  const timeoutMs = Infinity;
  if (target.startsWith("unix:")) {
    const path = target.slice("unix:".length);
    if (!insecure) throw refused(target, "a Unix socket has no TLS: say insecure: true");
    if (path === "") throw refused(target, "the path is missing: unix:/run/orders.sock");
    return (signal) => connectSocket({ path, framing, stallTimeoutMs, insecure: true, signal, timeoutMs });
  }
  const { protocol, host, port } = parse(target);
  if (protocol === "tcp:") {
    if (!insecure) throw refused(target, "tcp:// has no TLS: say insecure: true, or use tautline://");
    return (signal) => connectSocket({ host, port, framing, stallTimeoutMs, insecure: true, signal, timeoutMs });
  }
  if (insecure) throw refused(target, "insecure: true goes with tcp:// or unix:, tautline:// is always TLS");
  const { servername, onTls } = options;
  let tls = options.tls;
  const tell = tlsReporter({ side: "client", where: () => target, logger: undefined, onTls });
  let narrowed: ((change: NarrowedTrust) => void) | undefined;
  const report = (event: TlsEvent): void => {
    tell(event);
    if (isNarrowed(event)) narrowed?.(event);
  };
  const dial = (signal: AbortSignal) =>
    connectTls({ host, port, framing, stallTimeoutMs, alpn, tls, servername, signal, timeoutMs, onTls: report });
  const reload = async (next: TlsOptions | undefined): Promise<void> => {
    const wanted = next ?? tls;
    if (wanted === undefined) return;
    const change = await reloadTls(wanted, tls);
    tls = wanted;
    if (change !== undefined) report(change);
  };
  return Object.assign(dial, {
    reloadTls: reload,
    watchTrust: (watcher: (change: NarrowedTrust) => void) => void (narrowed = watcher),
  });
}

function parse(target: string): { protocol: string; host: string; port: number } {
  let url: URL;
  try {
    url = new URL(target);
  } catch {
    throw refused(target, "it must be like tautline://host:7443");
  }
  if (url.protocol !== "tautline:" && url.protocol !== "tcp:")
    throw refused(target, "it must begin with tautline://, tcp:// or unix:");
  if (
    url.hostname === "" ||
    url.username !== "" ||
    url.search !== "" ||
    url.hash !== "" ||
    (url.pathname !== "" && url.pathname !== "/")
  ) {
    throw refused(target, "it must have a host, and nothing behind the port");
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { protocol: url.protocol, host, port: url.port === "" ? defaultPort : Number(url.port) };
}

function refused(target: string, why: string): RpcError {
  return new RpcError("invalid-argument", `cannot connect to ${JSON.stringify(target)}: ${why}`, { executed: "no" });
}
