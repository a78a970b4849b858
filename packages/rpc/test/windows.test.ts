// What a session makes of windows: a peer that sends as much as it may, and readers that keep up and that do not.
import { memoryPair } from "@tautline/core";
import { expect, it } from "vitest";
import { frameFraming } from "../dist/framing.js";
import { checkLimits } from "../dist/limits.js";
import { spanOf, type Span } from "../dist/span.js";
import { silent, type Stream } from "../dist/stream.js";
import { hello, openFrame, serverSession } from "./support/sessions.js";

const kiB = 1024;
const limits = checkLimits({ window: 64 * kiB, connectionWindow: 128 * kiB, maxWindow: 512 * kiB });
const itemBytes = 16 * kiB - 64;
const itemCost = itemBytes + 32;

/** What a peer could send on one stream, to a reader that consumes each item or none, until `most` are sent or credit is out. */
async function sendTo(reader: "keeps up" | "takes nothing", most: number): Promise<{ sent: number; widest: number }> {
  const [peer, near] = memoryPair(frameFraming(limits));
  const session = serverSession(near, {
    limits,
    owner: {
      accept(session, stream: Stream, { cost }) {
        session.consumed(stream, cost);
        const message = (_: Span, cost: number): void => session.consumed(stream, cost);
        stream.sink = reader === "keeps up" ? { ...silent, message } : silent;
      },
      takesNoMore() {},
    },
  });
  peer.send(hello);
  peer.send(openFrame(1, Buffer.of(0x90)));
  const item = { kind: "message", stream: 1, first: true, last: true, end: false, total: itemBytes } as const;
  const body = spanOf(Buffer.alloc(itemBytes, 0xc0));
  const credit = { stream: limits.window - 33, connection: limits.connectionWindow - 33 };
  let sent = 0;
  let widest = 0;
  const sendAll = (): boolean => {
    const before = sent;
    for (; sent < most && credit.stream > 0 && credit.connection > 0; sent++) {
      peer.send({ ...item, ...body });
      credit.stream -= itemCost;
      credit.connection -= itemCost;
    }
    // Its PONG comes behind all credit for what was sent.
    if (sent > before) peer.send({ kind: "ping", opaque: new Uint8Array(8) });
    return sent > before;
  };
  sendAll();
  for await (const frames of peer) {
    let isOver = false;
    for (const frame of frames) {
      if (frame.kind === "ping") peer.send({ kind: "pong", opaque: Uint8Array.from(frame.opaque) });
      if (frame.kind === "window") credit[frame.stream === 0 ? "connection" : "stream"] += frame.credit;
      widest = Math.max(widest, credit.stream);
      if (frame.kind === "pong") isOver = !sendAll();
    }
    if (isOver) break;
  }
  await Promise.all([session.close(), peer.closed]);
  return { sent, widest };
}

it("a window grows while the reader keeps up, to the most and no further", async () => {
  const { sent, widest } = await sendTo("keeps up", 400);
  expect(sent).toBe(400);
  expect(widest).toBeGreaterThan(256 * kiB);
  expect(widest).toBeLessThanOrEqual(512 * kiB);
});

it("for a reader that takes nothing, no more than a window and one message is on its way", async () => {
  const { sent } = await sendTo("takes nothing", 400);
  expect(sent).toBe(Math.ceil((limits.window - 33) / itemCost));
});
