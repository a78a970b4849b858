import { PayloadPart } from "@tautline/core";
import { expect, it } from "vitest";
import { workOf } from "../dist/frame-work.js";
import { spanOf } from "../dist/span.js";

const body = spanOf(new Uint8Array(100));
const map = new Uint8Array(1000);
const none = new Uint8Array(0);
const call = {
  stream: 1,
  last: true,
  end: true,
  oneWay: false,
  positional: false,
  timeoutMs: 0,
  path: "A/b",
  total: 100,
};

it("of a message is as many bytes as are there", () => {
  expect(workOf({ kind: "message", stream: 1, first: true, last: true, end: false, total: 100, ...body })).toBe(100);
  expect(workOf(new PayloadPart(body.bytes, 10, 40, 0, 4096))).toBe(30);
});

it("of a map of the envelope is eight times as much, whichever frame has it", () => {
  expect(workOf({ kind: "open", ...call, metadata: none, ...body })).toBe(100);
  expect(workOf({ kind: "open", ...call, metadata: map, ...body })).toBe(8100);
  expect(workOf({ kind: "head", stream: 1, metadata: map })).toBe(8000);
  expect(workOf({ kind: "end", stream: 1, code: 14, outcome: map })).toBe(8000);
  expect(workOf({ kind: "hello", version: 1, settings: map })).toBe(8000);
});

it("of other frames goes with no length", () => {
  expect(workOf({ kind: "ping", opaque: new Uint8Array(8) })).toBe(0);
  expect(workOf({ kind: "cancel", stream: 1, code: 1, reason: "x".repeat(200) })).toBe(0);
});
