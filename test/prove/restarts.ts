// A server that is replaced again and again under load, on the same port: the old process drains, the new one listens. No call
// may fail for it.
import { setTimeout as after } from "node:timers/promises";
import { makeCertificates, type Certificates } from "../support/certificates.js";
import { Child } from "./child.js";
import type { Proof, Result } from "./proof.js";
import type { RestartServerOptions } from "./restart-server-process.js";
import type { ClientOptions, Doings } from "./soak-client-process.js";

const restarts = 20;
const graceMs = 10_000;
const clientCount = 3;
const calmMs = 500;
/** Those whose calls must go well; connections that are made only to be dropped need a server at that moment. */
const errands = [
  "unary",
  "large messages",
  "stream of the server",
  "stream that is left",
  "stream of the client",
  "stream both ways",
  "one-way",
  "cancel",
  "declared error",
];

export const proveRestarts = {
  about:
    `${restarts} restarts on one port while ${clientCount} clients make calls of every shape, some of which take seconds: the old process ` +
    `drains with a grace of ${graceMs / 1000} s, the new one listens as soon as the port is free`,
  async run(scale: number): Promise<readonly Result[]> {
    const certificates = await makeCertificates();
    try {
      return await restart(certificates, Math.ceil(restarts * scale));
    } finally {
      await certificates.remove();
    }
  },
} satisfies Proof;

async function restart(certificates: Certificates, count: number): Promise<readonly Result[]> {
  const start = async (port: number): Promise<Child> => {
    const options: RestartServerOptions = { tls: certificates.server, port, graceMs };
    const [child] = await Child.start("restart-server-process", [JSON.stringify(options)]);
    return child;
  };
  let server = await start(0);
  const port = await server.ask<number>("listen");
  const clients: Child[] = [];
  for (let seed = 1; seed <= clientCount; seed++) {
    const target = `tautline://localhost:${port}`;
    const options: ClientOptions = { target, tls: certificates.client, seed, lanes: 8, pauseMs: 50, errands };
    const [client] = await Child.start("soak-client-process", [JSON.stringify(options)]);
    clients.push(client);
  }
  const gaps: number[] = [];
  const drains: number[] = [];
  let open = 0;
  for (let round = 0; round < count; round++) {
    const next = await start(port);
    await after(calmMs);
    const toldAt = performance.now();
    open += await server.ask<number>("drain");
    await next.ask<number>("listen");
    gaps.push(performance.now() - toldAt);
    await server.ask("drained");
    drains.push(performance.now() - toldAt);
    await server.stop();
    server = next;
  }
  await after(calmMs);
  for (const client of clients) await client.ask("rest");
  const doings = await Promise.all(clients.map((client) => client.ask<Doings>("doings")));
  for (const client of clients) await client.ask("finish");
  await server.ask("drain");
  await Promise.all([server, ...clients].map((child) => child.stop()));
  return [failureResult(doings, count), drainResult({ gaps, drains, open })];
}

function failureResult(doings: readonly Doings[], count: number): Result {
  const done = doings.flatMap((one) => Object.values(one.done)).reduce((sum, each) => sum + each, 0);
  const failed = doings.reduce((sum, one) => sum + one.failed, 0);
  const cut = doings.reduce((sum, one) => sum + one.cutTalks, 0);
  const first = doings.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure;
  const longest = doings.toSorted((a, b) => b.longestMs - a.longestMs)[0];
  return {
    goal: `${count} restarts under load fail no call, and cut no stream that ends when it is asked to`,
    measured: `failed: ${failed === 0 ? "none" : `${failed}, the first: ${first}`}; streams cut: ${cut}; ${done} errands, the longest ${longest?.longestMs.toFixed(0)} ms (${longest?.longest})`,
    holds: failed === 0 && cut === 0 && done > 0,
  };
}

function drainResult({
  gaps,
  drains,
  open,
}: {
  readonly gaps: readonly number[];
  readonly drains: readonly number[];
  readonly open: number;
}): Result {
  const most = (values: readonly number[]): string => Math.max(...values).toFixed(0);
  return {
    goal: `the old process is done within its grace of ${graceMs} ms`,
    measured: `after ${most(drains)} ms at most; calls open when told, on average: ${(open / drains.length).toFixed(1)}; nobody listened for ${most(gaps)} ms at most`,
    holds: Math.max(...drains) < graceMs && open > 0,
  };
}
