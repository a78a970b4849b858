import { memoryPair, type Framing, type PeerCertificate } from "@tautline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { PeerExpiry } from "../dist/peer-expiry.js";
import type { Session } from "../dist/session.js";
import { serverSession } from "./support/sessions.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: 0 }));
afterEach(() => vi.useRealTimers());

const framing = frameFraming(defaultLimits);
const silent: Framing<Frame> = { encode() {}, decoder: () => framing.decoder() };

/** A session whose peer showed a certificate until `validTo`, or none. */
function sessionUntil(validTo: number | undefined): Session {
  const [, transport] = memoryPair(silent);
  const certificate = { validTo: new Date(validTo ?? 0) } as PeerCertificate;
  const tls = { protocol: "", cipher: "", alpn: "", servername: undefined, resumed: false, certificate };
  Object.defineProperty(transport, "peer", {
    value: { kind: "tls", address: "", tls: validTo === undefined ? undefined : tls },
  });
  return serverSession(transport, { helloTimeoutMs: 1000 });
}

test("a session is told once, within a second of the end of its peer's certificate", async () => {
  const expired: Session[] = [];
  const expiry = new PeerExpiry((session) => expired.push(session));
  const [early, late, anonymous] = [sessionUntil(5000), sessionUntil(60_000), sessionUntil(undefined)];
  for (const session of [early, late, anonymous]) expiry.watch(session);
  vi.advanceTimersByTime(5000);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(expired).toEqual([early]);
  vi.advanceTimersByTime(10_000);
  expect(expired).toHaveLength(1);
  expiry.forget(late);
  expect(vi.getTimerCount()).toBe(0);
  await Promise.all([early, late, anonymous].map((session) => session.close()));
});
