// A session whose owner has enough for now.
import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { expect, test } from "vitest";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { hello, openFrame, serverSession } from "./support/sessions.js";

test("what has arrived is taken one by one while its owner holds it back after each, and all of it then", async () => {
  const [peer, near] = memoryPair(frameFraming(defaultLimits));
  const taken: number[] = [];
  const session = serverSession(near, {
    owner: {
      accept(session, { id }) {
        taken.push(id);
        session.isHeldBack = true;
      },
      takesNoMore() {},
    },
  });
  peer.send(hello);
  for (const id of [1, 3, 5]) peer.send(openFrame(id, Buffer.of(0x90), { end: true, oneWay: true }));
  await session.ready;
  for (const expected of [[1], [1, 3], [1, 3, 5]]) {
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(taken).toEqual(expected);
    session.isHeldBack = false;
  }
  peer.abort();
  await session.closed;
});
