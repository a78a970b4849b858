import { expect, test } from "vitest";
import type { Frame } from "../dist/frame.js";
import { Pinger } from "../dist/pinger.js";
import { RpcError } from "../dist/rpc-error.js";
import { Violation } from "../dist/violation.js";

function pingerWithFrames(): { readonly pinger: Pinger; readonly sent: Frame[] } {
  const sent: Frame[] = [];
  return { pinger: new Pinger((frame) => sent.push(frame)), sent };
}

function opaqueOf(frame: Frame | undefined): Uint8Array {
  if (frame?.kind !== "ping") throw new Error("no PING was sent");
  return frame.opaque;
}

// Holds PROTOCOL.md §11.
test("all who ask while a PING is under way share it, and the next one is another", async () => {
  const { pinger, sent } = pingerWithFrames();
  const asked = [pinger.ping(), pinger.ping(), pinger.ping()];
  expect(sent).toHaveLength(1);
  pinger.settle(opaqueOf(sent[0]));
  expect(new Set(await Promise.all(asked)).size).toBeGreaterThan(0);

  const again = pinger.ping();
  expect(sent).toHaveLength(2);
  expect(opaqueOf(sent[1])).not.toEqual(opaqueOf(sent[0]));
  expect(() => pinger.settle(opaqueOf(sent[0]))).toThrow(Violation);
  pinger.settle(opaqueOf(sent[1]));
  expect(await again).toBeGreaterThanOrEqual(0);
});

test("a PONG that answers nothing is a violation", () => {
  const { pinger } = pingerWithFrames();
  expect(() => pinger.settle(new Uint8Array(8))).toThrow(Violation);
});

test("who asks when the connection ends is told why", async () => {
  const { pinger } = pingerWithFrames();
  const asked = pinger.ping();
  const end = { code: "unavailable", message: "the connection is gone" } as const;
  pinger.fail(end);
  await expect(asked).rejects.toBeInstanceOf(RpcError);
  await expect(asked).rejects.toMatchObject(end);
});
