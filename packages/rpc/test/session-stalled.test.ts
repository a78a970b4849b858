import { Duplex } from "node:stream";
import { FramedTransport } from "@tautline/core";
import { afterEach, expect, test, vi } from "vitest";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { Session } from "../dist/session.js";

afterEach(() => void vi.useRealTimers());

test("a peer that takes nothing for 10 s is left at once, and the operator is told that it does not read", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const stream = new Duplex({ allowHalfOpen: true, read() {}, write() {} });
  const peer = { kind: "memory", address: "there", tls: undefined } as const;
  const session = new Session(new FramedTransport(stream, { framing: frameFraming(defaultLimits), peer }), {
    role: "server",
    limits: defaultLimits,
    owner: { accept() {}, takesNoMore() {} },
    helloTimeoutMs: 60_000,
    hello: Buffer.of(0x80),
  });
  await new Promise(setImmediate);
  vi.advanceTimersByTime(10_000);
  await session.closed;
  expect(session.ended).toMatchObject({ code: "unavailable", cause: { reason: "excessive-load" } });
  expect(vi.getTimerCount()).toBe(0);
});
