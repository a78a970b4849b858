// The names of options, so that one that nobody reads is refused: a misspelt `defaultDeny` would open what it was to close. It
// knows no values.
import { RpcError } from "./rpc-error.js";

const ofBoth = {
  ...{ tls: true, insecure: true, onTls: true, limits: true, interceptors: true },
  ...{ keepaliveMs: true, idleKeepaliveMs: true, keepaliveTimeoutMs: true, stallTimeoutMs: true },
  ...{ maxConnectionAgeMs: true, maxConnectionIdleMs: true },
};

/** Those of `serve`. */
export const serveOptions = {
  ...{ services: true, port: true, host: true, path: true, authorize: true, roles: true, defaultDeny: true },
  ...{ overload: true, logger: true, handshakeTimeoutMs: true },
  ...ofBoth,
};

/** Those of `connect`. */
export const connectOptions = {
  ...{ servername: true, credentials: true, connectTimeoutMs: true, timeoutMs: true, maxWaitingCalls: true },
  ...ofBoth,
};

type KeysOf<Options> = Options extends unknown ? keyof Options : never;

const elsewhere: Readonly<Record<string, string>> = {
  rejectUnauthorized: "verification cannot be turned off; to trust a private authority, pass it as tls.ca",
  requestCert: 'say tls.clientCertificate: "required" or "none"',
  ca: "it stands in tls",
  cert: "it stands in tls",
  key: "it stands in tls",
};

/**
 * Refuses what nobody reads, and TLS that would not be used.
 *
 * @param known has to have all that the type of the options has
 * @throws RpcError `invalid-argument` naming the option
 */
export function checkKnown<Options extends object>(
  of: "serve" | "connect",
  options: Options,
  known: Readonly<Record<KeysOf<Options>, boolean>>,
): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    const hint = Object.hasOwn(elsewhere, unknown) ? elsewhere[unknown] : `there are ${Object.keys(known).join(", ")}`;
    throw refused(`${of} has no option ${unknown.slice(0, 100)}: ${hint}`);
  }
  const { insecure, tls }: { readonly insecure?: unknown; readonly tls?: unknown } = options;
  if (insecure !== undefined && insecure !== true)
    throw refused("the option insecure is true, or left out: there is TLS without it");
  if (insecure === true && tls !== undefined)
    throw refused("the options tls and insecure: true exclude each other: with insecure nothing is encrypted");
}

function refused(why: string): RpcError {
  return new RpcError("invalid-argument", why, { executed: "no" });
}
