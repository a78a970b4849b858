// The server of the overload proof: default options, and two methods that have a capacity. One takes the processor, and one
// waits for a place in a pool, in a line of its own that nobody leaves: as handlers that look at no signal.
import { serve, silentLogger } from "@tautline/rpc";
import { Desk } from "../fuzz/fuzzed-server.js";
import { probeService } from "../support/contract/probe.rpc.js";
import { answerQuestions } from "./questions.js";

/** Of the processor's, for one call, in ms. */
const busyMs = 2;
/** Places in the pool, and how long a call has one, in ms. */
const places = 16;
const heldMs = 10;

class OverloadedDesk extends Desk {
  #free = places;
  readonly #line: (() => void)[] = [];

  override async withdraw(_account: string, amount: number): Promise<number> {
    // By the process's own time: what else runs on the machine does not make it cheaper.
    const began = process.cpuUsage();
    for (let spent = { user: 0, system: 0 }; spent.user + spent.system < busyMs * 1000;)
      spent = process.cpuUsage(began);
    return amount;
  }

  override async timeLeft(): Promise<number | null> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    await new Promise((resolve) => setTimeout(resolve, heldMs));
    const next = this.#line.shift();
    if (next === undefined) this.#free++;
    else next();
    return null;
  }
}

export async function main([ca = "", cert = "", key = ""]: readonly string[]): Promise<void> {
  const services = [probeService.handle(new OverloadedDesk())];
  const server = await serve({ services, tls: { ca, cert, key }, host: "127.0.0.1", port: 0, logger: silentLogger });
  const cpuSeconds = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  await answerQuestions({ cpuSeconds }, { port: server.address.port });
  await server.close();
}
