// The server on a bad network, in a process of its own: it counts how often it is asked the same thing.
import { serve, silentLogger } from "@tautline/rpc";
import { Desk } from "../fuzz/fuzzed-server.js";
import type { TlsFiles } from "../support/certificates.js";
import { probeService } from "../support/contract/probe.rpc.js";
import { answerQuestions } from "./questions.js";
import { sampleSelf } from "./self-sample.js";

export interface NetworkServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles;
}

/** What is open, and how many calls ran more than once. */
export interface NetworkServerState {
  readonly connections: number;
  readonly calls: number;
  readonly repeated: number;
}

class CountingDesk extends Desk {
  repeated = 0;
  readonly #seen = new Set<string>();

  override async withdraw(account: string, amount: number): Promise<number> {
    if (this.#seen.has(account)) this.repeated++;
    this.#seen.add(account);
    return super.withdraw(account, amount);
  }
}

export async function main([json = "{}"]: readonly string[]): Promise<void> {
  const { host, port, tls } = JSON.parse(json) as NetworkServerOptions;
  const desk = new CountingDesk();
  const server = await serve({ services: [probeService.handle(desk)], tls, host, port, logger: silentLogger });
  const state = (): NetworkServerState => ({
    connections: server.connections,
    calls: server.calls,
    repeated: desk.repeated,
  });
  await answerQuestions({ state, sample: sampleSelf, finish: () => server.close() }, "ready");
}
