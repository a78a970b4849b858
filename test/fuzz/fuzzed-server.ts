// The server that is talked to: Probe with its default limits, and handlers that keep nothing.
import { serve, silentLogger, type CallContext, type Server } from "@tautline/rpc";
import type { Parcel, Tally } from "../support/contract/probe.js";
import { OverdrawnError, probeService, type ProbeHandlers } from "../support/contract/probe.rpc.js";

export class Desk implements ProbeHandlers {
  async forward(parcel: Parcel): Promise<Parcel> {
    return parcel;
  }

  async withdraw(account: string, amount: number): Promise<number> {
    if (amount > 100) throw new OverdrawnError({ account, missing: amount - 100 });
    return 100 - amount;
  }

  async timeLeft(context: CallContext): Promise<number | null> {
    return context.deadline === Infinity ? null : context.remainingMs();
  }

  /** No more than a peer that asks for millions has time to read. */
  async *blocks(count: number, bytes: number): AsyncIterable<Uint8Array> {
    for (let block = 0; block < count; block++) yield new Uint8Array(Math.min(Math.max(bytes, 0), 100_000) | 0);
  }

  async tally(label: string, parts: AsyncIterable<Uint8Array>): Promise<Tally> {
    const tally = { label, parts: 0, bytes: 0 };
    for await (const part of parts) {
      tally.parts++;
      tally.bytes += part.length;
    }
    return tally;
  }

  async *shout(lines: AsyncIterable<string>, _context?: CallContext): AsyncIterable<string> {
    for await (const line of lines) yield line.toUpperCase();
  }

  note(): void {}

  noted(context: CallContext): Promise<string> {
    return untilGivenUp(context);
  }

  wait(context: CallContext): Promise<string> {
    return untilGivenUp(context);
  }

  hold(_parts: AsyncIterable<Uint8Array>, context: CallContext): Promise<number> {
    return untilGivenUp(context);
  }
}

function untilGivenUp({ signal }: CallContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

export interface FuzzedServer {
  readonly server: Server;
  readonly port: number;
  /** Where a channel connects. */
  readonly target: string;
}

export async function startFuzzedServer(): Promise<FuzzedServer> {
  const services = [probeService.handle(new Desk())];
  const server = await serve({ services, insecure: true, host: "127.0.0.1", port: 0, logger: silentLogger });
  const { port } = server.address;
  if (port === undefined) throw new Error("a port was asked for");
  return { server, port, target: `tcp://127.0.0.1:${port}` };
}
