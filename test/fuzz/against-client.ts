// One conversation of a server that keeps few rules with a client of ours, which makes a call of each shape.
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect, RpcError } from "@tautline/rpc";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import type { Conversation } from "./conversation.js";
import type { Random } from "./random.js";
import { ServerFrames } from "./server-frames.js";
import { faultOf, Talker } from "./talker.js";

/** Until a call must have settled, whatever the server says; in ms. */
const timeoutMs = 300;

export async function againstClient(random: Random): Promise<Conversation> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const channel = connect(`tcp://127.0.0.1:${port}`, { insecure: true });
  try {
    const accepted = once(listener, "connection") as Promise<[Socket]>;
    const calls = callsOf(new ProbeClient(channel));
    const [socket] = await accepted;
    // Who connects again after a violation is told to go away.
    listener.on("connection", (other: Socket) => other.destroy());
    const talker = new Talker("server", socket, random);
    const frames = new ServerFrames(random, random.pick([0, 0.02, 0.1, 0.5]), talker.opened);
    talker.say(frames.hello());
    for (let left = 1 + random.int(60); left > 0 && talker.isOpen; left--) {
      talker.say(frames.next());
      if (random.chance(0.2)) await nextTurn();
    }
    const outcome = await talker.ask();
    const settled = await Promise.all(calls);
    await talker.leave();
    const fault = faultOf(outcome, talker) ?? settled.find((each) => each !== undefined);
    return { frames: talker.sent.frames, outcome: talker.reason ?? outcome, fault };
  } finally {
    await channel.close();
    listener.close();
  }
}

/** How each call settles: undefined where it does so with a result or an RpcError. */
function callsOf(probe: ProbeClient): Promise<string | undefined>[] {
  const options = { timeoutMs };
  const parcel = { id: 1, label: "a", weight: 1, tags: [], sent: new Date(0), content: new Uint8Array(3) };
  const drained = async (items: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of items);
  };
  return [
    probe.forward(parcel, options),
    probe.withdraw("a", 300, options),
    probe.timeLeft(options),
    drained(probe.blocks(3, 3, options)),
    probe.tally("all", listed(new Uint8Array(2), new Uint8Array(9)), options),
    drained(probe.shout(listed("a", "b"), options)),
    probe.wait(options),
  ].map(async (call) => {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof RpcError)) return `a call failed with ${String(error)}`;
    }
    return undefined;
  });
}

async function* listed<T>(...items: T[]): AsyncIterable<T> {
  yield* items;
}
