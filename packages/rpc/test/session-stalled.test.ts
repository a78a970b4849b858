import { Duplex } from "node:stream";
import { FramedTransport } from "@tautline/core";
import { afterEach, expect, test, vi } from "vitest";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { serverSession } from "./support/sessions.js";

afterEach(() => void vi.useRealTimers());

test("a peer that takes nothing for 10 s is left at once, and the operator is told that it does not read", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const stream = new Duplex({ allowHalfOpen: true, read() {}, write() {} });
  const peer = { kind: "memory", address: "there", tls: undefined } as const;
  const transport = new FramedTransport(stream, { framing: frameFraming(defaultLimits), peer });
  const session = serverSession(transport, { helloTimeoutMs: 60_000 });
  await new Promise(setImmediate);
  vi.advanceTimersByTime(10_000);
  await session.closed;
  expect(session.ended).toMatchObject({ code: "unavailable", cause: { reason: "excessive-load" } });
  expect(vi.getTimerCount()).toBe(0);
});
