// Each attack in turn against a default server in a process of its own, over TLS with a certificate that it trusts. Beside it a client
// that keeps the rules makes one small call after the other: its times are what an attack does to others. No process is attacked twice:
// memory that one attack has left would hide what the next one takes.
import { setTimeout as after } from "node:timers/promises";
import { makeCertificates, type Certificates } from "../support/certificates.js";
import { attacks, type Attack } from "./attack-list.js";
import type { AttackedState } from "./attacked-process.js";
import type { Site } from "./attacker.js";
import { Child } from "./child.js";
import { HostileServer, type Faces, type Trouble } from "./hostile-server.js";
import type { Proof, Result } from "./proof.js";
import type { Service } from "./steady-calls.js";
import { troubles } from "./trouble-list.js";
import type { Settled } from "./victim-process.js";

const mebibyte = 2 ** 20;
const limits = { p99Ms: 50, maxMs: 250, peakBytes: 128 * mebibyte, keptBytes: 64 * mebibyte } as const;
/** An attack that is over at once is looked at for as long. */
const leastMs = 1_500;
/** How long a server makes trouble. */
const troubleMs = 3_000;
/** Connections that a client may make in that time to a server that ends each of them. */
const mostConnections = 40;
/** After it, until what it took must have been given back. */
const restMs = 3_000;
/** Before it, calls of the other client alone. */
const warmMs = 1_000;

export const proveAttacks = {
  about:
    `${attacks.length} attacks, each against a default server with another client beside it: every connection ends with a ` +
    `reason or is served, p99 of the other client ≤ ${limits.p99Ms} ms and maximum ≤ ${limits.maxMs} ms, memory ` +
    `≤ ${limits.peakBytes / mebibyte} MiB more at the peak and ≤ ${limits.keptBytes / mebibyte} MiB after 3 s. And ` +
    `${troubles.length} hostile servers against a default client, which calls another server beside: the same, every call ` +
    `settles, and at most ${mostConnections} connections in ${troubleMs / 1000} s`,
  async run(scale) {
    const [certificates, foreign] = await Promise.all([makeCertificates(), makeCertificates()]);
    const results: Result[] = [];
    try {
      for (const attack of attacks.slice(0, Math.ceil(attacks.length * scale))) {
        results.push(await withServer(certificates, (server, port) => besiege(attack, server, { port, certificates })));
      }
      const kinds = troubles.slice(0, Math.ceil(troubles.length * scale));
      const faces = { own: certificates, foreign };
      results.push(...(await withServer(certificates, (_, port) => endureAll(kinds, port, faces))));
      return results;
    } finally {
      await Promise.all([certificates.remove(), foreign.remove()]);
    }
  },
} satisfies Proof;

async function withServer<T>(
  { server: { ca, cert, key } }: Certificates,
  use: (server: Child, port: number) => Promise<T>,
): Promise<T> {
  const [server, { port }] = await Child.start<{ port: number }>("server-process", [ca, cert, key]);
  try {
    return await use(server, port);
  } finally {
    await server.stop();
  }
}

/** A server with two clients, of whom one is the attacker. */
async function besiege(attack: Attack, server: Child, site: Site): Promise<Result> {
  const { ca, cert, key } = site.certificates.client;
  const [client] = await Child.start("client-process", [`tautline://localhost:${site.port}`, ca, cert, key]);
  try {
    return await survive(attack.name, server, client, () => attack.run(site));
  } finally {
    await client.stop();
  }
}

/** A client between the server at `port` and one that makes trouble; another client for each kind of it. */
async function endureAll(kinds: readonly Trouble[], port: number, faces: Faces): Promise<Result[]> {
  const hostile = await HostileServer.listen(faces);
  const { ca, cert, key } = faces.own.client;
  const targets = [port, hostile.port].map((each) => `tautline://localhost:${each}`);
  const results: Result[] = [];
  try {
    for (const trouble of kinds) {
      const [victim] = await Child.start("victim-process", [...targets, ca, cert, key]);
      try {
        const make = (): Promise<readonly string[]> => makeTrouble(trouble, hostile, victim);
        results.push(await survive(`a server that ${trouble.name}`, victim, victim, make));
      } finally {
        await victim.stop();
      }
    }
    return results;
  } finally {
    await hostile.close();
  }
}

/** @returns how the connections and the calls ended */
async function makeTrouble(trouble: Trouble, hostile: HostileServer, victim: Child): Promise<readonly string[]> {
  hostile.begin(trouble);
  await victim.ask("begin");
  await after(troubleMs);
  const { outcomes, hanging, uncaught } = await victim.ask<Settled>("finish");
  const ends = await hostile.finish();
  const calls = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const others = Object.keys(outcomes).filter((outcome) => outcome !== (trouble.outcome ?? outcome));
  return [
    ...ends,
    `calls: ${calls.join(", ")}`,
    ...(ends.length > mostConnections ? [`failed to back off: ${ends.length} connections`] : []),
    ...(others.length > 0 ? [`calls failed to end as ${trouble.outcome}`] : []),
    ...(hanging > 0 ? [`${hanging} calls or channels failed to settle`] : []),
    ...uncaught.map((error) => `failed, and nobody caught it: ${error}`),
  ];
}

/** @param server who is attacked, and `client` who must be served all the same; both may be one process */
async function survive(
  name: string,
  server: Child,
  client: Child,
  attack: () => Promise<readonly string[]>,
): Promise<Result> {
  await after(warmMs);
  const before = await server.ask<AttackedState>("state");
  // A collection was part of the answer: what it held up is not the attack's.
  await after(200);
  await client.ask<Service>("report");
  await server.ask<number>("longestTurnMs");
  let peak = before.rssBytes;
  const over = new AbortController();
  const watching = (async () => {
    for (; !over.signal.aborted; await after(50)) peak = Math.max(peak, await server.ask<number>("rss"));
  })();
  const ends = await Promise.all([attack(), after(leastMs)]).then(
    ([all]) => all,
    (error: unknown) => [`the attack failed: ${String(error)}`],
  );
  over.abort();
  await watching;
  const service = await client.ask<Service>("report");
  const turn = `longest turn ${(await server.ask<number>("longestTurnMs")).toFixed(0)} ms`;
  await after(restMs);
  const now = await server.ask<AttackedState>("state");
  const peakBytes = peak - before.rssBytes;
  const keptBytes = now.liveBytes - before.liveBytes;
  const faults = [
    service.failed > 0 && `${service.failed} calls of the other client failed`,
    service.calls === 0 && "the other client was not served",
    service.p99Ms > limits.p99Ms && "p99",
    service.maxMs > limits.maxMs && "maximum",
    peakBytes > limits.peakBytes && "memory at the peak",
    keptBytes > limits.keptBytes && "memory kept",
    now.connections > 1 && `${now.connections - 1} connections left`,
    now.calls > 1 && `${now.calls} calls left`,
    ends.some((end) => /without a reason|still open|failed(?!-)/.test(end)) && "an end without a reason",
  ].filter((fault) => fault !== false);
  const times = `p50 ${service.p50Ms.toFixed(1)}, p99 ${service.p99Ms.toFixed(1)}, max ${service.maxMs.toFixed(0)} ms`;
  const memory = `${mebibytes(peakBytes)} MiB at the peak, ${mebibytes(keptBytes)} kept`;
  const missed = faults.length === 0 ? "" : `; missed: ${faults.join(", ")}`;
  return {
    goal: name,
    measured: `${counted(ends)}; ${times}; ${turn}; ${memory}${missed}`,
    holds: faults.length === 0,
  };
}

/** How the connections ended, and how many so. */
function counted(ends: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts].map(([end, count]) => (count === 1 ? end : `${end} (${count})`)).join(", ");
}

function mebibytes(bytes: number): string {
  return `${bytes < 0 ? "−" : "+"}${(Math.abs(bytes) / mebibyte).toFixed(0)}`;
}
