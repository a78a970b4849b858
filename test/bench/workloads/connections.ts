// Connections: how fast one after the other becomes useful, and many that do nothing.
import { sampleSmall } from "../contract/sample.js";
import type { Outcome } from "../harness/protocol.js";
import type { Client } from "../systems/system.js";

/** Connects, calls once, closes; closing is not timed. */
export async function connectInTurn(connect: () => Promise<Client>, seconds: number): Promise<Outcome> {
  let connections = 0;
  let elapsed = 0;
  while (elapsed < seconds) {
    const start = performance.now();
    const client = await connect();
    await client.echoSmall(sampleSmall(connections));
    elapsed += (performance.now() - start) / 1000;
    connections++;
    await client.close();
  }
  return { amount: connections, seconds: elapsed, figures: { perSecond: connections / elapsed } };
}

/** Held until the process ends. */
const idle: Client[] = [];

/** Opens so many connections, a few at once, each with one call behind it, and leaves them open. */
export async function holdIdle(connect: () => Promise<Client>, count: number): Promise<Outcome> {
  const start = performance.now();
  const open = async (): Promise<void> => {
    while (idle.length < count) {
      const client = await connect();
      idle.push(client);
      await client.echoSmall(sampleSmall(idle.length));
    }
  };
  await Promise.all(Array.from({ length: 8 }, open));
  const seconds = (performance.now() - start) / 1000;
  return { amount: idle.length, seconds, figures: {} };
}
