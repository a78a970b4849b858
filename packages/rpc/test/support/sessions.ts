// A session as a server has it, without a server, and what its peer says first.
import type { Transport } from "@tautline/core";
import type { Frame, OpenFrame } from "../../dist/frame.js";
import { defaultLimits } from "../../dist/limits.js";
import { Session, type SessionOptions } from "../../dist/session.js";
import { spanOf } from "../../dist/span.js";

/** No settings. */
const settings = Buffer.of(0x80);

export const hello: Frame = { kind: "hello", version: 1, settings };

/** With the default limits, and an owner that accepts all calls and does nothing about them. */
export function serverSession(transport: Transport<Frame>, options: Partial<SessionOptions> = {}): Session {
  return new Session(transport, {
    role: "server",
    limits: defaultLimits,
    owner: { accept() {}, takesNoMore() {} },
    helloTimeoutMs: 10_000,
    hello: settings,
    ...options,
  });
}

/** A call that says all of its arguments at once. */
export function openFrame(stream: number, body: Uint8Array, more: Partial<OpenFrame> = {}): OpenFrame {
  return {
    kind: "open",
    stream,
    last: true,
    end: false,
    oneWay: false,
    positional: false,
    timeoutMs: 0,
    path: "a/b",
    metadata: new Uint8Array(0),
    total: body.length,
    ...spanOf(body),
    ...more,
  };
}
