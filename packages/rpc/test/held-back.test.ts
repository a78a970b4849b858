// A session whose owner has enough for now.
import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { expect, test } from "vitest";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { Session } from "../dist/session.js";
import { spanOf } from "../dist/span.js";

/** A one-way call, whole. */
function oneWay(stream: number): Frame {
  const flags = { last: true, end: true, oneWay: true, positional: false, timeoutMs: 0 };
  return {
    ...{ kind: "open", stream, path: "a/b", metadata: new Uint8Array(0), total: 1, ...flags },
    ...spanOf(Buffer.of(0x90)),
  };
}

test("what has arrived is taken one by one while its owner holds it back after each, and all of it then", async () => {
  const [peer, near] = memoryPair(frameFraming(defaultLimits));
  const taken: number[] = [];
  const session = new Session(near, {
    role: "server",
    limits: defaultLimits,
    owner: {
      accept(session, { id }) {
        taken.push(id);
        session.isHeldBack = true;
      },
      takesNoMore() {},
    },
    helloTimeoutMs: 10_000,
    hello: Buffer.of(0x80),
  });
  peer.send({ kind: "hello", version: 1, settings: Buffer.of(0x80) });
  for (const id of [1, 3, 5]) peer.send(oneWay(id));
  await session.ready;
  for (const expected of [[1], [1, 3], [1, 3, 5]]) {
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(taken).toEqual(expected);
    session.isHeldBack = false;
  }
  peer.abort();
  await session.closed;
});
