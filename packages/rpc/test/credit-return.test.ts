// PROTOCOL.md §8.7: what was consumed comes back also when credit runs low later, by messages of other streams.
import { describe, expect, it } from "vitest";
import { memoryPair } from "@tautline/core";
import { frameFraming } from "../dist/framing.js";
import type { Frame } from "../dist/frame.js";
import { checkLimits } from "../dist/limits.js";
import { spanOf } from "../dist/span.js";
import type { Stream } from "../dist/stream.js";
import { hello, openFrame, serverSession } from "./support/sessions.js";

const limits = checkLimits({ window: 65_536, connectionWindow: 65_536 });

/** A server that consumes the arguments at once and no item; the WINDOW frames that its client gets, as `stream:credit`. */
async function windowsOf(send: (send: (frame: Frame) => void) => void): Promise<string[]> {
  const [client, server] = memoryPair(frameFraming(limits));
  const session = serverSession(server, {
    limits,
    owner: {
      accept(session, stream: Stream, arrival) {
        if (arrival.cost < 132) session.consumed(stream, arrival.cost);
      },
      takesNoMore() {},
    },
  });
  client.send(hello);
  send((frame) => client.send(frame));
  client.send({ kind: "ping", opaque: new Uint8Array(8) });
  const windows: string[] = [];
  for await (const frames of client) {
    for (const frame of frames) {
      if (frame.kind === "window") windows.push(`${frame.stream}:${frame.credit}`);
      if (frame.kind === "pong") void client.close();
    }
  }
  await session.closed;
  return windows;
}

function open(stream: number, length: number): Frame {
  return openFrame(stream, Buffer.alloc(length, 0xc0));
}

describe("credit that was consumed while there was plenty", () => {
  // Holds PROTOCOL.md §8.7a.
  it("returns to the connection when messages that nobody consumes take more than half of it", async () => {
    const windows = await windowsOf((send) => {
      send(open(1, 68)); // costs 100, consumed at once: not due yet
      send(open(3, 40_000)); // nobody consumes it; less than half of the connection's credit is left
    });
    expect(windows).toContain("0:100");
  });

  // Holds PROTOCOL.md §8.7a.
  it("returns to a stream when a message of its own that nobody consumes takes more than half of it", async () => {
    const windows = await windowsOf((send) => {
      send(open(1, 68)); // consumed at once: not due yet
      const item = Buffer.alloc(40_000, 0xc0);
      send({ kind: "message", stream: 1, first: true, last: true, end: false, total: item.length, ...spanOf(item) });
    });
    expect(windows).toContain("1:100");
  });

  // Holds PROTOCOL.md §8.7b.
  it("returns to an idle stream when others have taken all of the connection's, so that it can use the reserve", async () => {
    const windows = await windowsOf((send) => {
      send(open(1, 68));
      send(open(3, 40_000));
      send(open(5, 40_000)); // overdraws the connection: only an untouched stream may begin now
    });
    expect(windows).toContain("1:100");
  });
});
