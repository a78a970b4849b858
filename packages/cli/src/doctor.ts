// Examines a server as an operator would: looks at it in several ways, and tells what it saw. What that means is in
// doctor-findings.ts.
import { readFile } from "node:fs/promises";
import { connect, type Channel } from "@tautline/rpc";
import { probeTls, type Probe, type ProbeOptions, type ProbeVersion } from "@tautline/core/probe";
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
  const ca = options.ca === undefined ? undefined : await readFile(options.ca, "utf8");
  const at: ProbeOptions = { host, port, servername, ca };
  const stranger = await probeTls({ ...at, alpn: [ourAlpn] });
  const base = { host, port, servername, hasAuthority: ca !== undefined, stranger };
  if (!stranger.reached) {
    return { ...base, ...nothing, versions: new Map(), groups: new Map() };
  }
  const identity =
    options.cert === undefined || options.key === undefined
      ? {}
      : { cert: await readFile(options.cert, "utf8"), key: await readFile(options.key, "utf8") };
  const ours = options.cert === undefined ? undefined : await probeTls({ ...at, ...identity, alpn: [ourAlpn] });
  const admitted = ours ?? stranger;
  const getsIn = admitted.end === "spoke";
  return {
    ...base,
    ours,
    withoutAlpn: await probeTls({ ...at, ...identity }),
    otherAlpn: await probeTls({ ...at, ...identity, alpn: ["h2"] }),
    versions: await inTurn(versions, async (version) => isSpoken(await probeTls({ ...at, alpn: [ourAlpn], version }))),
    groups: await inTurn(groups, async (group) => isTaken(await probeTls({ ...at, alpn: [ourAlpn], group }))),
    again: getsIn ? await probeTls({ ...at, ...identity, alpn: [ourAlpn], session: admitted.session }) : undefined,
    call: getsIn ? await tryCall(options, { host, port, servername }) : undefined,
  };
}

const nothing = { withoutAlpn: undefined, otherAlpn: undefined, ours: undefined, again: undefined, call: undefined };

/** One after the other: a server bounds the handshakes of one address. */
async function inTurn<Key, Value>(keys: readonly Key[], look: (key: Key) => Promise<Value>): Promise<Map<Key, Value>> {
  const seen = new Map<Key, Value>();
  for (const key of keys) seen.set(key, await look(key));
  return seen;
}

/** A server that speaks a version may still refuse a client without a certificate in it. */
function isSpoken({ handshake, error = "" }: Probe): boolean {
  return handshake !== undefined || /CERTIFICATE/.test(error);
}

function isTaken(probe: Probe): boolean | undefined {
  return probe.reached ? isSpoken(probe) : undefined;
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
