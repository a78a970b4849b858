// One conversation of a client that keeps few rules with a server of ours.
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ClientFrames } from "./client-frames.js";
import type { Conversation } from "./conversation.js";
import type { Random } from "./random.js";
import { faultOf, Talker } from "./talker.js";

export async function againstServer(port: number, random: Random): Promise<Conversation> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  const talker = new Talker("client", socket, random);
  const frames = new ClientFrames(random, random.pick([0, 0.02, 0.1, 0.5]));
  talker.say(frames.hello());
  for (let left = 1 + random.int(80); left > 0 && talker.isOpen; left--) {
    talker.say(frames.next());
    if (random.chance(0.1)) await nextTurn();
  }
  const outcome = await talker.ask();
  await talker.leave();
  return { frames: talker.sent.frames, outcome: talker.reason ?? outcome, fault: faultOf(outcome, talker) };
}
