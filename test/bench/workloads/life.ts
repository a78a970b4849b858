// What a program does all its life: mostly calls, now and then a short stream, a new connection, and something that goes
// wrong. Always the same mix in the same order, so that one tenth of a life can be laid beside another.
import { sampleSmall } from "../contract/sample.js";
import type { Outcome } from "../harness/protocol.js";
import type { Client } from "../systems/system.js";

const callers = 64;
/** One in so many is not a plain call. */
const streamEvery = 100;
const mishapEvery = 1000;
const connectionEvery = 20_000;
const streamItems = 5;

/** Does `amount` of it, 64 at once. */
export async function live(client: Client, connect: () => Promise<Client>, amount: number): Promise<Outcome> {
  const { readItems, mishap } = client;
  if (readItems === undefined || mishap === undefined) throw new Error("this system has no streams, or no mishaps");
  let done = 0;
  const one = async (turn: number): Promise<void> => {
    if (turn % connectionEvery === 0) {
      const other = await connect();
      await other.echoSmall(sampleSmall(turn));
      await other.close();
    } else if (turn % mishapEvery === 0) await mishap(turn / mishapEvery);
    else if (turn % streamEvery === 0) await readItems(streamItems, () => {});
    else await client.echoSmall(sampleSmall(turn));
  };
  const call = async (): Promise<void> => {
    while (done < amount) await one(++done);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  const seconds = (performance.now() - start) / 1000;
  return { amount: done, seconds, figures: { calls: done, perSecond: done / seconds } };
}
