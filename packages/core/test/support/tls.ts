// What tests over real TLS share: one authority, a server's and a client's certificate, and a listener on loopback.
import {
  lengthPrefixed,
  listenTls,
  type Refusal,
  type ServerTlsOptions,
  type TlsEvent,
  type TlsListener,
} from "../../dist/index.js";
import { makeAuthority } from "./certificates.js";

export const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });
export const alpn = "test/1";

export const authority = await makeAuthority();
export const serverLeaf = await authority.issue({ commonName: "server", dns: ["localhost"], ip: ["127.0.0.1"] });
export const clientLeaf = await authority.issue({ commonName: "client", uris: ["spiffe://test/client"] });

/** Options of both ends that go together. */
export const serverTls = { ca: authority.cert, ...serverLeaf };
export const clientTls = { ca: authority.cert, ...clientLeaf };

export interface TestListener {
  readonly listener: TlsListener<Uint8Array>;
  readonly port: number;
  /** Settles with the next refusal that nobody waited for yet. */
  nextRefusal(): Promise<Refusal>;
  readonly refusals: readonly Refusal[];
}

export async function listen(
  tls: ServerTlsOptions = serverTls,
  options: {
    readonly handshakeTimeoutMs?: number;
    readonly alpn?: string;
    readonly onTls?: (event: TlsEvent) => void;
  } = {},
): Promise<TestListener> {
  const refusals: Refusal[] = [];
  const waiting: ((refusal: Refusal) => void)[] = [];
  let taken = 0;
  const listener = await listenTls({
    host: "127.0.0.1",
    port: 0,
    tls,
    framing,
    alpn,
    ...options,
    onRefused: (refusal) => {
      refusals.push(refusal);
      const waiter = waiting.shift();
      if (waiter !== undefined) {
        taken++;
        waiter(refusal);
      }
    },
  });
  const nextRefusal = async (): Promise<Refusal> => {
    const refusal = refusals[taken];
    if (refusal === undefined) return new Promise((resolve) => waiting.push(resolve));
    taken++;
    return refusal;
  };
  return { listener, port: listener.address.port ?? 0, nextRefusal, refusals };
}
