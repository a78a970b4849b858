// The server under attack: a default server of Probe over TLS, in a process of its own.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { serve, silentLogger } from "@tautline/rpc";
import { Desk } from "../fuzz/fuzzed-server.js";
import { probeService } from "../support/contract/probe.rpc.js";
import { answerQuestions } from "./child.js";

/** What the server knows of itself. */
export interface ServerState {
  readonly rssBytes: number;
  /** After a collection. */
  readonly liveBytes: number;
  readonly connections: number;
  readonly calls: number;
  readonly descriptors: number;
}

export async function main([ca = "", cert = "", key = ""]: readonly string[]): Promise<void> {
  const services = [probeService.handle(new Desk())];
  const server = await serve({ services, tls: { ca, cert, key }, host: "127.0.0.1", port: 0, logger: silentLogger });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  /** Since it was asked the last time, in ms. */
  const longestTurnMs = (): number => {
    const longest = delay.max / 1e6;
    delay.reset();
    return longest;
  };
  const state = (): ServerState => {
    const rssBytes = process.memoryUsage.rss();
    gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const descriptors = process.getActiveResourcesInfo().filter((kind) => kind.endsWith("Wrap")).length;
    const { connections, calls } = server;
    return { rssBytes, liveBytes: heapUsed + external, connections, calls, descriptors };
  };
  await answerQuestions({ state, longestTurnMs, rss: () => process.memoryUsage.rss() }, { port: server.address.port });
  await server.close();
}
