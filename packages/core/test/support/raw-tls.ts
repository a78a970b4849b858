// A TLS client of node:tls alone, which resumes whatever session it is given: what an attacker's would do.
import * as tls from "node:tls";
import type { TlsOptions } from "../../dist/index.js";
import { alpn } from "./tls.js";

/** How one connection went, until its end. */
export interface RawVisit {
  readonly resumed: boolean;
  readonly text: string;
  /** The last ticket, to resume with. */
  readonly session: Buffer | undefined;
}

/** Connects, reads all that comes, and trusts any server. Never rejects: a refusal is an empty text. */
export function visitRaw(
  port: number,
  options: Pick<TlsOptions, "cert" | "key"> & { readonly session?: Buffer | undefined; readonly group?: string } = {},
): Promise<RawVisit> {
  const { group, session: resumed, cert, key } = options;
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: "127.0.0.1",
      port,
      ALPNProtocols: [alpn],
      rejectUnauthorized: false,
      ...(cert === undefined ? {} : { cert: String(cert) }),
      ...(key === undefined ? {} : { key: String(key) }),
      ...(resumed === undefined ? {} : { session: resumed }),
      ...(group === undefined ? {} : { ecdhCurve: group }),
    });
    let text = "";
    let session: Buffer | undefined;
    let reused = false;
    socket.on("secureConnect", () => (reused = socket.isSessionReused()));
    socket.on("session", (ticket: Buffer) => (session = ticket));
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve({ resumed: reused, text, session }));
  });
}
