// A client and a server on hosts of their own, and everything that networks and processes do to them: what calls, streams,
// connections and memory make of it.
import { setTimeout as after } from "node:timers/promises";
import type { Panel } from "../bench/chart/draw.js";
import { makeCertificates, type Certificates } from "../support/certificates.js";
import { Child } from "./child.js";
import type { ClientReport, NetworkClientOptions, Settled } from "./network-client-process.js";
import type { NetworkServerOptions, NetworkServerState } from "./network-server-process.js";
import type { Proof, Result } from "./proof.js";
import type { SelfSample } from "./self-sample.js";
import { addresses, Wire } from "./wire.js";

const port = 7443;
const load = { everyMs: 50, timeoutMs: 1000, patientEvery: 10 } as const;
const goals = { lateMs: 50, backMs: 2000, lostMs: 30_000, keptBytes: 8 * 2 ** 20 } as const;
const outageMs = 10_000;
/** What is watched before a trouble begins, and once it is over. */
const calmMs = 2000;
const afterwardsMs = 5000;

/** Who is there, and where. */
class Site {
  readonly wire: Wire;
  readonly #certificates: Certificates;
  server!: Child;
  client!: Child;
  /** Since the server was started; the one before it took its own with it. */
  repeated = 0;

  constructor(wire: Wire, certificates: Certificates) {
    this.wire = wire;
    this.#certificates = certificates;
  }

  async startServer(): Promise<void> {
    const options: NetworkServerOptions = { host: addresses.b, port, tls: this.#certificates.server };
    const namespace = this.wire.namespaces.b;
    [this.server] = await Child.start("network-server-process", [JSON.stringify(options)], { namespace });
  }

  async startClient(name: string): Promise<Child> {
    const tls = this.#certificates.client;
    const options: NetworkClientOptions = { ...load, target: `tautline://${addresses.b}:${port}`, tls, name };
    const namespace = this.wire.namespaces.a;
    const [client] = await Child.start("network-client-process", [JSON.stringify(options)], { namespace });
    return client;
  }

  state(): Promise<NetworkServerState> {
    return this.server.ask("state");
  }
}

/** Something goes wrong, and may become well again. */
interface Trouble {
  readonly name: string;
  /** How long it lasts, where it ends by itself. */
  readonly lastsMs: number;
  begin(site: Site): Promise<void>;
  end(site: Site): Promise<void>;
  /** Calls go on meanwhile: it is no outage. */
  readonly isBearable?: boolean;
}

const heal = ({ wire }: Site): Promise<void> => wire.set({});

const troubles: readonly Trouble[] = [
  {
    name: "30 ms of delay each way, 2 % loss, 5 % out of order, 250 kB/s",
    lastsMs: outageMs,
    isBearable: true,
    begin: ({ wire }) => wire.set({ delayMs: 30, loss: 0.02, reorder: 0.05, bytesPerSecond: 250_000 }),
    end: heal,
  },
  { name: "cut both ways", lastsMs: outageMs, begin: ({ wire }) => wire.set({ cut: "both" }), end: heal },
  { name: "cut both ways, 3 s", lastsMs: 3000, begin: ({ wire }) => wire.set({ cut: "both" }), end: heal },
  { name: "cut towards the server", lastsMs: outageMs, begin: ({ wire }) => wire.set({ cut: "ab" }), end: heal },
  { name: "cut towards the client", lastsMs: outageMs, begin: ({ wire }) => wire.set({ cut: "ba" }), end: heal },
  {
    name: "the client's link is down",
    lastsMs: outageMs,
    begin: ({ wire }) => wire.link("down"),
    end: ({ wire }) => wire.link("up"),
  },
  {
    name: "the server is frozen (SIGSTOP)",
    lastsMs: outageMs,
    begin: async ({ server }) => server.signal("SIGSTOP"),
    end: async ({ server }) => server.signal("SIGCONT"),
  },
  {
    name: "the server is killed (SIGKILL), and started again",
    lastsMs: 3000,
    begin: ({ server }) => server.kill(),
    end: (site) => site.startServer(),
  },
  {
    name: "the server is killed behind a cut, so that its end is not heard",
    lastsMs: outageMs,
    begin: async ({ wire, server }) => {
      await wire.set({ cut: "both" });
      await server.kill();
    },
    end: async (site) => {
      await site.startServer();
      await site.wire.set({});
    },
  },
];

export const proveNetworks = {
  about:
    `two hosts in network namespaces, a call every ${load.everyMs} ms with a deadline of ${load.timeoutMs} ms (one in ${load.patientEvery} with the ` +
    `default of 30 s) and streams, default options on both ends; each call settles ≤ ${goals.lateMs} ms behind a plain timer that was set with its deadline, runs at ` +
    `most once, and calls succeed again ≤ ${goals.backMs} ms after an outage`,
  async run(scale: number) {
    const wire = await Wire.lay();
    const certificates = await makeCertificates();
    const site = new Site(wire, certificates);
    const results: Result[] = [];
    const panels: Panel[] = [];
    try {
      await site.startServer();
      site.client = await site.startClient("client");
      const before = await site.client.ask<SelfSample>("sample");
      await site.client.ask("go");
      for (const trouble of troubles.slice(0, Math.ceil(troubles.length * scale))) {
        const { result, panel } = await survive(trouble, site);
        console.error(`networks: ${result.goal}: ${result.measured}`);
        results.push(result);
        panels.push(panel);
      }
      if (scale >= 1) results.push(await findLostServer(site), await findLostClient(site));
      results.push(...(await leave(site, before)));
      return { results, panels };
    } finally {
      await certificates.remove();
      await wire.remove();
    }
  },
} satisfies Proof;

async function survive(trouble: Trouble, site: Site): Promise<{ readonly result: Result; readonly panel: Panel }> {
  const { name, lastsMs, isBearable = false } = trouble;
  await site.client.ask<ClientReport>("report");
  await site.client.ask("stream");
  await after(calmMs);
  const beganAt = Date.now();
  await trouble.begin(site);
  await after(lastsMs);
  const endingAt = Date.now();
  await trouble.end(site);
  const endedAt = Date.now();
  await after(afterwardsMs);
  const { calls, open } = await site.client.ask<ClientReport>("report");
  const { repeated } = await site.state();

  const during = calls.filter(({ startedAt }) => startedAt >= beganAt && startedAt < endingAt);
  const served = during.filter(({ code }) => code === "ok").length;
  const back = calls.filter(({ code, endedAt: at }) => code === "ok" && at >= endingAt).map(({ endedAt: at }) => at);
  const backMs = Math.max(0, Math.min(...back) - endedAt);
  const lateMs = Math.max(...calls.map(latenessOf));
  const behindTimerMs = Math.max(...calls.map((call) => call.behindTimerMs));
  const least = (isBearable ? 0.8 : 0) * during.length;
  const holds = behindTimerMs <= goals.lateMs && repeated === 0 && backMs <= goals.backMs && served >= least;
  const codes = isBearable ? "" : `; ${codesOf(during)}`;
  return {
    result: {
      goal: name,
      measured:
        `${(lastsMs / 1000).toFixed(0)} s: ${served} of ${during.length} calls served meanwhile${codes}; the latest ` +
        `${Math.max(0, lateMs).toFixed(0)} ms behind its deadline and ${behindTimerMs} ms behind a timer of its process; served again after ${backMs.toFixed(0)} ms; ${repeated} ran twice; ${open} open`,
      holds,
    },
    panel: panelOf(name, calls, beganAt - calmMs),
  };
}

/** Frozen for good, with a stream open: when the client knows. */
async function findLostServer(site: Site): Promise<Result> {
  await site.client.ask("rest");
  await site.client.ask<ClientReport>("report");
  await site.client.ask("stream");
  await after(500);
  site.server.signal("SIGSTOP");
  const frozenAt = Date.now();
  let end: Settled | undefined;
  while (end === undefined && Date.now() - frozenAt < goals.lostMs + 5000) {
    await after(100);
    end = (await site.client.ask<ClientReport>("report")).streams.at(-1);
  }
  await site.server.kill();
  await site.startServer();
  const lostMs = (end?.endedAt ?? Infinity) - frozenAt;
  return {
    goal: `a server that is frozen for good, no call but a stream: found within ${goals.lostMs / 1000} s`,
    measured:
      end === undefined ? "not found" : `the stream ended with ${end.code} after ${(lostMs / 1000).toFixed(1)} s`,
    holds: lostMs <= goals.lostMs && end?.code === "unavailable",
  };
}

/** A client that is killed behind a cut: the server never hears of it. */
async function findLostClient(site: Site): Promise<Result> {
  const doomed = await site.startClient("doomed");
  await doomed.ask("stream");
  await after(500);
  const before = await site.state();
  await site.wire.set({ cut: "both" });
  await doomed.kill();
  const lostAt = Date.now();
  let state = await site.state();
  while (state.connections >= before.connections && Date.now() - lostAt < goals.lostMs + 5000) {
    await after(100);
    state = await site.state();
  }
  const lostMs = Date.now() - lostAt;
  await site.wire.set({});
  return {
    goal: `a client that is killed behind a cut (half-open), with a stream: its server lets go within ${goals.lostMs / 1000} s`,
    measured: `connections ${before.connections} to ${state.connections}, calls ${before.calls} to ${state.calls} after ${(lostMs / 1000).toFixed(1)} s`,
    holds: lostMs <= goals.lostMs && state.connections < before.connections,
  };
}

/** After all of it: what is still held, while the ends are open and at rest, and when they are closed. */
async function leave(site: Site, before: SelfSample): Promise<readonly Result[]> {
  const { client, server } = site;
  await client.ask("go");
  await after(3000);
  await client.ask("rest");
  await after(1000);
  const rested = await client.ask<SelfSample>("sample");
  const { open } = await client.ask<ClientReport>("report");
  await client.ask("finish");
  await after(500);
  const closed = await client.ask<SelfSample>("sample");
  const { connections, calls } = await site.state();
  await server.ask("finish");
  const ended = await server.ask<SelfSample>("sample");
  await Promise.all([client.stop(), server.stop()]);
  const live = ({ heapBytes, externalBytes }: SelfSample): number => heapBytes + externalBytes;
  const keptBytes = live(rested) - live(before);
  return [
    {
      goal: `memory returns: the client holds ≤ ${goals.keptBytes / 2 ** 20} MiB more than before`,
      measured: `${(keptBytes / 2 ** 20).toFixed(1)} MiB after collection`,
      holds: keptBytes <= goals.keptBytes,
    },
    {
      goal: "nothing is left open: the client at rest has the descriptors, handles and timers that it had, and none once closed",
      measured:
        `descriptors ${before.descriptors}, ${rested.descriptors}, ${closed.descriptors}; handles ${before.handles}, ${rested.handles}, ` +
        `${closed.handles}; timers ${before.timers}, ${rested.timers}, ${closed.timers}; ${rested.bufferedBytes} bytes buffered, ${open} calls open`,
      holds:
        rested.descriptors <= before.descriptors &&
        rested.handles <= before.handles &&
        closed.handles <= before.handles &&
        closed.descriptors < before.descriptors &&
        rested.timers <= before.timers &&
        rested.bufferedBytes === 0 &&
        open === 0,
    },
    {
      goal: "the server has no connection and no call left, and nothing buffered",
      measured: `${connections} connections, ${calls} calls, ${ended.bufferedBytes} bytes`,
      holds: connections === 0 && calls === 0 && ended.bufferedBytes === 0,
    },
  ];
}

function latenessOf({ startedAt, endedAt, timeoutMs }: Settled): number {
  return endedAt - startedAt - timeoutMs;
}

function codesOf(calls: readonly Settled[]): string {
  const counts = new Map<string, number>();
  for (const { code } of calls) if (code !== "ok") counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(", ") || "none failed";
}

const binMs = 500;

/** Calls in each half second of their end. */
function panelOf(title: string, calls: readonly Settled[], from: number): Panel {
  const last = Math.max(...calls.map(({ endedAt }) => endedAt));
  const bins = Math.max(1, Math.ceil((last - from) / binMs));
  const line = (label: string, ours: boolean, of: (call: Settled) => boolean) => ({
    label,
    ours,
    points: Array.from({ length: bins }, (_, bin) => {
      const [start, end] = [from + bin * binMs, from + (bin + 1) * binMs];
      const count = calls.filter((call) => of(call) && call.endedAt >= start && call.endedAt < end).length;
      return [(bin * binMs) / 1000, (count * 1000) / binMs] as const;
    }),
  });
  return {
    kind: "series",
    title,
    unit: "calls/s that end",
    of: "seconds",
    lines: [line("served", true, ({ code }) => code === "ok"), line("failed", false, ({ code }) => code !== "ok")],
  };
}
