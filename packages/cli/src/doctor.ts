// Examines a server as an operator would: looks at it in several ways, and tells what it saw. What that means is in
// doctor-findings.ts.
import { TransportError } from "@tautline/core";
import { loadProbe, probeTls, type Probe, type ProbeOptions, type ProbeVersion } from "@tautline/core/probe";
import { connect, type Channel } from "@tautline/rpc";
import { CommandError } from "./command-error.js";

export interface DoctorOptions {
  /** `host:port`, `[2001:db8::1]:port`, or a host alone for port 7443. */
  readonly target: string;
  /** The name to look for in the certificate. Default: the host. */
  readonly servername?: string | undefined;
  /** Paths of PEM files: whom to trust, and who we are. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** All that was seen. */
export interface Examination {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  /** Whether authorities were given; without, the public ones decide. */
  readonly hasAuthority: boolean;
  /** A client without a certificate, that offers our protocol. */
  readonly stranger: Probe;
  /** One that offers no protocol, and one that offers another. */
  readonly withoutAlpn: Probe | undefined;
  readonly otherAlpn: Probe | undefined;
  /** By version of TLS, and by group of the key exchange; undefined where this runtime cannot offer it. */
  readonly versions: ReadonlyMap<ProbeVersion, boolean>;
  readonly groups: ReadonlyMap<string, boolean | undefined>;
  /** A client with our certificate, where one was given. */
  readonly ours: Probe | undefined;
  /** The one that gets in, again with the session of its first connection. */
  readonly again: Probe | undefined;
  /** A real client: the server's name for itself and a round trip in ms, or why there is none. */
  readonly call: { readonly agent: string; readonly pingMs: number } | { readonly problem: string } | undefined;
}

export const ourAlpn = "tautline/1";
const versions: readonly ProbeVersion[] = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"];
const groups = ["X25519MLKEM768", "X25519", "prime256v1", "secp384r1"];

/** @throws CommandError for a target or a file that cannot be used */
export async function examine(options: DoctorOptions): Promise<Examination> {
  const { host, port } = parseTarget(options.target);
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new CommandError("--cert and --key belong together: give both, or neither.");
  }
  const servername = options.servername ?? host;
  const { ca, ...identity } = await loadFiles(options);
  const at: ProbeOptions = { host, port, servername, ca };
  const stranger = await probeTls({ ...at, alpn: [ourAlpn] });
  const base = { host, port, servername, hasAuthority: ca !== undefined, stranger, ...nothing };
  if (!stranger.reached) return base;
  const ours = identity.cert === undefined ? undefined : await probeTls({ ...at, ...identity, alpn: [ourAlpn] });
  // Whoever answers nothing answers nothing of the rest, each for as long.
  if (stranger.handshake === undefined && ours?.handshake === undefined) return { ...base, ours };
  const admitted = ours ?? stranger;
  const getsIn = admitted.end === "spoke";
  return {
    ...base,
    ours,
    withoutAlpn: await probeTls({ ...at, ...identity }),
    otherAlpn: await probeTls({ ...at, ...identity, alpn: ["h2"] }),
    versions: await inTurn(versions, async (version) => (await probeTls({ ...at, alpn: [ourAlpn], version })).agreed),
    groups: await inTurn(groups, async (group) => isTaken(await probeTls({ ...at, alpn: [ourAlpn], group }))),
    again: getsIn ? await probeTls({ ...at, ...identity, alpn: [ourAlpn], session: admitted.session }) : undefined,
    call: getsIn ? await tryCall(options, { host, port, servername }) : undefined,
  };
}

const nothing = {
  ...{ withoutAlpn: undefined, otherAlpn: undefined, ours: undefined, again: undefined, call: undefined },
  versions: new Map<ProbeVersion, boolean>(),
  groups: new Map<string, boolean | undefined>(),
};

/** Ours are looked at first: a key of another certificate would look like a server that refuses it. */
async function loadFiles({ ca, cert, key }: DoctorOptions): Promise<Pick<ProbeOptions, "ca" | "cert" | "key">> {
  try {
    return await loadProbe({ ca, cert, key });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw new CommandError(`--ca, --cert and --key are not what a client can use: ${error.message}`);
  }
}

/** One after the other: a server bounds the handshakes of one address. */
async function inTurn<Key, Value>(keys: readonly Key[], look: (key: Key) => Promise<Value>): Promise<Map<Key, Value>> {
  const seen = new Map<Key, Value>();
  for (const key of keys) seen.set(key, await look(key));
  return seen;
}

function isTaken({ reached, agreed }: Probe): boolean | undefined {
  return reached ? agreed : undefined;
}

async function tryCall(
  { ca, cert, key }: DoctorOptions,
  { host, port, servername }: { readonly host: string; readonly port: number; readonly servername: string },
): Promise<Examination["call"]> {
  const target = `tautline://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const tls = { ca, cert, key };
  let channel: Channel | undefined;
  try {
    channel = connect(target, { tls, servername, connectTimeoutMs: 5000, onTls: () => {} });
    const pingMs = await channel.ping();
    return { agent: channel.session?.agent ?? "", pingMs };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await channel?.close();
  }
}

function parseTarget(target: string): { host: string; port: number } {
  const match = /^(?:tautline:\/\/)?(?:\[([0-9A-Fa-f:.]+)\]|([^:/[\]\s]+))(?::([0-9]{1,5}))?\/?$/.exec(target);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 7443);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new CommandError(`"${target}" is no address: it is HOST:PORT, as orders.internal:7443.`);
  }
  return { host, port };
}
