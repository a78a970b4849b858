// The server of a soak, in a process of its own: Probe over TLS, whose certificates are replaced again and again.
import { serve, silentLogger } from "@tautline/rpc";
import type { TlsFiles } from "../support/certificates.js";
import { probeService } from "../support/contract/probe.rpc.js";
import { answerQuestions } from "./questions.js";
import { sampleSelf } from "./self-sample.js";
import { SoakDesk } from "./soak-desk.js";

/** What the server shows in turn, and trusts in turn. */
export interface SoakFiles {
  readonly shown: readonly TlsFiles[];
  readonly trusted: readonly string[];
}

/** Of every so many reloads, one asks the clients to go to new connections. */
const drainEvery = 8;

export async function main([json = "{}"]: readonly string[]): Promise<void> {
  const { shown, trusted } = JSON.parse(json) as SoakFiles;
  const filesOf = (round: number): TlsFiles => {
    const [files, ca] = [shown[round % shown.length], trusted[Math.floor(round / 3) % trusted.length]];
    if (files === undefined || ca === undefined) throw new Error("a server without certificates");
    return { ...files, ca };
  };
  const services = [probeService.handle(new SoakDesk())];
  const server = await serve({ services, tls: filesOf(0), host: "127.0.0.1", port: 0, logger: silentLogger });
  let reloads = 0;
  await answerQuestions(
    {
      sample: sampleSelf,
      open: () => ({ connections: server.connections, calls: server.calls }),
      reload: async () => {
        reloads++;
        await server.reloadTls(filesOf(reloads), { drain: reloads % drainEvery === 0 });
        return reloads;
      },
      finish: () => server.close(),
    },
    { port: server.address.port },
  );
}
