// Connects to a depot with one of the identities in a folder of certificates, or with none.
import { join } from "node:path";
import { type Channel, connect, type Interceptor } from "@tautline/rpc";

/** How to connect. */
export interface DepotTarget {
  readonly port: number;
  /** The folder with `ca.pem`, and for each identity `<name>.pem` and `<name>-key.pem`. */
  readonly certificates: string;
  /** Who we are; undefined: nobody. */
  readonly identity: string | undefined;
  readonly interceptors?: readonly Interceptor[];
}

/** A channel to the depot on this machine. The caller closes it. */
export function connectDepot({ port, certificates, identity, interceptors = [] }: DepotTarget): Channel {
  const ca = join(certificates, "ca.pem");
  const ours =
    identity === undefined
      ? {}
      : { cert: join(certificates, `${identity}.pem`), key: join(certificates, `${identity}-key.pem`) };
  return connect(`tautline://localhost:${port}`, { tls: { ca, ...ours }, interceptors });
}
