// A server that is restarted, in a process of its own: it waits to be told to listen, and then to drain.
import { setTimeout as after } from "node:timers/promises";
import { serve, silentLogger, TransportError, type Server } from "@tautline/rpc";
import type { TlsFiles } from "../support/certificates.js";
import { probeService, type ProbeHandlers } from "../support/contract/probe.rpc.js";
import type { Parcel } from "../support/contract/probe.js";
import { answerQuestions } from "./questions.js";
import { SoakDesk } from "./soak-desk.js";

export interface RestartServerOptions {
  readonly tls: TlsFiles;
  /** 0 is any. */
  readonly port: number;
  readonly graceMs: number;
}

/** What takes up to so long is open when the server is told to go. */
const slowestMs = 400;

class SlowDesk extends SoakDesk implements ProbeHandlers {
  override async forward(parcel: Parcel): Promise<Parcel> {
    await after(Math.random() * slowestMs);
    return parcel;
  }

  override async *blocks(count: number, bytes: number): AsyncIterable<Uint8Array> {
    for await (const block of super.blocks(count, bytes)) {
      await after((Math.random() * slowestMs) / 20);
      yield block;
    }
  }
}

export async function main([json = "{}"]: readonly string[]): Promise<void> {
  const { tls, port, graceMs } = JSON.parse(json) as RestartServerOptions;
  const options = {
    services: [probeService.handle(new SlowDesk())],
    tls,
    host: "127.0.0.1",
    port,
    logger: silentLogger,
  };
  let server: Server | undefined;
  let drained = Promise.resolve();
  await answerQuestions(
    {
      listen: async () => {
        server = await whenFree(() => serve(options));
        return server.address.port;
      },
      drain: () => {
        const open = server?.calls ?? 0;
        drained = server?.drain({ graceMs }) ?? drained;
        return open;
      },
      drained: () => drained,
    },
    "ready",
  );
}

/** The one before lets go of its port a moment after it is told to drain. */
async function whenFree(listen: () => Promise<Server>): Promise<Server> {
  for (;;) {
    try {
      return await listen();
    } catch (error) {
      if (!(error instanceof TransportError) || !error.message.includes("EADDRINUSE")) throw error;
      await after(5);
    }
  }
}
