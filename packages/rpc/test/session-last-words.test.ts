import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { expect, test } from "vitest";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { hello, serverSession } from "./support/sessions.js";

test("what a peer sends on behind our GOAWAY is received, and not decoded", async () => {
  const framing = frameFraming(defaultLimits);
  let decodes = 0;
  const counting: typeof framing = {
    encode: (frame, batch) => framing.encode(frame, batch),
    decoder() {
      const decoder = framing.decoder();
      return {
        get bufferedBytes() {
          return decoder.bufferedBytes;
        },
        push(chunk, items, lent) {
          decodes++;
          decoder.push(chunk, items, lent);
        },
      };
    },
  };
  const [client, server] = memoryPair(counting);
  const session = serverSession(server);
  client.send(hello);
  client.send(hello);
  await nextTurn();
  expect(session.ended).toMatchObject({ code: "unavailable" });
  const ping: Frame = { kind: "ping", opaque: Buffer.alloc(8) };
  // The first finds out that nobody listens any more.
  client.send(ping);
  await nextTurn();
  const [before, received] = [decodes, server.receivedBytes];
  for (let sent = 0; sent < 10; sent++) {
    client.send(ping);
    await nextTurn();
  }
  expect(server.receivedBytes).toBe(received + 10 * 18);
  expect(decodes).toBe(before);
  client.abort();
  await session.closed;
});
